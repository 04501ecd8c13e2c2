// What a policy does now and why, measured by the same figures that move it.
#include <fmt/format.h>

#include <algorithm>

#include "base/case.h"
#include "base/words.h"
#include "policy/progress.h"
#include "policy/steps.h"

namespace gyre::policy {
namespace {

double clamped(double share) { return std::clamp(share, 0.0, 1.0); }

// How near a signal is to its limit. Below: the far end is one limit's worth above it.
double nearness(const monitoring::Rule& rule, double value) {
  const double limit = rule.limit();
  if (rule.above) return limit > 0 ? clamped(value / limit) : (value > limit ? 1 : 0);
  return clamped(1 - (value - limit) / std::max(std::abs(limit), 1e-9));
}

// "off-timetable: share of slot_density = 0"; a rule that is called as its signal says it once.
std::string alert_text(const monitoring::Rule& rule) {
  const auto signal = monitoring::signal_words(rule);
  return lower(signal) == lower(rule.name) ? signal : fmt::format("{}: {}", rule.name, signal);
}

Clause alert_clause(const monitoring::RuleState& state, const std::string& monitor) {
  Clause clause{.kind = "alert", .text = alert_text(state.rule)};
  clause.state = state.state == "open" ? "met" : state.state == "nodata" ? "unknown" : "not_met";
  clause.limit = state.rule.limit();
  clause.comparison = state.rule.above ? ">" : "<";
  clause.unit = monitoring::metric_unit(state.rule.metric);
  clause.at_ms = state.at_ms;
  clause.monitor = monitor;
  if (state.value) {
    clause.value = state.value;
    clause.n = state.n;
    clause.fraction = nearness(state.rule, *state.value);
  }
  if (state.state == "open") clause.note = fmt::format("open since {}", plain_day(state.since_ms));
  if (state.state == "pending") clause.note = fmt::format("pending since {}", plain_day(state.since_ms));
  if (state.state == "nodata") clause.note = "not measured yet";
  return clause;
}

Clause schedule_clause(const When& when, std::optional<TimeMs> next_ms, TimeMs now_ms) {
  Clause clause{.kind = "schedule", .text = fmt::format("every {}", plain_duration(when.every_ms)), .state = "unknown"};
  if (!next_ms) return clause;
  clause.at_ms = *next_ms;
  clause.state = *next_ms <= now_ms ? "met" : "not_met";
  clause.fraction = clamped(1 - static_cast<double>(*next_ms - now_ms) / static_cast<double>(when.every_ms));
  clause.note = *next_ms <= now_ms ? "due" : fmt::format("due {}", moment_words(*next_ms));
  return clause;
}

Clause counted(std::string kind, std::string text, double value, std::string comparison, double limit, std::string unit, bool met) {
  Clause clause{.kind = std::move(kind), .text = std::move(text), .state = met ? "met" : "not_met"};
  clause.value = value;
  clause.limit = limit;
  clause.comparison = std::move(comparison);
  clause.unit = std::move(unit);
  clause.fraction = limit > 0 ? clamped(value / limit) : 1;
  return clause;
}

Clause cool_down_clause(const Definition& d, std::span<const Case> ended, TimeMs now_ms) {
  const auto end_ms = cool_down_end(d, ended);
  const double days = static_cast<double>(d.cool_down_ms) / kDayMs;
  if (end_ms == 0) {
    Clause clause{.kind = "cool_down", .text = "since the last case", .state = "met", .note = "there was none yet"};
    clause.limit = days;
    clause.unit = "days";
    return clause;
  }
  auto clause =
      counted("cool_down", "since the last case", static_cast<double>(now_ms - end_ms + d.cool_down_ms) / kDayMs, ">=", days, "days", now_ms >= end_ms);
  if (now_ms < end_ms) clause.note = fmt::format("until {}", moment_words(end_ms));
  clause.at_ms = now_ms;
  return clause;
}

Clause budget_clause(const Definition& d, std::span<const Case> all, TimeMs now_ms) {
  const auto used = trained_since(all, now_ms - d.budget_per_ms);
  auto clause = counted("budget", fmt::format("trainings in {}", plain_duration(d.budget_per_ms)), static_cast<double>(used), "<",
                        static_cast<double>(d.budget_runs), "count", used < d.budget_runs);
  clause.note = fmt::format("{} left", std::max<std::int64_t>(0, d.budget_runs - used));
  clause.at_ms = now_ms;
  return clause;
}

// Only a case with an onset has something to wait for.
Clause wait_clause(std::string text, std::string unit, double needed, std::optional<double> have, const Labelled& labelled) {
  if (!have) {
    Clause clause{.kind = "wait", .text = std::move(text), .state = "unknown", .note = "counts from an alert's onset"};
    clause.limit = needed;
    clause.unit = std::move(unit);
    return clause;
  }
  auto clause = counted("wait", std::move(text), *have, ">=", needed, std::move(unit), *have >= needed);
  clause.n = labelled.rows;
  return clause;
}

// What is nearest to opening a case.
const Clause* nearest(const std::vector<Clause>& when) {
  const Clause* best = nullptr;
  for (const auto& clause : when) {
    if (clause.fraction && (!best || *clause.fraction > *best->fraction)) best = &clause;
  }
  return best;
}

}  // namespace

Result<Standing> Service::standing(const Policy& policy) {
  const auto& d = policy.definition;
  const auto now_ms = clock_.now_ms();
  const auto all = TRY(cases(policy.name, kMaxCases));
  Standing standing;
  if (!all.empty()) standing.last = all.front();
  const bool open = standing.last && standing.last->is_open();
  const std::span<const Case> ended = std::span(all).subspan(open ? 1 : 0);

  if (d.when.bootstrap) {
    const auto champion = champion_of(TRY(serving_.endpoint(d.endpoint)));
    standing.when.push_back({.kind = "bootstrap",
                             .text = "nothing serves yet",
                             .state = champion == 0 ? "met" : "not_met",
                             .note = champion == 0 ? "" : fmt::format("v{} serves", champion)});
  }
  if (const auto monitor = d.when.alerts.empty() ? std::nullopt : TRY(monitoring_.monitor_of(d.endpoint))) {
    for (const auto& state : TRY(monitoring_.rules(monitor->name))) {
      if (std::ranges::find(d.when.alerts, state.rule.name) != d.when.alerts.end()) standing.when.push_back(alert_clause(state, monitor->name));
    }
  }
  standing.next_check_ms = TRY(next_schedule(policy.name));
  if (d.when.every_ms > 0) standing.when.push_back(schedule_clause(d.when, standing.next_check_ms, now_ms));
  if (standing.next_check_ms && *standing.next_check_ms <= now_ms) standing.next_check_ms.reset();  // due: as soon as the open case is closed
  if (d.when.new_rows > 0) {
    const auto labelled = labelled_in(TRY(monitoring_.labelled_windows(d.endpoint, last_trained(ended))));
    standing.when.push_back(counted("new_rows", "new labelled rows", static_cast<double>(labelled.rows), ">=", static_cast<double>(d.when.new_rows), "rows",
                                    labelled.rows >= d.when.new_rows));
  }

  const bool waits = open && standing.last->onset_ms > 0;
  const auto labelled = waits ? labelled_in(TRY(monitoring_.labelled_windows(d.endpoint, standing.last->onset_ms))) : Labelled{};
  const auto have = [&](std::int64_t count) { return waits ? std::optional(static_cast<double>(count)) : std::nullopt; };
  if (d.wait_days > 0)
    standing.guard.push_back(wait_clause("labelled days after the onset", "days", static_cast<double>(d.wait_days), have(labelled.days), labelled));
  if (d.wait_rows > 0)
    standing.guard.push_back(wait_clause("labelled rows after the onset", "rows", static_cast<double>(d.wait_rows), have(labelled.rows), labelled));
  if (d.cool_down_ms > 0) standing.guard.push_back(cool_down_clause(d, ended, now_ms));
  if (d.budget_runs > 0) standing.guard.push_back(budget_clause(d, all, now_ms));

  standing.then = steps_of(d, standing.last);
  standing.sentence = TRY(sentence(policy, standing));
  return standing;
}

Result<std::string> Service::sentence(const Policy& policy, const Standing& standing) {
  if (policy.paused) return "Paused: it decides nothing until it is resumed.";
  if (standing.last && standing.last->is_open()) {
    const auto& one = *standing.last;
    if (one.state == "waiting") return one.last_reason.empty() ? "Opened a case and looks at its guards." : fmt::format("Waits: {}.", one.last_reason);
    if (one.state == "training") return fmt::format("Trains a candidate with {}.", policy.definition.pipeline);
    if (one.state == "gating") return fmt::format("Measures v{}: {}.", one.candidate, one.last_reason);
    const auto progress = TRY(this->progress(policy.definition.endpoint));
    if (!progress) return fmt::format("Rolls out v{}.", one.candidate);
    return progress_words(*progress);
  }
  const auto met = std::ranges::find(standing.when, "met", &Clause::state);
  if (met != standing.when.end()) {
    const auto blocks = std::ranges::find_if(standing.guard, [](const Clause& clause) { return clause.kind == "cool_down" && clause.state == "not_met"; });
    const auto what = met->text.substr(0, met->text.find(':'));
    return blocks == standing.guard.end() ? fmt::format("{}: a case opens.", what)
                                          : fmt::format("{} is {}, but it cools down {}.", what, met->note.empty() ? "met" : met->note, blocks->note);
  }
  const auto* near = nearest(standing.when);
  if (!near) return "Quiet: nothing asks for a training.";
  if (near->kind == "schedule") return fmt::format("Quiet until {}.", moment_words(near->at_ms));
  if (!near->value) return "Quiet: nothing asks for a training.";
  return fmt::format("Quiet: {} is {}, fires {} {}.", near->text.substr(0, near->text.find(':')), plain_figure(*near->value), near->comparison,
                     plain_figure(near->limit.value_or(0)));
}

}  // namespace gyre::policy
