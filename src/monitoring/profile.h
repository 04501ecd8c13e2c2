// What is kept of a column instead of its values: counts in bins fixed by the reference, so that profiles of any span are
// merged by adding, and drift costs by windows and not by rows.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gyre::monitoring {

constexpr std::size_t kQuantileBins = 20;     // of the reference, before equal edges fall together
constexpr std::size_t kMaxCategories = 1000;  // those beyond are counted as "other"

// How one column is binned; made once from the reference.
struct Layout {
  bool category = false;
  std::vector<double> edges;            // ascending; bin i holds (edges[i-1], edges[i]], the outer bins are open
  std::vector<std::string> categories;  // sorted; the bin behind them is "other": not seen in the reference
  double low = 0, high = 0;             // the reference's range
  std::size_t bins() const { return category ? categories.size() + 1 : edges.size() + 1; }
};

// Edges at quantiles of the values, each at most once: a value that holds much of the mass gets a bin of its own.
Layout number_layout(std::vector<double> values);
// A column of text by its distinct values, each with its rows; "" stands for those where it is missing.
using TextCounts = std::vector<std::pair<std::string, std::int64_t>>;

Layout category_layout(std::span<const std::string> values);
Layout category_layout(const TextCounts& counts);

struct Profile {
  std::int64_t n = 0;        // all rows
  std::int64_t missing = 0;  // NaN or empty
  std::int64_t finite = 0;   // numbers that the moments are of
  double sum = 0, sum_squares = 0, low = 0, high = 0;
  std::int64_t out_of_range = 0;         // numbers outside the reference's range
  std::vector<std::int64_t> counts;      // by bin
  std::map<double, std::int64_t> exact;  // of values that a rule watches

  std::int64_t present() const { return n - missing; }
  double mean() const { return finite > 0 ? sum / static_cast<double>(finite) : 0; }
  double deviation() const;
};

Profile empty_profile(const Layout& layout, std::span<const double> watched);
void add(Profile& profile, const Layout& layout, std::span<const float> values);
void add(Profile& profile, const Layout& layout, std::span<const double> values);
void add(Profile& profile, const Layout& layout, std::span<const std::string> values);
void add(Profile& profile, const Layout& layout, const TextCounts& counts);
// Of the same layout.
void merge(Profile& into, const Profile& from);

std::string encode(const std::map<std::string, Profile>& profiles);
Result<std::map<std::string, Profile>> decode_profiles(std::string_view bytes);
std::string encode(const std::map<std::string, Layout>& layouts);
Result<std::map<std::string, Layout>> decode_layouts(std::string_view bytes);

}  // namespace gyre::monitoring
