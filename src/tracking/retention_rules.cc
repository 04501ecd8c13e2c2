// Rules: kept in the database, changed by people, told in the audit log.
#include "tracking/retention_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "governance/governance.h"
#include "tracking/bin.h"
#include "tracking/filter.h"
#include "tracking/filter_syntax.h"
#include "tracking/rules.h"

namespace gyre::tracking {
namespace {

constexpr std::size_t kMaxRuleName = 64, kMaxFilterBytes = 2000;
constexpr TimeMs kMaxAgeMs = 36'500 * kDayMs;
constexpr std::int64_t kMaxKeep = 1'000'000;

struct RuleRow {
  std::string body;
  std::int64_t changed_ms;
  std::optional<std::int64_t> applied_ms;
  std::int64_t binned;
};
struct Count {
  std::int64_t n;
};

Result<void> check_rule_name(std::string_view name) {
  const bool plain = std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-_.").contains(c); });
  if (!name.empty() && !name.starts_with('-') && name.size() <= kMaxRuleName && plain) return {};  // one with a - in front reads as a flag
  return fail(Code::invalid, fmt::format("'{:.80}' is no name of a rule", name), {}, "letters, digits, - _ and . , no - in front, at most 64: failed-soon");
}

Result<void> check_numbers(const Rule& rule) {
  if (rule.older_than_ms < 0 || rule.older_than_ms > kMaxAgeMs) return fail(Code::invalid, "'older_than' is not between 0 and 36500 days");
  for (const auto number : {rule.keep_latest, rule.keep_best}) {
    if (number < 0 || number > kMaxKeep) return fail(Code::invalid, fmt::format("so many runs cannot be kept: {}", number), {}, "0 to 1000000");
  }
  if ((rule.keep_best > 0) == rule.metric.empty())
    return fail(Code::invalid, rule.metric.empty() ? "what is best is not told" : "there is a metric, and nothing that is kept by it", {},
                "'keep_best' and 'metric' belong together: keep_best 5, metric val/auc");
  return {};
}

bool names_a_field(const Node& value) { return value.kind == Node::Kind::field || std::ranges::any_of(value.parts, names_a_field); }

// Where the filter has a test that asks nothing of a run, such as 1 = 1, and so may hold for all of them; 0 where it has none. Beside such a
// test another one of AND still asks something; NOT makes AND of OR, and OR of AND.
std::size_t idle_test(const Node& node, bool inverted = false) {
  using Kind = Node::Kind;
  if (node.kind == Kind::inversion) return idle_test(node.parts.front(), !inverted);
  if (node.kind != Kind::both && node.kind != Kind::either) return names_a_field(node) ? 0 : node.column;
  const bool each_must_hold = (node.kind == Kind::both) != inverted;
  std::size_t first = 0;
  for (const auto& part : node.parts) {
    const auto column = idle_test(part, inverted);
    if (column == 0 && each_must_hold) return 0;
    if (column != 0 && first == 0) first = column;
  }
  return first;
}

// Whether it takes runs for nothing that they are: then an age, or how many are kept, must say so.
Result<void> check_takes_some(const Rule& rule) {
  if (rule.older_than_ms > 0 || rule.keep_latest > 0 || rule.keep_best > 0) return {};
  constexpr auto kHint = "give it a filter by a field of runs, an age, or how many to keep";
  const auto tree = TRY(parse_filter(rule.filter));
  if (!tree) return fail(Code::invalid, "this rule would take every run", {}, kHint);
  if (const auto column = idle_test(*tree))
    return fail(Code::invalid, fmt::format("this rule would take every run: what stands at column {} of its filter asks nothing of a run", column), {}, kHint);
  return {};
}

}  // namespace

Result<std::int64_t> experiment_or_all(std::string_view id) {
  if (id.empty()) return -1;
  const auto experiment = TRY(parse_experiment_id(id));
  if (experiment < 0) return fail(Code::not_found, fmt::format("No Experiment with id={} exists", id));  // never all of them
  return experiment;
}

Result<void> Retention::check_rule(const Rule& rule) {
  TRY(check_rule_name(rule.name));
  TRY(check_numbers(rule));
  if (rule.filter.size() > kMaxFilterBytes) return fail(Code::invalid, fmt::format("the filter has {} bytes, at most {}", rule.filter.size(), kMaxFilterBytes));
  TRY(compile(rule.filter, run_fields(), 1, {db_.dialect(), clock_.now_ms()}));
  TRY(check_takes_some(rule));
  const auto experiment = TRY(experiment_or_all(rule.experiment_id));
  if (experiment < 0) return {};
  const auto there = TRY(db_.read([&](sql::Tx& tx) { return tx.select_one<Count>("SELECT 1 FROM experiments WHERE id = $1", experiment); }));
  if (!there) return fail(Code::not_found, fmt::format("No Experiment with id={} exists", rule.experiment_id));
  return {};
}

Result<std::vector<StoredRule>> Retention::rules() {
  const auto rows =
      TRY(db_.read([](sql::Tx& tx) { return tx.select<RuleRow>("SELECT body, changed_ms, applied_ms, binned FROM retention_rules ORDER BY name"); }));
  std::vector<StoredRule> all;
  for (const auto& row : rows) all.push_back({TRY(json::decode_text<Rule>(row.body)), row.changed_ms, row.applied_ms, row.binned});
  return all;
}

Result<TimeMs> Retention::set_rule(const Rule& wanted, std::string_view actor) {
  TRY(check_rule(wanted));
  auto rule = wanted;
  if (const auto experiment = TRY(experiment_or_all(rule.experiment_id)); experiment >= 0) rule.experiment_id = std::to_string(experiment);
  const auto body = json::encode(rule);
  const auto now_ms = clock_.now_ms();
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    if (TRY(tx.select<Count>("SELECT COUNT(*) FROM retention_rules WHERE name <> $1", rule.name)).front().n >= kMaxRules)
      return fail(Code::exhausted, fmt::format("there are {} rules already", kMaxRules), {}, "gyre retention rm takes one away");
    TRY(
        tx.exec("INSERT INTO retention_rules (name, body, changed_ms, binned) VALUES ($1, $2, $3, 0) ON CONFLICT (name) DO UPDATE SET body = excluded.body, "
                "changed_ms = excluded.changed_ms",
                rule.name, body, now_ms));
    return governance::audit(tx, {now_ms, std::string(actor), "retention.set-rule", retention_urn(), TRY(json::parse(body))});
  }));
  hurried_ = true;
  return now_ms;
}

Result<void> Retention::remove_rule(std::string_view name, std::string_view actor) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(tx.exec("DELETE FROM retention_rules WHERE name = $1", name));
    if (tx.changed_rows() == 0) return fail(Code::not_found, fmt::format("there is no rule '{:.80}'", name), {}, "gyre retention ls lists them");
    return governance::audit(tx, {clock_.now_ms(), std::string(actor), "retention.remove-rule", retention_urn(), json::Object{{"rule", name}}});
  });
}

}  // namespace gyre::tracking
