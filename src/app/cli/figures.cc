// Numbers as people read them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/cli/terminal.h"

namespace gyre::cli {
namespace {

// Trailing zeros and a trailing point say nothing.
std::string trimmed(std::string number) {
  if (number.find('.') == std::string::npos) return number;
  while (number.back() == '0') number.pop_back();
  if (number.back() == '.') number.pop_back();
  return number;
}

constexpr double kGroupedFrom = 10'000, kGroupedTo = 1e15, kPlainFrom = 1e-4;

}  // namespace

std::string human_count(std::int64_t n) {
  const auto size = std::abs(static_cast<double>(n));
  if (size < 10'000) return fmt::format("{}", n);
  if (size < 999'950) return trimmed(fmt::format("{:.1f}", static_cast<double>(n) / 1e3)) + "k";
  if (size < 999'995'000) return trimmed(fmt::format("{:.2f}", static_cast<double>(n) / 1e6)) + "M";
  return trimmed(fmt::format("{:.2f}", static_cast<double>(n) / 1e9)) + "G";
}

std::string human_bytes(std::int64_t bytes) {
  constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (std::abs(size) >= 1023.95 && unit + 1 < std::size(kUnits)) size /= 1024, ++unit;
  return fmt::format("{} {}", unit == 0 ? fmt::format("{}", bytes) : fmt::format("{:.1f}", size), kUnits[unit]);
}

std::string human_duration(std::int64_t ms) {
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (ms < kMinuteMs) return fmt::format("{:.2f} s", static_cast<double>(ms) / 1000);
  if (ms < kHourMs) return fmt::format("{} m {:02} s", ms / kMinuteMs, ms / kSecondMs % 60);
  if (ms < 2 * kDayMs) return fmt::format("{} h {:02} m", ms / kHourMs, ms / kMinuteMs % 60);
  return fmt::format("{} d {:02} h", ms / kDayMs, ms / kHourMs % 24);
}

std::string grouped(std::int64_t n) {
  auto digits = fmt::format("{}", n);
  const std::size_t first = digits.front() == '-' ? 1 : 0;
  for (auto at = digits.size(); at > first + 3; digits.insert(at, ",")) at -= 3;
  return digits;
}

std::string human_number(double value, int digits) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value == 0) return "0";
  const auto size = std::abs(value);
  if (size >= kGroupedFrom && size < kGroupedTo) return grouped(std::llround(value));
  if (size < kPlainFrom || size >= kGroupedTo) return fmt::format("{:.{}e}", value, digits - 1);
  // Digits before the point are never rounded away.
  return size >= std::pow(10, digits) ? fmt::format("{:.0f}", value) : fmt::format("{:.{}g}", value, digits);
}

std::vector<double> resampled(const std::vector<double>& values, std::size_t most) {
  if (values.size() <= most) return values;
  std::vector<double> means;
  for (std::size_t part = 0; part < most; ++part) {
    double sum = 0;
    int n = 0;
    for (auto i = part * values.size() / most; i < (part + 1) * values.size() / most; ++i) {
      if (std::isfinite(values[i])) sum += values[i], ++n;
    }
    means.push_back(n > 0 ? sum / n : std::nan(""));
  }
  return means;
}

std::string sparkline(const std::vector<double>& values) {
  constexpr std::string_view kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr std::string_view kPlain[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (const double value : values) {
    if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
  }
  std::string line;
  for (const double value : values) {
    const auto level = !std::isfinite(value) || high <= low ? 0 : std::lround((value - low) / (high - low) * 7);
    line += !std::isfinite(value) ? " " : utf8() ? kBars[level] : kPlain[level];
  }
  return line;
}

std::string bar(double share, std::size_t width) {
  const auto filled = static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(width)));
  std::string line;
  for (std::size_t i = 0; i < width; ++i) line += i < filled ? (utf8() ? "█" : "#") : (utf8() ? "░" : "-");
  return line;
}

}  // namespace gyre::cli
