#include "policy/store.h"

#include <fmt/format.h>

#include "base/decode.h"
#include "governance/governance.h"

namespace gyre::policy {

BOOST_DESCRIBE_STRUCT(Check, (), (name, metric, comparison, unit, value, limit, low, high, n, passed, note, group, champion, candidate, level, measured))
BOOST_DESCRIBE_STRUCT(Decision, (), (id, policy, case_id, at_ms, verdict, text, reason, checks, links, candidate))
BOOST_DESCRIBE_STRUCT(Case, (),
                      (id, policy, state, trigger, alert, pipeline_run, last_reason, opened_ms, closed_ms, onset_ms, trained_ms, full_ms, candidate, champion,
                       stage, stage_from_rows, stage_from_requests, stage_from_errors, held))

namespace {

struct Body {
  std::string body;
};

struct Number {
  std::int64_t n;
};

constexpr auto kFiltered =
    "WHERE ($1 = '' OR policy = $1) AND ($2 = '' OR verdict = $2) AND ($3 = '' OR case_id = $3) AND ($4 = 0 OR candidate = $4) AND at_ms >= $5 AND at_ms < $6 ";

}  // namespace

Result<void> put_case(sql::Tx& tx, const Case& one) {
  return tx.exec(
      "INSERT INTO policy_cases (id, policy, opened_ms, closed_ms, body) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE SET closed_ms = "
      "excluded.closed_ms, body = excluded.body",
      one.id, one.policy, one.opened_ms, one.closed_ms, json::encode(one));
}

Result<std::vector<Case>> select_cases(sql::Tx& tx, std::string_view policy, std::size_t limit) {
  std::vector<Case> cases;
  for (const auto& row : TRY(tx.select<Body>("SELECT body FROM policy_cases WHERE $1 = '' OR policy = $1 ORDER BY opened_ms DESC, id DESC LIMIT $2", policy,
                                             static_cast<std::int64_t>(limit)))) {
    cases.push_back(TRY(json::decode_text<Case>(row.body)));
  }
  return cases;
}

Result<std::optional<Case>> select_case(sql::Tx& tx, std::string_view id) {
  const auto row = TRY(tx.select_one<Body>("SELECT body FROM policy_cases WHERE id = $1", id));
  if (!row) return std::nullopt;
  return json::decode_text<Case>(row->body);
}

Result<void> put_decision(sql::Tx& tx, const Decision& d) {
  TRY(tx.exec("INSERT INTO decisions (id, policy, case_id, at_ms, verdict, body, candidate) VALUES ($1, $2, $3, $4, $5, $6, $7)", d.id, d.policy, d.case_id,
              d.at_ms, d.verdict, json::encode(d), d.candidate));
  const auto urn = governance::urn("decision", d.id);
  TRY(governance::put_node(tx, {urn, "decision", fmt::format("{}: {}", d.verdict, d.text), d.at_ms, json::Object{{"policy", d.policy}, {"reason", d.reason}}}));
  TRY(governance::link(tx, {governance::urn("policy", d.policy), urn, "decided", d.at_ms}));
  for (const auto& cause : d.links) TRY(governance::link(tx, {cause, urn, "weighed", d.at_ms}));
  TRY(governance::audit(tx, {d.at_ms, "policy:" + d.policy, "decision." + d.verdict, urn, json::Object{{"text", d.text}, {"reason", d.reason}}}));
  return outbox::publish(
      tx, d.at_ms, "decision.made", urn,
      json::Object{{"policy", d.policy}, {"decision", d.id}, {"verdict", d.verdict}, {"text", d.text}, {"reason", d.reason}, {"case", d.case_id}});
}

Result<std::optional<Decision>> select_decision(sql::Tx& tx, std::string_view id) {
  const auto row = TRY(tx.select_one<Body>("SELECT body FROM decisions WHERE id = $1", id));
  if (!row) return std::nullopt;
  return json::decode_text<Decision>(row->body);
}

Result<std::vector<Decision>> select_decisions(sql::Tx& tx, const DecisionFilter& f, std::size_t limit, std::size_t offset) {
  std::vector<Decision> decisions;
  for (const auto& row :
       TRY(tx.select<Body>(std::string("SELECT body FROM decisions ") + kFiltered + "ORDER BY at_ms DESC, id DESC LIMIT $7 OFFSET $8", f.policy, f.verdict,
                           f.case_id, f.candidate, f.from_ms, f.to_ms, static_cast<std::int64_t>(limit), static_cast<std::int64_t>(offset)))) {
    decisions.push_back(TRY(json::decode_text<Decision>(row.body)));
  }
  return decisions;
}

Result<std::int64_t> count_decisions(sql::Tx& tx, const DecisionFilter& f) {
  return TRY(tx.select<Number>(std::string("SELECT COUNT(*) FROM decisions ") + kFiltered, f.policy, f.verdict, f.case_id, f.candidate, f.from_ms, f.to_ms))
      .front()
      .n;
}

Result<void> put_case_alert(sql::Tx& tx, std::string_view alert, std::string_view case_id) {
  return tx.exec("INSERT INTO case_alerts (alert, case_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", alert, case_id);
}

Result<std::optional<Decision>> select_answer(sql::Tx& tx, std::string_view alert) {
  const auto row = TRY(tx.select_one<Body>(
      "SELECT d.body FROM case_alerts a JOIN decisions d ON d.case_id = a.case_id WHERE a.alert = $1 ORDER BY d.at_ms DESC, d.id DESC LIMIT 1", alert));
  if (!row) return std::nullopt;
  return json::decode_text<Decision>(row->body);
}

}  // namespace gyre::policy
