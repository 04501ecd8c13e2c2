#include "tracking/filter_times.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace gyre::tracking {
namespace {

constexpr std::int64_t kMaxAmount = 1'000'000'000'000;

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
constexpr Unit kUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}, {"w", 604'800'000}};

// Takes exactly `digits` digits off the front.
bool take(std::string_view& text, std::size_t digits, int& out) {
  if (text.size() < digits) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, out);
  if (error != std::errc() || end != text.data() + digits || out < 0) return false;
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// Behind the day: nothing, or hours and minutes, then seconds and their thousandths.
std::optional<std::int64_t> parse_clock(std::string_view text) {
  if (text.empty()) return 0;
  int hours = 0, minutes = 0, seconds = 0;
  std::int64_t ms = 0;
  if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
  if (!take(text, 2, hours) || !take(text, ':') || !take(text, 2, minutes)) return std::nullopt;
  if (take(text, ':') && !take(text, 2, seconds)) return std::nullopt;
  if (take(text, '.')) {
    int digit = 0;
    for (int worth = 100; take(text, 1, digit); worth /= 10) ms += worth * digit;
  }
  take(text, 'Z');
  if (!text.empty() || hours > 23 || minutes > 59 || seconds > 59) return std::nullopt;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000LL + ms;
}

}  // namespace

std::optional<TimeMs> parse_time(std::string_view text) {
  int year = 0, month = 0, day = 0;
  if (!take(text, 4, year) || !take(text, '-') || !take(text, 2, month) || !take(text, '-') || !take(text, 2, day)) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  const auto clock_ms = parse_clock(text);
  if (!date.ok() || !clock_ms) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch() / std::chrono::milliseconds(1) + *clock_ms;
}

std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
  const bool negative = take(text, '-');
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  while (!text.empty()) {
    std::int64_t amount = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
    if (error != std::errc() || amount < 0 || amount > kMaxAmount) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto* unit = std::ranges::find_if(kUnits, [&](const Unit& one) {
      return text.starts_with(one.name) && (text.size() == one.name.size() || (text[one.name.size()] >= '0' && text[one.name.size()] <= '9'));
    });
    if (unit == std::end(kUnits)) return std::nullopt;
    text.remove_prefix(unit->name.size());
    std::int64_t part = 0;
    if (__builtin_mul_overflow(amount, unit->ms, &part) || __builtin_add_overflow(total, part, &total)) return std::nullopt;
  }
  return negative ? -total : total;
}

}  // namespace gyre::tracking
