#include "monitoring/profile.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include "base/packed.h"

namespace gyre::monitoring {
namespace {

// How many edges lie below the number: std::lower_bound without a branch, which nothing could predict. Told so, the compiler moves
// conditionally; otherwise it jumps, and a misprediction costs more than all the comparisons.
std::size_t bin_of(std::span<const double> edges, double number) {
  const double* first = edges.data();
  for (auto left = edges.size(); left > 0;) {
    const auto half = (left + 1) / 2;
    first += __builtin_unpredictable(first[half - 1] < number) ? half : 0;
    left -= half;
  }
  return static_cast<std::size_t>(first - edges.data());
}

template <class Number>
void add_numbers(Profile& profile, const Layout& layout, std::span<const Number> values) {
  std::int64_t present = 0, finite = 0, out_of_range = 0;
  double sum = 0, sum_squares = 0, low = HUGE_VAL, high = -HUGE_VAL;
  for (const double number : values) {
    if (std::isnan(number)) continue;
    ++present;
    if (std::isfinite(number)) [[likely]] {  // one infinity would make the mean useless, and is told as out of range
      ++finite;
      low = std::min(low, number);
      high = std::max(high, number);
      sum += number;
      sum_squares += number * number;
    }
    out_of_range += (number < layout.low) | (number > layout.high);
    ++profile.counts[bin_of(layout.edges, number)];
    if (profile.exact.empty()) [[likely]]
      continue;
    if (const auto found = profile.exact.find(number); found != profile.exact.end()) ++found->second;
  }
  if (finite > 0) {
    profile.low = profile.finite > 0 ? std::min(profile.low, low) : low;
    profile.high = profile.finite > 0 ? std::max(profile.high, high) : high;
  }
  const auto all = static_cast<std::int64_t>(values.size());
  profile.n += all;
  profile.missing += all - present;
  profile.finite += finite;
  profile.sum += sum;
  profile.sum_squares += sum_squares;
  profile.out_of_range += out_of_range;
}

void add_text(Profile& profile, const Layout& layout, const std::string& value, std::int64_t rows) {
  profile.n += rows;
  if (value.empty()) {
    profile.missing += rows;
    return;
  }
  const auto found = std::ranges::lower_bound(layout.categories, value);
  const bool known = found != layout.categories.end() && *found == value;
  profile.counts[known ? static_cast<std::size_t>(found - layout.categories.begin()) : layout.categories.size()] += rows;
}

// The k-th smallest values for ascending k, as if all were sorted; only the stretches between them are.
void select(std::span<double> values, std::size_t offset, std::span<const std::size_t> ranks) {
  if (ranks.empty()) return;
  const auto middle = ranks.size() / 2;
  const auto at = ranks[middle] - offset;
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(at));
  select(values.first(at), offset, ranks.first(middle));
  select(values.subspan(at + 1), ranks[middle] + 1, ranks.subspan(middle + 1));
}

std::unexpected<Error> damaged() { return fail(Code::internal, "a stored profile is damaged"); }

}  // namespace

double Profile::deviation() const {
  if (finite < 2) return 0;
  const double m = mean();
  return std::sqrt(std::max(0.0, sum_squares / static_cast<double>(finite) - m * m));
}

Layout number_layout(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  Layout layout;
  if (values.empty()) return layout;
  const auto [low, high] = std::ranges::minmax(values);
  layout.low = low;
  layout.high = high;
  std::set<std::size_t> ranks;
  for (std::size_t i = 1; i < kQuantileBins; ++i) ranks.insert(i * values.size() / kQuantileBins);
  select(values, 0, std::vector<std::size_t>(ranks.begin(), ranks.end()));
  for (const auto rank : ranks) {
    if (layout.edges.empty() || values[rank] > layout.edges.back()) layout.edges.push_back(values[rank]);
  }
  if (layout.edges.size() > 1 && layout.edges.back() >= layout.high) layout.edges.pop_back();  // the last bin would be empty
  if (layout.edges.empty() || layout.low < layout.edges.front()) {
    const auto at_low = std::ranges::count(values, layout.low);
    if (static_cast<double>(at_low) > 0.01 * static_cast<double>(values.size()))
      layout.edges.insert(layout.edges.begin(), layout.low);  // an atom at the lower end
  }
  return layout;
}

Layout category_layout(std::span<const std::string> values) {
  std::unordered_map<std::string_view, std::int64_t> counts;
  for (const auto& value : values) ++counts[value];
  return category_layout(TextCounts(counts.begin(), counts.end()));
}

Layout category_layout(const TextCounts& counts) {
  std::vector<std::pair<std::int64_t, std::string_view>> ranked;
  for (const auto& [value, count] : counts) {
    if (!value.empty()) ranked.emplace_back(-count, value);
  }
  std::ranges::sort(ranked);
  ranked.resize(std::min(ranked.size(), kMaxCategories));
  Layout layout{.category = true, .edges = {}, .categories = {}};
  for (const auto& [count, value] : ranked) layout.categories.emplace_back(value);
  std::ranges::sort(layout.categories);
  return layout;
}

Profile empty_profile(const Layout& layout, std::span<const double> watched) {
  Profile profile;
  profile.counts.assign(layout.bins(), 0);
  for (const double value : watched) profile.exact[value] = 0;
  return profile;
}

void add(Profile& profile, const Layout& layout, std::span<const float> values) { add_numbers(profile, layout, values); }
void add(Profile& profile, const Layout& layout, std::span<const double> values) { add_numbers(profile, layout, values); }

void add(Profile& profile, const Layout& layout, std::span<const std::string> values) {
  for (const auto& value : values) add_text(profile, layout, value, 1);
}

void add(Profile& profile, const Layout& layout, const TextCounts& counts) {
  for (const auto& [value, rows] : counts) add_text(profile, layout, value, rows);
}

void merge(Profile& into, const Profile& from) {
  if (from.finite > 0) {
    into.low = into.finite > 0 ? std::min(into.low, from.low) : from.low;
    into.high = into.finite > 0 ? std::max(into.high, from.high) : from.high;
  }
  into.n += from.n;
  into.missing += from.missing;
  into.finite += from.finite;
  into.sum += from.sum;
  into.sum_squares += from.sum_squares;
  into.out_of_range += from.out_of_range;
  into.counts.resize(std::max(into.counts.size(), from.counts.size()));
  for (std::size_t i = 0; i < from.counts.size(); ++i) into.counts[i] += from.counts[i];
  for (const auto& [value, count] : from.exact) into.exact[value] += count;
}

std::string encode(const std::map<std::string, Profile>& profiles) {
  std::string bytes;
  Packer out(bytes);
  out.count(static_cast<std::int64_t>(profiles.size()));
  for (const auto& [name, p] : profiles) {
    out.text(name);
    for (const auto value : {p.n, p.missing, p.finite, p.out_of_range}) out.count(value);
    for (const auto value : {p.sum, p.sum_squares, p.low, p.high}) out.number(value);
    out.count(static_cast<std::int64_t>(p.counts.size()));
    for (const auto value : p.counts) out.count(value);
    out.count(static_cast<std::int64_t>(p.exact.size()));
    for (const auto& [value, count] : p.exact) out.number(value), out.count(count);
  }
  return bytes;
}

Result<std::map<std::string, Profile>> decode_profiles(std::string_view bytes) {
  Unpacker in(bytes);
  std::map<std::string, Profile> profiles;
  const auto size = in.count();
  for (std::int64_t i = 0; i < size && in.good; ++i) {
    auto& p = profiles[in.text()];
    for (auto* value : {&p.n, &p.missing, &p.finite, &p.out_of_range}) *value = in.count();
    for (auto* value : {&p.sum, &p.sum_squares, &p.low, &p.high}) *value = in.number<double>();
    const auto bins = in.count();
    for (std::int64_t k = 0; k < bins && in.good; ++k) p.counts.push_back(in.count());
    const auto exact = in.count();
    for (std::int64_t k = 0; k < exact && in.good; ++k) {
      const auto value = in.number<double>();
      p.exact[value] = in.count();
    }
  }
  if (!in.good) return damaged();
  return profiles;
}

std::string encode(const std::map<std::string, Layout>& layouts) {
  std::string bytes;
  Packer out(bytes);
  out.count(static_cast<std::int64_t>(layouts.size()));
  for (const auto& [name, l] : layouts) {
    out.text(name);
    out.count(l.category);
    out.number(l.low);
    out.number(l.high);
    out.count(static_cast<std::int64_t>(l.edges.size()));
    for (const auto edge : l.edges) out.number(edge);
    out.count(static_cast<std::int64_t>(l.categories.size()));
    for (const auto& category : l.categories) out.text(category);
  }
  return bytes;
}

Result<std::map<std::string, Layout>> decode_layouts(std::string_view bytes) {
  Unpacker in(bytes);
  std::map<std::string, Layout> layouts;
  const auto size = in.count();
  for (std::int64_t i = 0; i < size && in.good; ++i) {
    auto& l = layouts[in.text()];
    l.category = in.count() != 0;
    l.low = in.number<double>();
    l.high = in.number<double>();
    const auto edges = in.count();
    for (std::int64_t k = 0; k < edges && in.good; ++k) l.edges.push_back(in.number<double>());
    const auto categories = in.count();
    for (std::int64_t k = 0; k < categories && in.good; ++k) l.categories.push_back(in.text());
  }
  if (!in.good) return damaged();
  return layouts;
}

}  // namespace gyre::monitoring
