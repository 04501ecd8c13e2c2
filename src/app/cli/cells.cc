#include "app/cli/cells.h"

#include <fmt/format.h>

#include <cmath>
#include <ctime>
#include <limits>

namespace gyre::cli {
namespace {

bool utc = false;

// Bytes of the C1 control character that begins at `at`, which terminals obey like escape sequences.
bool is_c1(std::string_view text, std::size_t at) { return text[at] == '\xc2' && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0; }

// U+202A to U+202E and U+2066 to U+2069: what follows such a mark is shown in another order than it has.
bool is_bidi(std::string_view text, std::size_t at) {
  const auto mark = text.substr(at, 3);
  if (mark.size() < 3 || mark[0] != '\xe2') return false;
  const auto last = static_cast<unsigned char>(mark[2]);
  return (mark[1] == '\x80' && last >= 0xaa && last <= 0xae) || (mark[1] == '\x81' && last >= 0xa6 && last <= 0xa9);
}

std::optional<TimeMs> time_of(const json::Value& iso) {
  const auto* text = iso.if_string();
  if (!text) return std::nullopt;
  const auto at = from_iso(*text);
  return at ? std::optional(*at) : std::nullopt;
}

std::string formatted(TimeMs at_ms, const char* format) {
  const auto seconds = static_cast<std::time_t>(at_ms >= 0 ? at_ms / 1000 : (at_ms - 999) / 1000);
  std::tm parts{};
  utc ? gmtime_r(&seconds, &parts) : localtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

std::string with_unit(double value, std::string_view unit) {
  constexpr int kDigits = 3;  // of a share and of a latency: more is noise
  if (unit == "share") return fmt::format("{} %", human_number(value * 100, kDigits));
  if (unit == "bytes") return human_bytes(std::llround(value));
  if (unit == "ms") return value < 1000 ? fmt::format("{} ms", human_number(value, kDigits)) : human_duration(std::llround(value));
  if (unit == "s") return human_duration(std::llround(value * 1000));
  if (unit == "days") return fmt::format("{} d", human_number(value));
  if (unit == "per_second") return fmt::format("{}/s", human_number(value));
  if (unit == "rows" || unit == "count") return grouped(std::llround(value));
  return human_number(value);
}

}  // namespace

const json::Array& items(const json::Value& list) {
  static const json::Array kNone;
  return list.if_array() ? *list.if_array() : kNone;
}

const json::Object& members(const json::Value& object) {
  static const json::Object kNone;
  return object.if_object() ? *object.if_object() : kNone;
}

void set_utc(bool on) { utc = on; }

std::string nothing() { return !human() ? "" : utf8() ? "—" : "-"; }

std::string safe(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == '\t' || c == '\n' || c == '\r') {
      out += ' ';
    } else if (c < 0x20 || c == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", c);
    } else if (is_c1(text, at)) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text[++at]));
    } else if (is_bidi(text, at)) {
      fmt::format_to(std::back_inserter(out), "\\u20{:02x}",
                     text[at + 1] == '\x80' ? static_cast<unsigned char>(text[at + 2]) - 0x80 : static_cast<unsigned char>(text[at + 2]) - 0x40);
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

std::string printable(std::string_view lines) {
  std::string out;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const auto c = static_cast<unsigned char>(lines[at]);
    if (c == '\x1b') {
      const auto end = lines.find_first_not_of("0123456789;", at + 2);
      const bool color = at + 2 < lines.size() && lines[at + 1] == '[' && end != std::string_view::npos && lines[end] == 'm';
      if (color) out += lines.substr(at, end - at + 1), at = end;
    } else if (is_c1(lines, at)) {
      ++at;
    } else if (is_bidi(lines, at)) {
      at += 2;
    } else if ((c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t') {
      out += lines[at];
    }
  }
  return out;
}

std::string text(const json::Value& value) {
  if (value.if_string()) return value.if_string()->empty() ? nothing() : safe(*value.if_string());
  if (value.is_null()) return nothing();
  return safe(json::to_text(value));
}

std::string shown_path(std::string_view path) { return human() ? safe(path) : std::string(path); }

std::string joined_texts(const json::Value& list, std::string_view separator) {
  std::string line;
  for (const auto& item : items(list)) line += fmt::format("{}{}", line.empty() ? "" : separator, text(item));
  return line.empty() ? nothing() : line;
}

std::string count(const json::Value& value) {
  if (!value.if_int()) return nothing();
  return human() ? grouped(*value.if_int()) : std::to_string(*value.if_int());
}

std::string bytes(const json::Value& value) {
  if (!value.if_int()) return nothing();
  return human() ? human_bytes(*value.if_int()) : std::to_string(*value.if_int());
}

std::string duration(const json::Value& ms) {
  if (!ms.if_int() || (human() && *ms.if_int() < 0)) return nothing();  // what ends before it begins has none
  return human() ? human_duration(*ms.if_int()) : std::to_string(*ms.if_int());
}

std::optional<double> number(const json::Value& value) {
  if (value.is_number()) return value.number_or(0);
  const auto name = value.string_or("");
  if (name == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (name == "Infinity") return std::numeric_limits<double>::infinity();
  if (name == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

std::vector<double> numbers(const json::Value& list) {
  std::vector<double> all;
  for (const auto& item : items(list)) all.push_back(number(item).value_or(std::numeric_limits<double>::quiet_NaN()));
  return all;
}

std::string figure(const json::Value& value, std::string_view unit) {
  const auto amount = number(value);
  if (!amount) return nothing();
  if (!human()) return value.if_string() ? *value.if_string() : json::to_text(value);
  return std::isfinite(*amount) ? with_unit(*amount, unit) : human_number(*amount);
}

std::string age_ms(TimeMs at_ms, TimeMs now_ms) {
  const auto past = now_ms - at_ms;
  const auto size = past < 0 ? -past : past;
  const auto amount = size < kMinuteMs    ? fmt::format("{} s", size / kSecondMs)
                      : size < kHourMs    ? fmt::format("{} m", size / kMinuteMs)
                      : size < 2 * kDayMs ? fmt::format("{} h", size / kHourMs)
                                          : fmt::format("{} d", size / kDayMs);
  return past < 0 ? "in " + amount : amount + " ago";
}

// What is long ago has a date.
std::string age(const json::Value& iso, TimeMs now_ms) {
  constexpr std::int64_t kLongAgoMs = 60 * kDayMs;
  const auto at = time_of(iso);
  if (!at) return nothing();
  if (!human()) return *iso.if_string();
  return std::abs(now_ms - *at) < kLongAgoMs ? age_ms(*at, now_ms) : formatted(*at, "%-d %b %Y");
}

std::string moment(const json::Value& iso) {
  const auto at = time_of(iso);
  if (!at) return nothing();
  return human() ? formatted(*at, utc ? "%Y-%m-%d %H:%M:%S UTC" : "%Y-%m-%d %H:%M:%S %Z") : *iso.if_string();
}

std::string day(const json::Value& iso) {
  const auto at = time_of(iso);
  if (!at) return nothing();
  return human() ? formatted(*at, "%-d %b %Y") : *iso.if_string();
}

std::string reference(const json::Value& link) { return text(link["ref"]); }

std::string label(const json::Value& link) {
  if (!human()) return reference(link);
  constexpr std::size_t kShortId = 8;  // digits of a run's id that name it
  const auto kind = link["kind"].string_or("");
  const auto ref = link["ref"].string_or(""), name = link["name"].string_or("");
  auto shown = ref;
  if (kind == "run") shown = fmt::format("{} {}", without_kind(ref, kind).substr(0, kShortId), name);
  if (kind == "window") shown = fmt::format("window of {}", name);
  for (const std::string_view plain : {"pipeline-run", "decision", "alert"}) {
    if (kind == plain) shown = without_kind(ref, kind);
  }
  for (const std::string_view named : {"repo", "pipeline", "experiment", "model", "endpoint", "monitor", "policy"}) {
    if (kind == named) shown = name;
  }
  return fmt::format("{} {}", kind_glyph(kind), safe(shown));
}

std::string labels(const json::Value& links, std::string_view separator) {
  std::string line;
  for (const auto& link : items(links)) line += fmt::format("{}{}", line.empty() ? "" : separator, label(link));
  return line;
}

std::string chain(const json::Value& links) { return labels(links, utf8() && human() ? " → " : " -> "); }

std::string state_of(const json::Value& object) { return mark(object["status"].string_or(""), text(object["state"])); }

std::string without_kind(std::string_view reference, std::string_view kind) {
  if (reference.starts_with(kind) && reference.substr(kind.size()).starts_with(":")) reference.remove_prefix(kind.size() + 1);
  return std::string(reference);
}

}  // namespace gyre::cli
