// What opens a case, and what holds it back.
#include <fmt/format.h>

#include <algorithm>

#include "base/words.h"
#include "governance/governance.h"
#include "policy/mover.h"
#include "policy/progress.h"

namespace gyre::policy {
namespace {

constexpr std::int64_t kSameAlertMs = kDayMs;  // before an alert that stays open leads to its next case, where no cool-down says more

// What its rule reads now: the alert itself remembers the reading that opened it, which may be long ago.
struct Reading {
  double value = 0;
  std::int64_t n = 0;
};
Reading reading_of(const monitoring::Alert& alert, const std::vector<monitoring::RuleState>& rules) {
  const auto found = std::ranges::find(rules, alert.id, &monitoring::RuleState::alert);
  return found == rules.end() || !found->value ? Reading{alert.value, alert.n} : Reading{*found->value, found->n};
}

// A rule may be back behind its limit and not yet clear.
std::string reading_text(const monitoring::Alert& alert, double value) {
  const bool beyond = alert.is_above() ? value > alert.limit : value < alert.limit;
  return fmt::format("{} {}", alert.rule, beyond ? beyond_text(value, alert.limit) : fmt::format("{}, not clear yet", plain_figure(value)));
}

Check alert_check(const monitoring::Alert& alert, const Reading& now) {
  Check check{alert.rule, alert.metric, alert.is_above() ? "<=" : ">=", "", now.value, alert.limit, {}, {}, now.n, false, "", "alert", {}, {}};
  check.note = fmt::format("{}{}since {}", alert.metric, alert.column.empty() ? " " : fmt::format(" of {} ", alert.column), plain_day(alert.onset_ms));
  return check;
}

}  // namespace

// Open alerts of the rules that this policy listens to, the one with the earliest onset first.
Result<std::vector<monitoring::Alert>> Mover::open_alerts() {
  constexpr std::size_t kMaxOpen = 100;
  std::vector<monitoring::Alert> found;
  const auto monitor = TRY(s_.monitoring_.monitor_of(d_.endpoint));
  if (!monitor || d_.when.alerts.empty()) return found;
  for (auto& alert : TRY(s_.monitoring_.alerts(monitor->name, "open", kMaxOpen))) {
    if (std::ranges::find(d_.when.alerts, alert.rule) != d_.when.alerts.end()) found.push_back(std::move(alert));
  }
  std::ranges::sort(found, {}, [](const monitoring::Alert& alert) { return std::pair(alert.onset_ms, std::string_view(alert.id)); });
  return found;
}

// Why a case would be opened now, if it would: the first trigger that holds.
Result<std::optional<Mover::Trigger>> Mover::trigger(const std::vector<Case>& earlier, TimeMs scheduled_ms) {
  Trigger found;
  auto& fresh = found.fresh;
  fresh.champion = TRY(champion());
  if (fresh.champion == 0) {
    if (!d_.when.bootstrap) return std::nullopt;
    fresh.trigger = "bootstrap";
    found.text = "Opened a case: nothing serves yet";
    return found;
  }
  if (const auto alerts = TRY(open_alerts()); !alerts.empty()) {
    const auto& alert = alerts.front();
    fresh.trigger = "alert " + alert.rule;
    fresh.alert = alert.id;
    fresh.onset_ms = alert.onset_ms;
    const auto rules = TRY(s_.monitoring_.rules(alert.monitor));
    found.text = fmt::format("Opened a case: {}", reading_text(alert, reading_of(alert, rules).value));
    for (const auto& one : alerts) found.checks.push_back(alert_check(one, reading_of(one, rules)));
    return found;
  }
  if (d_.when.every_ms > 0 && scheduled_ms > 0 && now_ms_ >= scheduled_ms) {
    fresh.trigger = "schedule";
    found.text = "Opened a case: it is due by its schedule";
    return found;
  }
  if (d_.when.new_rows == 0) return std::nullopt;
  const auto labelled = labelled_in(TRY(s_.monitoring_.labelled_windows(d_.endpoint, last_trained(earlier))));
  if (labelled.rows < d_.when.new_rows) return std::nullopt;
  fresh.trigger = fmt::format("{} new labelled rows", plain_count(labelled.rows));
  found.text = "Opened a case";
  return found;
}

// An alert that stays open after a case has dealt with it opens the next one only when the cool-down is over.
TimeMs Mover::rest_end(const Case& fresh, const std::vector<Case>& earlier) const {
  const auto end_ms = cool_down_end(d_, earlier);
  if (fresh.alert.empty() || earlier.empty() || earlier.front().alert != fresh.alert || earlier.front().trained_ms == 0) return end_ms;
  return std::max(end_ms, earlier.front().closed_ms + (d_.cool_down_ms > 0 ? 0 : kSameAlertMs));
}

Result<std::optional<Case>> Mover::triggered(const std::vector<Case>& earlier, TimeMs scheduled_ms) {
  auto found = TRY(trigger(earlier, scheduled_ms));
  if (!found) return std::nullopt;
  auto& fresh = found->fresh;
  if (const auto rest_until_ms = rest_end(fresh, earlier); now_ms_ < rest_until_ms) {
    TRY(skip(fresh, rest_until_ms));
    return std::nullopt;
  }
  // What was wrong before the present champion answered was another's fault.
  if (fresh.onset_ms > 0) {
    for (const auto& one : earlier) {
      if (one.state == "promoted") fresh.onset_ms = std::max(fresh.onset_ms, one.full_ms);
    }
  }
  fresh.id = make_id("ca");
  fresh.policy = policy_.name;
  fresh.state = "waiting";
  fresh.opened_ms = now_ms_;
  TRY(open(fresh, std::move(found->text), fresh.trigger + (fresh.onset_ms > 0 ? fmt::format(", onset {}", plain_day(fresh.onset_ms)) : ""),
           std::move(found->checks)));
  return fresh;
}

Result<void> Mover::open(Case& fresh, std::string text, std::string reason, std::vector<Check> checks) {
  Draft draft{"open", std::move(text), std::move(reason), std::move(checks)};
  if (!fresh.alert.empty()) draft.alerts.push_back(fresh.alert);
  return decide(fresh, {std::move(draft)});
}

// That a trigger did not open a case is a decision too; one for each time that it would have.
Result<void> Mover::skip(const Case& fresh, TimeMs until_ms) {
  Decision decision{make_id("de"),
                    policy_.name,
                    "",
                    now_ms_,
                    "skip",
                    "Opened no case",
                    fmt::format("{}, but it cools down until {}", fresh.trigger, moment_words(until_ms)),
                    {},
                    {},
                    0};
  if (!fresh.alert.empty()) decision.links.push_back(governance::urn("alert", fresh.alert));
  const auto newest = TRY(s_.decisions(policy_.name, 1));
  if (!newest.empty() && newest.front().verdict == "skip" && newest.front().reason == decision.reason) return {};
  return s_.db_.write([&](sql::Tx& tx) { return put_decision(tx, decision); });
}

}  // namespace gyre::policy
