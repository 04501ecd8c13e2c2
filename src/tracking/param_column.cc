#include "tracking/param_column.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/case.h"

namespace gyre::tracking {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

bool says_none(std::string_view text) {
  const auto word = lower(text);
  return word.empty() || word == "none" || word == "null" || word == "nan";
}

std::optional<double> parsed(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range || end != text.data() + text.size() || error != std::errc()) return std::nullopt;
  return number;
}

// NaN for what is no value; nothing where it is a text.
std::optional<double> number_of(const Cell& cell) {
  if (const auto* number = std::get_if<double>(&cell)) return *number;
  const auto* text = std::get_if<std::string>(&cell);
  return !text || says_none(*text) ? std::optional(kNone) : parsed(*text);
}

std::string text_of(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return std::holds_alternative<double>(cell) ? fmt::format("{}", std::get<double>(cell)) : "";
}

}  // namespace

stats::Feature ParamColumn::feature() const { return is_number ? stats::number_feature(numbers) : stats::category_feature(texts, missing); }

bool ParamColumn::varies() const {
  if (n == 0) return false;
  if (n < std::ssize(missing)) return true;
  return is_number ? std::ranges::any_of(numbers, [&](double number) { return number != numbers.front(); })
                   : std::ranges::any_of(texts, [&](const std::string& text) { return text != texts.front(); });
}

ParamColumn column_of(std::string text, std::vector<Cell> cells) {
  ParamColumn column{.text = std::move(text), .is_number = true};
  for (const auto& cell : cells) {
    const auto number = number_of(cell);
    column.is_number &= number.has_value();
    column.numbers.push_back(number.value_or(kNone));
  }
  column.is_number &= std::ranges::any_of(column.numbers, [](double number) { return !std::isnan(number); });
  for (std::size_t i = 0; i < cells.size(); ++i) {
    column.missing.push_back(column.is_number ? std::isnan(column.numbers[i]) : std::holds_alternative<std::monostate>(cells[i]));
    column.n += column.missing.back() ? 0 : 1;
    if (!column.is_number) column.texts.push_back(text_of(cells[i]));
  }
  if (!column.is_number) column.numbers.clear();
  return column;
}

}  // namespace gyre::tracking
