#include "base/amount.h"

#include <fmt/format.h>

#include <charconv>

namespace gyre {

Result<std::int64_t> parse_bytes(std::string_view text) {
  constexpr double kMostBytes = 1LL << 60;
  double amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  constexpr std::pair<std::string_view, double> kUnits[] = {{"", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1LL << 40}};
  for (const auto& [name, factor] : kUnits) {
    if (error == std::errc() && unit == name && amount >= 0 && amount * factor <= kMostBytes) return static_cast<std::int64_t>(amount * factor);
  }
  return fail(Code::invalid, fmt::format("'{:.40}' is not an amount of memory: expected a number and KiB, MiB, GiB or TiB, as 2GiB", text));
}

}  // namespace gyre
