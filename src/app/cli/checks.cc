#include "app/cli/checks.h"

#include <fmt/format.h>

#include <map>

namespace gyre::cli {
namespace {

constexpr double kUsualLevel = 0.95;  // as the column's head says

// Of a verdict: pass, warn, fail, undecided, skipped.
std::string status_of(std::string_view verdict) {
  if (verdict == "pass") return "ok";
  if (verdict == "fail") return "crit";
  if (verdict == "warn") return "warn";
  return verdict == "undecided" ? "wait" : "none";
}

std::string sign_of(std::string_view comparison) {
  if (utf8() && human()) {
    if (comparison == ">=") return "≥";
    if (comparison == "<=") return "≤";
  }
  return std::string(comparison);
}

// A program that wants every bit reads --json; lines of evidence are read by people, also through a pipe.
std::string reading(const json::Value& value, std::string_view unit) {
  if (human() || value.if_int() || !number(value)) return figure(value, unit);
  return human_number(*number(value));
}

std::string limit_of(const json::Value& check) {
  if (check["limit"].is_null()) return nothing();
  return fmt::format("{} {}", sign_of(check["comparison"].string_or("")), reading(check["limit"], check["unit"].string_or("none")));
}

std::string interval_of(const json::Value& check) {
  const auto& interval = check["interval"];
  if (interval.is_null()) return "";
  const auto unit = check["unit"].string_or("none");
  const auto level = interval["level"].number_or(kUsualLevel);
  const auto at = level == kUsualLevel ? "" : fmt::format(" at {:.4g} %", 100 * level);
  return fmt::format("[{}, {}]{}", reading(interval["low"], unit), reading(interval["high"], unit), at);
}

}  // namespace

void print_checks(std::string_view title, const json::Value& checks) {
  if (items(checks).empty()) return;
  heading(title);
  Table table({{"CHECK"},
               {"VERDICT"},
               {"VALUE", true},
               {"LIMIT", false, 0, Table::Cut::never},
               {"CHAMPION", true, 3},
               {"CANDIDATE", true, 3},
               {"95 % CI", false, 4, Table::Cut::never},
               {"N", true, 2},
               {"WHY", false, 1, Table::Cut::wrap}});
  for (const auto& check : items(checks)) {
    const auto unit = check["unit"].string_or("none");
    table.add({text(check["name"]), mark(status_of(check["verdict"].string_or("")), text(check["verdict"])), reading(check["value"], unit), limit_of(check),
               reading(check["champion"], unit), reading(check["candidate"], unit), interval_of(check), count(check["n"]), safe(check["text"].string_or(""))});
  }
  table.print(human() ? 2 : 0);
}

std::string checks_line(const json::Value& checks) {
  std::map<std::string, int> seen;
  for (const auto& check : items(checks)) ++seen[check.if_string() ? *check.if_string() : check["verdict"].string_or("")];
  std::string line;
  for (const auto& [verdict, word] :
       {std::pair("pass", "passed"), {"warn", "warned"}, {"fail", "failed"}, {"undecided", "undecided"}, {"skipped", "skipped"}}) {
    if (seen[verdict] > 0)
      line += fmt::format("{}{}", line.empty() ? "" : human() ? "  " : ", ", mark(status_of(verdict), fmt::format("{} {}", seen[verdict], word)));
  }
  return line;
}

std::string checks_strip(const json::Value& verdicts) {
  if (!human()) return checks_line(verdicts);
  std::string strip;
  for (const auto& verdict : items(verdicts)) strip += glyph(status_of(verdict.string_or("")));
  return strip;
}

std::string failed_checks(const json::Value& checks) {
  std::string line;
  for (const auto& check : items(checks)) {
    if (check["verdict"].string_or("") != "fail") continue;
    const auto why = check["value"].is_null() ? safe(check["text"].string_or(""))
                                              : fmt::format("{} is not {}", reading(check["value"], check["unit"].string_or("none")), limit_of(check));
    line += fmt::format("{}{} {}", line.empty() ? "" : "; ", text(check["name"]), why);
  }
  return line;
}

}  // namespace gyre::cli
