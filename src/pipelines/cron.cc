#include "pipelines/cron.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <vector>

namespace gyre::pipelines {
namespace {

using Set = std::uint64_t;  // bit n: n is in it

constexpr std::array<std::string_view, 7> kDays = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
constexpr int kMaxDaysAhead = 366 * 8;  // 29 February comes again within eight years

bool read_number(std::string_view text, int low, int high, int& out) {
  for (int i = 0; i < 7; ++i) {
    if (high == 7 && text == kDays[static_cast<std::size_t>(i)]) return out = i, true;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && out >= low && out <= high;
}

// "*", "5", "1-5", "*/15", "1,3,5-9/2"
bool read_field(std::string_view text, int low, int high, Set& out) {
  out = 0;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    auto part = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    int step = 1, from = low, to = high;
    if (const auto slash = part.find('/'); slash != std::string_view::npos) {
      if (!read_number(part.substr(slash + 1), 1, 59, step)) return false;
      part = part.substr(0, slash);
    }
    if (part != "*") {
      const auto dash = part.find('-');
      if (!read_number(part.substr(0, dash), low, high, from)) return false;
      to = from;
      if (dash != std::string_view::npos && !read_number(part.substr(dash + 1), low, high, to)) return false;
    }
    for (int n = from; n <= to; n += step) out |= Set{1} << n;
  }
  return out != 0;
}

bool has(Set set, unsigned n) { return set >> n & 1; }

}  // namespace

Result<TimeMs> next_cron(std::string_view expression, TimeMs after_ms) {
  const auto bad = [&](std::string_view why) {
    return fail(Code::invalid, fmt::format("'{:.80}' is no cron expression: {}", expression, why), {},
                "five fields, as \"0 3 * * MON\": minute hour day month weekday, in UTC");
  };
  std::vector<std::string_view> fields;
  for (auto rest = expression; !rest.empty();) {
    const auto end = std::min(rest.find(' '), rest.size());
    if (end > 0) fields.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (fields.size() != 5) return bad("it does not have five fields");
  Set minutes, hours, days, months, weekdays;
  if (!read_field(fields[0], 0, 59, minutes) || !read_field(fields[1], 0, 23, hours) || !read_field(fields[2], 1, 31, days) ||
      !read_field(fields[3], 1, 12, months) || !read_field(fields[4], 0, 7, weekdays)) {
    return bad("a field is out of its range");
  }
  if (has(weekdays, 7)) weekdays |= 1;
  const bool either = fields[2] != "*" && fields[4] != "*";

  const auto start = after_ms / kMinuteMs * kMinuteMs + kMinuteMs;
  for (int ahead = 0; ahead < kMaxDaysAhead; ++ahead) {
    const auto midnight = (start / kDayMs + ahead) * kDayMs;
    const std::chrono::sys_days date{std::chrono::days(midnight / kDayMs)};
    const std::chrono::year_month_day ymd{date};
    const bool in_days = has(days, static_cast<unsigned>(ymd.day())), in_week = has(weekdays, std::chrono::weekday(date).c_encoding());
    if (!has(months, static_cast<unsigned>(ymd.month())) || !(either ? in_days || in_week : in_days && in_week)) continue;
    for (unsigned minute = 0; minute < 24 * 60; ++minute) {
      const auto at = midnight + minute * kMinuteMs;
      if (at >= start && has(hours, minute / 60) && has(minutes, minute % 60)) return at;
    }
  }
  return bad("it never holds");
}

}  // namespace gyre::pipelines
