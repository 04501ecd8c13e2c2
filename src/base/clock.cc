#include "base/clock.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace gyre {
namespace {

using std::chrono::day, std::chrono::month, std::chrono::year;

struct Civil {
  std::chrono::year_month_day date;
  std::int64_t ms_of_day;
};

Civil to_civil(TimeMs at_ms) {
  const auto days = std::chrono::floor<std::chrono::days>(std::chrono::sys_time(std::chrono::milliseconds(at_ms)));
  return {std::chrono::year_month_day(days), at_ms - days.time_since_epoch().count() * kDayMs};
}

// Reads exactly `width` digits and drops them from `text`.
bool take_digits(std::string_view& text, std::size_t width, int& out) {
  if (text.size() < width) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + width, out);
  if (error != std::errc() || end != text.data() + width) return false;
  text.remove_prefix(width);
  return true;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

bool take_time_of_day(std::string_view& text, std::int64_t& ms_of_day) {
  int h = 0, m = 0, s = 0;
  if (!take_digits(text, 2, h) || !take(text, ':') || !take_digits(text, 2, m)) return false;
  if (take(text, ':') && !take_digits(text, 2, s)) return false;
  if (h > 23 || m > 59 || s > 59) return false;
  ms_of_day = ((h * 60 + m) * 60 + s) * kSecondMs;
  if (take(text, '.')) {
    int scale = 100;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      ms_of_day += (text.front() - '0') * scale;
      scale /= 10;
      text.remove_prefix(1);
    }
  }
  if (text == "Z" || text == "+00:00") text = {};
  return text.empty();
}

}  // namespace

TimeMs RealClock::now_ms() const { return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

void VirtualClock::advance_to(TimeMs at_ms) {
  auto seen = now_ms_.load();
  while (seen < at_ms && !now_ms_.compare_exchange_weak(seen, at_ms)) {
  }
}

std::int64_t monotonic_ns() { return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::string to_iso_date(TimeMs at_ms) {
  const auto date = to_civil(at_ms).date;
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string to_iso(TimeMs at_ms) {
  const auto ms = to_civil(at_ms).ms_of_day;
  return fmt::format("{}T{:02}:{:02}:{:02}.{:03}Z", to_iso_date(at_ms), ms / kHourMs, ms / kMinuteMs % 60, ms / kSecondMs % 60, ms % kSecondMs);
}

Result<TimeMs> from_iso(std::string_view text) {
  const auto whole = text;
  const auto bad = [&] { return fail(Code::invalid, fmt::format("'{:.40}' is not a time: expected ISO 8601 in UTC, as 2001-04-01T00:00:00Z", whole)); };
  int y = 0, m = 0, d = 0;
  if (!take_digits(text, 4, y) || !take(text, '-') || !take_digits(text, 2, m) || !take(text, '-') || !take_digits(text, 2, d)) {
    return bad();
  }
  const auto date = year(y) / month(static_cast<unsigned>(m)) / day(static_cast<unsigned>(d));
  if (!date.ok()) return bad();
  std::int64_t ms_of_day = 0;
  if (!text.empty() && (!(take(text, 'T') || take(text, ' ')) || !take_time_of_day(text, ms_of_day))) return bad();
  return std::chrono::sys_days(date).time_since_epoch().count() * kDayMs + ms_of_day;
}

Result<std::int64_t> parse_duration_ms(std::string_view text) {
  constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {{"ms", 1},      {"s", kSecondMs}, {"m", kMinuteMs},
                                                                  {"h", kHourMs}, {"d", kDayMs},    {"w", 7 * kDayMs}};
  constexpr double kLongestMs = 3.2e14;  // ten thousand years
  double amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error == std::errc() && amount >= 0) {
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    for (const auto& [name, ms] : kUnits) {
      if (unit == name && amount * static_cast<double>(ms) <= kLongestMs) {
        return static_cast<std::int64_t>(amount * static_cast<double>(ms));
      }
    }
  }
  return fail(Code::invalid, fmt::format("'{:.40}' is not a duration: expected a number and ms, s, m, h, d or w, as 36h", text));
}

}  // namespace gyre
