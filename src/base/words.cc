#include "base/words.h"

#include <fmt/format.h>

#include <cmath>
#include <ctime>

namespace gyre {
namespace {

constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::tm utc(TimeMs at_ms) {
  const auto seconds = static_cast<std::time_t>(at_ms / kSecondMs);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return parts;
}

std::string pair(std::int64_t of, const char* unit, std::int64_t rest, const char* smaller) {
  return rest > 0 ? fmt::format("{} {} {} {}", of, unit, rest, smaller) : fmt::format("{} {}", of, unit);
}

}  // namespace

std::string plain_figure(double value, int digits) {
  if (!std::isfinite(value)) return "not a number";
  if (std::abs(value) >= 1000) return plain_count(std::llround(value));
  if (value == 0) return "0";
  // So many digits behind the point; where those would all be zero, the first that are not.
  auto text = std::abs(value) >= 1       ? fmt::format("{:.{}g}", value, digits)
              : std::abs(value) >= 0.001 ? fmt::format("{:.{}f}", value, digits)
                                         : fmt::format("{:.1e}", value);
  if (const auto zero = text.find("0."); zero == 0 || (zero == 1 && text[0] == '-')) text.erase(zero, 1);
  return text;
}

std::string beyond_text(double value, double limit) {
  constexpr int kMostDigits = 6;
  for (int digits = 3;; ++digits) {
    const auto measured = plain_figure(value, digits), allowed = plain_figure(limit, digits);
    if (measured != allowed || digits == kMostDigits) return fmt::format("{} {} {}", measured, value > limit ? "over" : "under", allowed);
  }
}

std::string plain_count(std::int64_t count) {
  auto digits = std::to_string(count < 0 ? -count : count);
  for (auto at = static_cast<std::int64_t>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), ",");
  return count < 0 ? "-" + digits : digits;
}

std::string plain_day(TimeMs at_ms) {
  const auto parts = utc(at_ms);
  return fmt::format("{} {}", parts.tm_mday, kMonths[parts.tm_mon]);
}

std::string plain_day(TimeMs at_ms, TimeMs now_ms) {
  const auto year = utc(at_ms).tm_year;
  return year == utc(now_ms).tm_year ? plain_day(at_ms) : fmt::format("{} {}", plain_day(at_ms), year + 1900);
}

std::string plain_duration(std::int64_t ms) {
  if (ms < kSecondMs) return fmt::format("{} ms", ms);
  if (ms < kMinuteMs) return fmt::format("{} s", ms / kSecondMs);
  if (ms < kHourMs) return pair(ms / kMinuteMs, "m", ms % kMinuteMs / kSecondMs, "s");
  if (ms < 2 * kDayMs && ms % kDayMs != 0) return pair(ms / kHourMs, "h", ms % kHourMs / kMinuteMs, "m");
  return pair(ms / kDayMs, "d", ms % kDayMs / kHourMs, "h");
}

}  // namespace gyre
