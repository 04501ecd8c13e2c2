#include "policy/gate_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/words.h"

namespace gyre::policy {
namespace {

// A column's values as the names of slices; nothing for what is no column of one value a row.
std::vector<std::string> slice_names(const infer::Tensor& tensor, std::size_t rows) {
  std::vector<std::string> names;
  if (tensor.size() != rows) return names;
  names.reserve(rows);
  std::visit(
      [&]<class T>(const std::vector<T>& values) {
        for (std::size_t i = 0; i < rows; ++i) {
          if constexpr (std::is_same_v<T, bool>) {
            names.emplace_back(values[i] ? "true" : "false");
          } else {
            names.push_back(fmt::format("{}", values[i]));
          }
        }
      },
      tensor.values);
  return names;
}

struct Slice {
  std::vector<double> gains;
  std::vector<TimeMs> at_ms;
};

// Those with enough rows.
std::map<std::string_view, Slice> slices_of(const std::vector<std::string>& names, const monitoring::LabelledRows& rows, const std::vector<double>& gains,
                                            std::int64_t min_rows) {
  std::map<std::string_view, Slice> slices;
  for (std::size_t i = 0; i < gains.size(); ++i) {
    auto& slice = slices[names[i]];
    slice.gains.push_back(gains[i]);
    slice.at_ms.push_back(rows.at_ms[i]);
  }
  std::erase_if(slices, [&](const auto& one) { return std::ssize(one.second.gains) < min_rows; });
  return slices;
}

}  // namespace

Check at_least(std::string name, std::string metric, double value, double limit, std::int64_t n) {
  return {std::move(name), std::move(metric), ">=", "", value, limit, {}, {}, n, value >= limit, "", "", {}, {}};
}
Check at_most(std::string name, std::string metric, double value, double limit, std::int64_t n, std::string unit) {
  return {std::move(name), std::move(metric), "<=", std::move(unit), value, limit, {}, {}, n, value <= limit, "", "", {}, {}};
}

Check unmeasured(Check check, bool passed, std::string note) {
  check.measured = false;
  check.passed = passed;
  check.note = std::move(note);
  return check;
}

Check slice_check(const std::string& column, const monitoring::LabelledRows& rows, const std::vector<double>& gains, const Gates& gates) {
  Check check = at_most("slice " + column, "log_loss", 0, gates.slice_max_loss, 0);
  check.group = "slices";
  const auto found = std::ranges::find(rows.inputs.columns, column, &infer::Tensor::name);
  if (found == rows.inputs.columns.end()) return unmeasured(std::move(check), false, "the model has no such column");
  const auto names = slice_names(*found, gains.size());
  if (names.empty()) return unmeasured(std::move(check), false, "it has not one value a row");
  const auto slices = slices_of(names, rows, gains, gates.slice_min_rows);
  if (slices.empty()) return unmeasured(std::move(check), true, fmt::format("no slice has {} rows: nothing was compared", plain_count(gates.slice_min_rows)));
  const double z = family_z(gates.z, std::ssize(slices));
  std::vector<PairedResult> results;
  for (const auto& [value, slice] : slices) results.push_back(paired_test(slice.gains, slice.at_ms, gates.cluster_ms));
  const auto at = worst_of(results, z);
  const auto& worst = results[at];
  check.value = sure_loss(worst, z);
  check.low = check.value;
  check.high = -worst.mean + z * worst.error;
  check.n = worst.n;
  check.note = fmt::format("worst of {}: {}, worse by {} on average; the good end of its interval counts", slices.size(),
                           std::next(slices.begin(), static_cast<std::ptrdiff_t>(at))->first, plain_figure(-worst.mean));
  check.level = level_of(z);
  check.passed = check.value <= check.limit;
  return check;
}

}  // namespace gyre::policy
