// Rules over windows: pending, open, resolved.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "governance/governance.h"
#include "monitoring/rows.h"
#include "monitoring/rule_machine.h"

namespace gyre::monitoring {
namespace {

struct StateRow {
  std::int64_t judged_to = 0;
  std::string state = "ok", recent = "[]";
  std::int64_t onset_ms = 0;
  std::optional<double> value;
  std::int64_t n = 0;
  std::string alert;
};

Result<void> save_state(sql::Tx& tx, std::string_view monitor, std::string_view rule, const StateRow& s) {
  return tx.exec(
      "INSERT INTO monitor_rules (monitor, rule, judged_to, state, recent, onset_ms, value, n, alert) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT "
      "(monitor, rule) DO UPDATE SET "
      "judged_to = excluded.judged_to, state = excluded.state, recent = excluded.recent, onset_ms = excluded.onset_ms, value = excluded.value, n = excluded.n, "
      "alert = excluded.alert",
      monitor, rule, s.judged_to, s.state, s.recent, s.onset_ms, s.value, s.n, s.alert);
}

Alert alert_of(const Monitor& monitor, const Rule& rule, const Measured& now, std::int64_t version) {
  return {.id = make_id("al"),
          .monitor = monitor.name,
          .rule = rule.name,
          .state = "open",
          .severity = rule.severity,
          .metric = rule.metric,
          .column = rule.column,
          .value = now.value,
          .limit = rule.limit(),
          .n = now.n,
          .version = version};
}

json::Object payload_of(const Alert& alert, std::string_view endpoint) {
  return {{"monitor", alert.monitor},        {"endpoint", endpoint}, {"alert", alert.id},    {"rule", alert.rule}, {"metric", alert.metric},
          {"onset", to_iso(alert.onset_ms)}, {"value", alert.value}, {"limit", alert.limit}, {"n", alert.n},       {"version", alert.version}};
}

Result<void> open_alert(sql::Tx& tx, const Monitor& monitor, const Alert& alert, const Window& window) {
  TRY(
      tx.exec("INSERT INTO alerts (id, monitor, rule, state, severity, metric, column_name, onset_ms, opened_ms, resolved_ms, value, limit_value, n, version) "
              "VALUES ($1, $2, $3, 'open', $4, $5, $6, $7, $8, 0, $9, $10, $11, $12)",
              alert.id, alert.monitor, alert.rule, alert.severity, alert.metric, alert.column, alert.onset_ms, alert.opened_ms, alert.value, alert.limit,
              alert.n, alert.version));
  const auto urn = governance::urn("alert", alert.id);
  const auto window_name = fmt::format("{}/{}", monitor.name, monitor.definition.window_ms >= kDayMs ? to_iso_date(window.from_ms) : to_iso(window.from_ms));
  TRY(governance::put_node(tx, {urn, "alert", fmt::format("{} {}", alert.rule, to_iso_date(alert.onset_ms)), alert.opened_ms,
                                json::Object{{"value", alert.value}, {"limit", alert.limit}}}));
  TRY(governance::link(tx, {governance::urn("window", window_name), urn, "raised", alert.opened_ms}));
  TRY(governance::audit(tx, {alert.opened_ms, "monitor:" + monitor.name, "alert.open", urn, payload_of(alert, monitor.definition.endpoint)}));
  return outbox::publish(tx, alert.opened_ms, "alert.opened", urn, payload_of(alert, monitor.definition.endpoint));
}

Result<void> resolve_alert(sql::Tx& tx, const Monitor& monitor, const std::string& id, TimeMs now_ms) {
  TRY(tx.exec("UPDATE alerts SET state = 'resolved', resolved_ms = $1 WHERE id = $2", now_ms, id));
  const auto alert = TRY(select_alert(tx, id));
  const auto urn = governance::urn("alert", id);
  TRY(governance::audit(tx, {now_ms, "monitor:" + monitor.name, "alert.resolve", urn, {}}));
  return outbox::publish(tx, now_ms, "alert.resolved", urn, payload_of(alert, monitor.definition.endpoint));
}

}  // namespace

Result<void> drop_rules(sql::Tx& tx, const Monitor& before, const Definition& now, TimeMs now_ms) {
  for (const auto& rule : before.definition.rules) {
    const auto same = std::ranges::find(now.rules, rule.name, &Rule::name);
    if (same != now.rules.end() && same->column == rule.column && same->metric == rule.metric && same->value == rule.value) continue;
    const auto row = TRY(tx.select_one<StateRow>(
        "SELECT judged_to, state, recent, onset_ms, value, n, alert FROM monitor_rules WHERE monitor = $1 AND rule = $2", before.name, rule.name));
    if (row && !row->alert.empty()) TRY(resolve_alert(tx, before, row->alert, now_ms));
    TRY(tx.exec("DELETE FROM monitor_rules WHERE monitor = $1 AND rule = $2", before.name, rule.name));
  }
  return {};
}

std::optional<Measured> measured(const Rule& rule, const Definition& definition, const Window& window) {
  if (rule.is_quality()) {
    if (window.realised.n == 0) return std::nullopt;
    const bool covered = static_cast<double>(window.labelled) >= definition.min_coverage * static_cast<double>(window.rows);
    return Measured{figure(window.realised, rule.metric), window.realised.n, !covered || window.realised.n < std::max(definition.min_labelled, rule.min_rows),
                    rule.metric == "auc" ? window.realised.auc_error : 0};
  }
  const auto column = std::ranges::find(window.columns, rule.column, &ColumnDrift::column);
  if (column == window.columns.end()) return std::nullopt;
  const auto value = column->measures.find(rule.metric == "share" ? share_name(rule.value.value_or(0)) : rule.metric);
  if (value == column->measures.end()) return std::nullopt;
  return Measured{value->second, column->n, column->n < std::max(definition.min_rows, rule.min_rows),
                  rule.metric == "share" ? share_error(value->second, column->n) : 0};
}

Result<bool> Service::judge(const Monitor& monitor, TimeMs now_ms) {
  bool worked = false;
  for (const auto& rule : monitor.definition.rules) worked |= TRY(judge_rule(monitor, rule, now_ms));
  return worked;
}

Result<bool> Service::judge_rule(const Monitor& monitor, const Rule& rule, TimeMs now_ms) {
  auto row = TRY(db_.read([&](sql::Tx& tx) {
               return tx.select_one<StateRow>("SELECT judged_to, state, recent, onset_ms, value, n, alert FROM monitor_rules WHERE monitor = $1 AND rule = $2",
                                              monitor.name, rule.name);
             })).value_or(StateRow{});
  RuleMemory memory{row.state, TRY(json::decode_text<std::vector<TimeMs>>(row.recent)), row.onset_ms};
  bool worked = false;
  for (const auto& window : TRY(windows(monitor.name, row.judged_to, INT64_MAX / 2))) {
    const auto now = measured(rule, monitor.definition, window);
    const bool counts = now && !now->few;
    const bool may_still_count = rule.is_quality() && !window.labels_complete && window.to_ms + monitor.definition.label_horizon_ms > now_ms;
    if (!counts && may_still_count) break;
    row.judged_to = window.to_ms;
    auto turn = Turn::none;
    std::string resolved;
    std::optional<Alert> opened;
    if (counts) {
      row.value = now->value;
      row.n = now->n;
      turn = step(memory, rule, window.from_ms, *now);
    }
    if (turn == Turn::opened) {
      opened = alert_of(monitor, rule, *now, window.version);
      opened->onset_ms = memory.onset_ms;
      opened->opened_ms = now_ms;
      row.alert = opened->id;
    }
    if (turn == Turn::resolved) resolved = std::exchange(row.alert, {});
    row.state = memory.state;
    row.onset_ms = memory.onset_ms;
    row.recent = json::encode(memory.recent);
    worked = true;
    TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
      if (opened) TRY(open_alert(tx, monitor, *opened, window));
      if (!resolved.empty()) TRY(resolve_alert(tx, monitor, resolved, now_ms));
      return save_state(tx, monitor.name, rule.name, row);
    }));
  }
  return worked;
}

Result<std::vector<RuleState>> Service::rules(std::string_view name) {
  const auto monitor = TRY(this->monitor(name));
  std::vector<RuleState> states;
  for (const auto& rule : monitor.definition.rules) {
    const auto row = TRY(db_.read([&](sql::Tx& tx) {
      return tx.select_one<StateRow>("SELECT judged_to, state, recent, onset_ms, value, n, alert FROM monitor_rules WHERE monitor = $1 AND rule = $2", name,
                                     rule.name);
    }));
    auto& state = states.emplace_back(rule);
    if (!row) {
      state.state = "nodata";
      continue;
    }
    state.state = row->value ? row->state : "nodata";
    state.value = row->value;
    state.n = row->n;
    state.at_ms = row->judged_to - monitor.definition.window_ms;
    state.since_ms = row->onset_ms;
    state.alert = row->alert;
  }
  return states;
}

}  // namespace gyre::monitoring
