// Alerts: opened, resolved, read, acknowledged.
#include <fmt/format.h>

#include <cmath>

#include "alerting/rows.h"
#include "base/id.h"
#include "governance/governance.h"

namespace gyre::alerting {
namespace {

struct Row {
  std::string id, rule, kind;
  std::int64_t experiment_id;
  std::string run_id, run_name, metric, severity, state, evidence;
  std::int64_t opened_ms, resolved_ms;
  std::string resolved_why;
  std::int64_t acknowledged_ms;
  std::string acknowledged_by;
};
constexpr std::string_view kColumns =
    "SELECT id, rule, kind, experiment_id, run_id, run_name, metric, severity, state, evidence, opened_ms, resolved_ms, resolved_why, acknowledged_ms, "
    "acknowledged_by FROM "
    "run_alerts ";

Result<Alert> alert_of(const Row& row) {
  return Alert{row.id,
               row.rule,
               row.kind,
               std::to_string(row.experiment_id),
               row.run_id,
               row.run_name,
               row.metric,
               row.severity,
               row.state,
               TRY(json::parse(row.evidence)),
               row.opened_ms,
               row.resolved_ms,
               row.resolved_why,
               row.acknowledged_ms,
               row.acknowledged_by};
}

Result<Alert> find(sql::Tx& tx, std::string_view id) {
  const auto row = TRY(tx.select_one<Row>(fmt::format("{}WHERE id = $1", kColumns), id));
  if (!row) return fail(Code::not_found, fmt::format("there is no alert '{:.80}' of a run", id), {}, "gyre exp alerts lists them");
  return alert_of(*row);
}

// Numbers that JSON has none for are words.
json::Value number(const std::optional<double>& value) {
  if (!value) return {};
  if (std::isnan(*value)) return "NaN";
  if (std::isinf(*value)) return *value > 0 ? "Infinity" : "-Infinity";
  return *value;
}

json::Value evidence_of(const Rule& rule, const Fired& fired) {
  return json::Object{{"text", words_of(rule)},           {"value", number(fired.value)},         {"step", number(fired.step)},
                      {"limit", json::Value(rule.limit)}, {"reference", number(fired.reference)}, {"at", to_iso(fired.at_ms)}};
}

notify::Notice notice_of(const Alert& alert, std::string_view state) {
  const auto& evidence = alert.evidence;
  const auto value = evidence["value"].is_null() ? std::string() : fmt::format(": {}", json::to_text(evidence["value"]));
  const auto step = evidence["step"].is_null() ? std::string() : fmt::format(" at step {}", json::to_text(evidence["step"]));
  notify::Notice notice{
      .matter = alert.id,
      .state = std::string(state),
      .severity = alert.severity,
      .title = fmt::format("{}: {}", alert.run_name, evidence["text"].string_or("")),
      .text = fmt::format("run {} ({}), rule {}{}{}", alert.run_name, alert.run_id, alert.rule, value, step),
      .path = fmt::format("/p/{}/r/{}", governance::kProject, alert.run_id),
      .since_ms = alert.opened_ms,
      .ended_ms = alert.resolved_ms,
      .labels = {{"alertname", alert.rule}, {"experiment", alert.experiment_id}, {"run", alert.run_id}, {"run_name", alert.run_name}, {"kind", alert.kind}}};
  if (!alert.metric.empty()) notice.labels["metric"] = alert.metric;
  return notice;
}

json::Object payload_of(const Alert& alert) {
  return {{"alert", alert.id},      {"rule", alert.rule},        {"kind", alert.kind}, {"run", alert.run_id}, {"experiment", alert.experiment_id},
          {"metric", alert.metric}, {"evidence", alert.evidence}};
}

std::vector<std::string> receivers_of(const std::vector<Rule>& rules, std::string_view name) {
  for (const auto& rule : rules) {
    if (rule.name == name) return rule.receivers;
  }
  return {};
}

struct Id {
  std::string id;
};
struct Count {
  std::int64_t n;
};

}  // namespace

Result<std::string> open_alert(sql::Tx& tx, const Rule& rule, const tracking::RunBrief& run, const Fired& fired, TimeMs now_ms) {
  if (TRY(tx.select<Count>("SELECT COUNT(*) FROM run_alerts WHERE rule = $1 AND state = 'open'", rule.name)).front().n >= kMaxOpenOfRule) return std::string();
  const Alert alert{make_id("ra_"),
                    rule.name,
                    rule.kind,
                    run.experiment_id,
                    run.id,
                    run.name,
                    fired.metric,
                    rule.severity,
                    "open",
                    evidence_of(rule, fired),
                    now_ms,
                    0,
                    {},
                    0,
                    {}};
  TRY(
      tx.exec("INSERT INTO run_alerts (id, rule, kind, experiment_id, run_id, run_name, metric, severity, state, evidence, opened_ms, resolved_ms, "
              "resolved_why, acknowledged_ms, "
              "acknowledged_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9, $10, 0, '', 0, '') ON CONFLICT DO NOTHING",
              alert.id, alert.rule, alert.kind, static_cast<std::int64_t>(std::strtoll(run.experiment_id.c_str(), nullptr, 10)), alert.run_id, alert.run_name,
              alert.metric, alert.severity, json::to_text(alert.evidence), now_ms));
  if (tx.changed_rows() == 0) return std::string();
  const auto urn = governance::urn("run-alert", alert.id);
  TRY(governance::put_node(tx, {urn, "run-alert", fmt::format("{} {}", alert.rule, alert.run_name), now_ms, alert.evidence}));
  TRY(governance::link(tx, {governance::urn("run", alert.run_id), urn, "raised", now_ms}));
  TRY(governance::audit(tx, {now_ms, "rule:" + rule.name, "run-alert.open", urn, payload_of(alert)}));
  TRY(outbox::publish(tx, now_ms, "run-alert.opened", urn, payload_of(alert)));
  TRY(notify::tell(tx, rule.receivers, notice_of(alert, "firing"), now_ms));
  if (rule.action == "stop") TRY(tracking::ask_to_stop(tx, run.id, fmt::format("{}: {}", rule.name, words_of(rule)), "rule:" + rule.name, now_ms));
  return alert.id;
}

Result<void> resolve_alert(sql::Tx& tx, std::string_view id, std::string_view why, TimeMs now_ms) {
  TRY(tx.exec("UPDATE run_alerts SET state = 'resolved', resolved_ms = $2, resolved_why = $3 WHERE id = $1 AND state = 'open'", id, now_ms, why));
  if (tx.changed_rows() == 0) return {};
  const auto alert = TRY(find(tx, id));
  const auto urn = governance::urn("run-alert", id);
  TRY(governance::audit(tx, {now_ms, "rule:" + alert.rule, "run-alert.resolve", urn, json::Object{{"why", why}}}));
  TRY(outbox::publish(tx, now_ms, "run-alert.resolved", urn, payload_of(alert)));
  return notify::tell(tx, receivers_of(TRY(read_rules(tx)), alert.rule), notice_of(alert, "resolved"), now_ms);
}

Result<void> end_run(sql::Tx& tx, std::string_view run_id, std::string_view why, TimeMs now_ms, std::string_view kind) {
  const auto open = TRY(tx.select<Id>(
      "SELECT id FROM run_alerts WHERE run_id = $1 AND state = 'open' AND (($2 = '' AND kind <> 'crashed') OR kind = $2) ORDER BY opened_ms", run_id, kind));
  for (const auto& [id] : open) TRY(resolve_alert(tx, id, why, now_ms));
  return kind.empty() ? tx.exec("DELETE FROM run_alert_states WHERE run_id = $1", run_id) : Result<void>();
}

Result<void> end_rule(sql::Tx& tx, std::string_view rule, std::string_view why, TimeMs now_ms) {
  for (const auto& [id] : TRY(tx.select<Id>("SELECT id FROM run_alerts WHERE rule = $1 AND state = 'open'", rule))) TRY(resolve_alert(tx, id, why, now_ms));
  return tx.exec("DELETE FROM run_alert_states WHERE rule = $1", rule);
}

Result<Memory> read_memory(sql::Tx& tx, std::string_view rule, std::string_view run_id, std::string_view metric) {
  struct Body {
    std::string body;
  };
  const auto row = TRY(tx.select_one<Body>("SELECT body FROM run_alert_states WHERE rule = $1 AND run_id = $2 AND metric = $3", rule, run_id, metric));
  return row ? json::decode_text<Memory>(row->body) : Result<Memory>(Memory());
}

Result<void> write_memory(sql::Tx& tx, const Rule& rule, std::string_view run_id, std::string_view metric, const Memory& memory) {
  return tx.exec(
      "INSERT INTO run_alert_states (rule, run_id, metric, body, due_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (rule, run_id, metric) DO UPDATE SET body = "
      "excluded.body, "
      "due_ms = excluded.due_ms",
      rule.name, run_id, metric, json::encode(memory), due_of(memory, rule));
}

namespace {

constexpr std::string_view kWhere = "WHERE ($1 = '' OR state = $1) AND ($2 = '' OR run_id = $2) AND ($3 = -1 OR experiment_id = $3) AND ($4 = '' OR rule = $4)";

std::int64_t number_of(std::string_view experiment) { return experiment.empty() ? -1 : std::strtoll(std::string(experiment).c_str(), nullptr, 10); }

}  // namespace

Result<std::vector<Alert>> Service::alerts(const AlertQuery& query) {
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Alert>> {
    std::vector<Alert> all;
    for (const auto& row : TRY(tx.select<Row>(fmt::format("{}{} ORDER BY state, opened_ms DESC, id DESC LIMIT $5 OFFSET $6", kColumns, kWhere), query.state,
                                              query.run_id, number_of(query.experiment_id), query.rule, query.limit, query.offset)))
      all.push_back(TRY(alert_of(row)));
    return all;
  });
}

Result<std::int64_t> Service::count(const AlertQuery& query) {
  return db_.read([&](sql::Tx& tx) -> Result<std::int64_t> {
    return TRY(tx.select<Count>(fmt::format("SELECT COUNT(*) FROM run_alerts {}", kWhere), query.state, query.run_id, number_of(query.experiment_id),
                                query.rule))
        .front()
        .n;
  });
}

Result<Alert> Service::alert(std::string_view id) {
  return db_.read([&](sql::Tx& tx) { return find(tx, id); });
}

Result<Alert> Service::acknowledge(std::string_view id, bool acknowledged, std::string_view actor) {
  return db_.write([&](sql::Tx& tx) -> Result<Alert> {
    const auto alert = TRY(find(tx, id));
    const auto now_ms = clock_.now_ms();
    TRY(tx.exec("UPDATE run_alerts SET acknowledged_ms = $2, acknowledged_by = $3 WHERE id = $1", id, acknowledged ? now_ms : 0,
                acknowledged ? actor : std::string_view()));
    TRY(governance::audit(tx, {now_ms, std::string(actor), acknowledged ? "run-alert.ack" : "run-alert.unack", governance::urn("run-alert", id), {}}));
    if (acknowledged && alert.kind == "crashed") TRY(resolve_alert(tx, id, "acknowledged", now_ms));
    return find(tx, id);
  });
}

Result<Figures> Service::figures() {
  struct ByState {
    std::string state;
    std::int64_t n;
  };
  return db_.read([](sql::Tx& tx) -> Result<Figures> {
    Figure alerts{"gyre_run_alerts", "Alerts on runs by state.", Figure::Kind::gauge, {}};
    for (const auto& row : TRY(tx.select<ByState>("SELECT state, COUNT(*) FROM run_alerts GROUP BY state ORDER BY state")))
      alerts.samples.push_back({{{"state", row.state}}, static_cast<double>(row.n)});
    return Figures{std::move(alerts)};
  });
}

}  // namespace gyre::alerting
