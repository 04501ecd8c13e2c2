#include "app/demo/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/result.h"

namespace gyre::demo {
namespace {

// Words of a project file that count rows of traffic. `latency.rows` is the size of one request, so it is not one of them.
constexpr std::array<std::string_view, 7> kRowLimits = {
    "min_rows", "min_labelled", "rows", "shadow_rows", "watch_labelled_rows", "new_rows", "labelled_rows_after_onset"};
constexpr std::string_view kRequestSize = "latency";

void divide_rows(json::Value& value, int divisor) {
  if (auto* items = value.if_array()) {
    for (auto& item : *items) divide_rows(item, divisor);
  }
  auto* members = value.if_object();
  if (!members) return;
  for (auto& [name, member] : *members) {
    const auto* count = member.if_int();
    if (count && std::ranges::find(kRowLimits, name) != kRowLimits.end()) {
      member = json::Value(std::max<std::int64_t>(1, *count / divisor));
    } else if (name != kRequestSize) {
      divide_rows(member, divisor);
    }
  }
}

Result<Control> read_control(const std::string& word) {
  if (word.empty()) return Control::none;
  if (word == "shuffled") return Control::shuffled;
  if (word == "march") return Control::march;
  return fail(Code::invalid, fmt::format("there is no control '{:.80}'", word), {}, "shuffled or march");
}

}  // namespace

std::string Plan::fingerprint() const {
  return fmt::format("{}{} seed {} to {}", small ? "small" : "whole",
                     control == Control::shuffled ? ", weeks shuffled"
                     : control == Control::march  ? ", March alone"
                                                  : "",
                     seed, to_iso_date(last_day));
}

Result<Plan> make_plan(const PlanWords& words) {
  Plan plan;
  plan.small = words.small;
  plan.seed = words.seed;
  plan.control = TRY(read_control(words.control));
  plan.last_day = plan.control == Control::march ? kMarchLastDay : plan.small ? kSmallLastDay : kLastDay;
  if (words.until.empty()) return plan;
  const auto until = from_iso(words.until);
  if (!until || *until % kDayMs != 0 || *until < kServeFrom || *until > kLastDay) {
    return fail(Code::invalid, fmt::format("'{:.80}' is no last day of the demo", words.until), {}, "a date from 2001-03-05 to 2001-06-30");
  }
  plan.last_day = *until;
  return plan;
}

json::Value with_fewer_rows(json::Value project, int divisor) {
  if (divisor > 1) divide_rows(project, divisor);
  return project;
}

}  // namespace gyre::demo
