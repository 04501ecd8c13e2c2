// Points, events and the passing of time, held against the rules.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "alerting/rows.h"
#include "base/log.h"
#include "tracking/watched.h"

namespace gyre::alerting {

Result<bool> Service::applies(const Rule& rule, const std::string& run_id, std::string_view experiment_id, TimeMs now_ms) {
  if (!rule.enabled || (!rule.experiment.empty() && rule.experiment != experiment_id)) return false;
  if (rule.filter.empty()) return true;
  const std::pair place(rule.name, run_id);
  const auto known = matched_.with([&](auto& matched) {
    const auto at = matched.find(place);
    return at == matched.end() ? std::nullopt : std::optional(at->second);
  });
  if (known && known->rule_changed_ms == rule.changed_ms && now_ms - known->read_ms < kMatchedForMs) return known->matches;
  const auto count = runs_.count({.experiment_ids = {std::string(experiment_id)},
                                  .filter = fmt::format("({}) AND attributes.run_id = '{}'", rule.filter, run_id),
                                  .view = std::string(tracking::kNotDeleted)});
  if (!count && count.error().code != Code::invalid) return std::unexpected(count.error());
  if (!count) log::report(log::Level::warn, fmt::format("the filter of the rule '{}' is refused", rule.name), count.error());
  const bool matches = count && *count > 0;
  matched_.with([&](auto& matched) {
    if (matched.size() >= kMaxMatched) matched.clear();
    matched[place] = {matches, now_ms, rule.changed_ms};
  });
  return matches;
}

// Points that were logged, with what the rules that apply to their runs need.
struct Service::Round {
  std::vector<tracking::WatchedBatch> batches;
  std::vector<Rule> rules;
  std::map<std::string, tracking::RunBrief> runs;
  std::map<std::string, std::vector<const Rule*>> rules_of;  // by run
};

namespace {

// One transaction's memories: each is read once and written once, however many points there are.
class Memories {
 public:
  explicit Memories(sql::Tx& tx) : tx_(tx) {}

  Result<void> judge_point(const Rule& rule, const tracking::RunBrief& run, const tracking::Metric& point, TimeMs at_ms, TimeMs now_ms) {
    const Place place{&rule, run.id, point.key};
    auto at = known_.find(place);
    if (at == known_.end()) at = known_.emplace(place, TRY(read_memory(tx_, rule.name, run.id, point.key))).first;
    auto& memory = at->second;
    const auto verdict = judge(memory, rule, point, at_ms);
    if (verdict.turn == Turn::fired)
      memory.alert = TRY(open_alert(tx_, rule, run, {point.key, point.value, tracking::number_of(step_of(point)), verdict.reference, at_ms}, now_ms));
    if (verdict.turn == Turn::resolved) {
      TRY(resolve_alert(tx_, memory.alert, "recovered", now_ms));
      memory.alert.clear();
    }
    return {};
  }

  Result<void> write() {
    for (const auto& [place, memory] : known_) TRY(write_memory(tx_, *place.rule, place.run_id, place.metric, memory));
    return {};
  }

 private:
  struct Place {
    const Rule* rule;
    std::string run_id, metric;
    auto operator<=>(const Place&) const = default;
  };
  sql::Tx& tx_;
  std::map<Place, Memory> known_;
};

}  // namespace

Result<std::size_t> Service::judge_points(TimeMs now_ms) {
  Round round;
  TRY(db_.read([&](sql::Tx& tx) -> Result<void> {
    round = {};
    round.batches = TRY(tracking::read_watched(tx, kBatchesAtOnce));
    if (round.batches.empty()) return {};
    round.rules = TRY(read_rules(tx));
    for (const auto& batch : round.batches) {
      if (round.runs.contains(batch.run_id)) continue;
      if (auto run = TRY(tracking::run_brief(tx, batch.run_id))) round.runs[batch.run_id] = std::move(*run);
    }
    return {};
  }));
  if (round.batches.empty()) return 0;
  for (const auto& [id, run] : round.runs) {
    for (const auto& rule : round.rules) {
      if (is_on_points(TRY(parse_kind(rule.kind))) && TRY(applies(rule, id, run.experiment_id, now_ms))) round.rules_of[id].push_back(&rule);
    }
  }
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(tracking::forget_watched(tx, round.batches));
    Memories memories(tx);
    for (const auto& batch : round.batches) {
      for (const auto* rule : round.rules_of[batch.run_id]) {
        for (const auto& point : batch.metrics) {
          if (tracking::is_watched_by(rule->metric, point.key)) TRY(memories.judge_point(*rule, round.runs.at(batch.run_id), point, batch.at_ms, now_ms));
        }
      }
    }
    TRY(memories.write());
    for (const auto& [id, run] : round.runs) {  // points that were judged after the run's end was
      if (!run.goes_on()) TRY(end_run(tx, id, "run ended", now_ms));
    }
    return {};
  }));
  return round.batches.size();
}

Result<std::size_t> Service::judge_time(TimeMs now_ms, DutyState& state) {
  struct Next {
    std::optional<std::int64_t> due_ms;
  };
  struct Due {
    std::string rule, run_id, metric;
  };
  const auto next =
      TRY(db_.read([](sql::Tx& tx) { return tx.select<Next>("SELECT MIN(due_ms) FROM run_alert_states WHERE due_ms IS NOT NULL"); })).front().due_ms;
  if (!next) return 0;
  if (*next > now_ms) return state.due_at(*next), 0;
  return db_.write([&](sql::Tx& tx) -> Result<std::size_t> {
    const auto rules = TRY(read_rules(tx));
    const auto due = TRY(tx.select<Due>(
        "SELECT rule, run_id, metric FROM run_alert_states WHERE due_ms IS NOT NULL AND due_ms <= $1 ORDER BY due_ms, rule, run_id, metric LIMIT $2", now_ms,
        kDueAtOnce));
    for (const auto& one : due) {
      const auto run = TRY(tracking::run_brief(tx, one.run_id));
      const auto rule = std::ranges::find(rules, one.rule, &Rule::name);
      if (!run || !run->goes_on() || rule == rules.end()) {
        TRY(tx.exec("DELETE FROM run_alert_states WHERE rule = $1 AND run_id = $2 AND metric = $3", one.rule, one.run_id, one.metric));
        continue;
      }
      auto memory = TRY(read_memory(tx, one.rule, one.run_id, one.metric));
      if (const auto verdict = judge_pause(memory, *rule, now_ms); verdict.turn == Turn::fired) {
        memory.alert = TRY(open_alert(tx, *rule, *run, {one.metric, memory.best, memory.best_step, verdict.reference, now_ms}, now_ms));
        if (memory.alert.empty()) memory.best_at_ms = now_ms;  // it has too many open: asked again after its time
      }
      TRY(write_memory(tx, *rule, one.run_id, one.metric, memory));
    }
    return due.size();
  });
}

Result<DutyState> Service::run_due(TimeMs now_ms) {
  DutyState state;
  const auto points = TRY(judge_points(now_ms)), time = TRY(judge_time(now_ms, state));
  state.worked = points + time > 0;
  return state;
}

namespace {

struct Happening {
  std::string_view kind;   // of rules that fire; "": none
  std::string_view ends;   // why alerts on its points are resolved; "": they are not
  std::string_view heals;  // of alerts that are resolved
};

std::optional<Happening> happening_of(const outbox::Event& event) {
  if (event.topic == "run.silent") return Happening{"silent", "", ""};
  if (event.topic == "run.heard") return Happening{"", "", "silent"};
  if (event.topic == "run.rewound") return Happening{"", "rewound", "crashed"};
  if (event.topic == "run.finished") return Happening{event.payload["status"].string_or("") == "FAILED" ? "crashed" : "", "run ended", ""};
  return std::nullopt;
}

}  // namespace

Result<void> Service::on_event(const outbox::Event& event) {
  const auto happening = happening_of(event);
  if (!happening) return {};
  const auto run = TRY(db_.read([&](sql::Tx& tx) { return tracking::run_brief(tx, event.payload["run"].string_or("")); }));
  if (!run) return {};
  const auto now_ms = clock_.now_ms();
  std::vector<Rule> firing;
  for (auto& rule : TRY(rules())) {
    if (!happening->kind.empty() && rule.kind == happening->kind && TRY(applies(rule, run->id, run->experiment_id, now_ms))) firing.push_back(std::move(rule));
  }
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    if (!happening->ends.empty()) TRY(end_run(tx, run->id, happening->ends, now_ms));
    if (!happening->heals.empty()) TRY(end_run(tx, run->id, "recovered", now_ms, happening->heals));
    for (const auto& rule : firing) TRY(open_alert(tx, rule, *run, {.metric = {}, .value = {}, .step = {}, .reference = {}, .at_ms = event.at_ms}, now_ms));
    return {};
  });
}

}  // namespace gyre::alerting
