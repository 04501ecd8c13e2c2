// Rules: checked, kept, and told to those who keep points for them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "alerting/rows.h"
#include "governance/governance.h"
#include "tracking/watched.h"

namespace gyre::alerting {
namespace {

constexpr std::array<std::string_view, 6> kKinds{"threshold", "change", "stall", "nan", "crashed", "silent"};
constexpr std::string_view kOwner = "alerting";

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) { return std::ranges::find(words, word) != words.end(); }

std::unexpected<Error> wrong(std::string_view field, std::string_view must, std::string_view fix = "") {
  return fail(Code::invalid, fmt::format("'{}' {}", field, must), {}, std::string(fix));
}

Result<void> check_name(const std::string& name) {
  constexpr std::size_t kLongest = 63;
  const auto sound = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; };
  if (!name.empty() && name.size() <= kLongest && std::ranges::all_of(name, sound)) return {};
  return fail(Code::invalid, fmt::format("'{:.80}' cannot be a rule's name", name), {}, "1 to 63 letters, digits, -, _ and .");
}

// The directions of a kind, the first of them when it is left out.
std::vector<std::string_view> directions_of(Kind kind) {
  if (kind == Kind::threshold) return {"above", "below"};
  if (kind == Kind::change) return {"either", "up", "down"};
  if (kind == Kind::stall) return {"min", "max"};
  return {};
}

Result<void> check_on_points(const Rule& rule, Kind kind) {
  if (rule.metric.empty()) return wrong("metric", "is missing", "\"metric\": \"loss\", or \"val/*\" for all that begin so");
  if (rule.metric.size() > 1000) return wrong("metric", "is too long");
  const auto directions = directions_of(kind);
  if (!directions.empty() && std::ranges::find(directions, rule.direction) == directions.end())
    return wrong("direction", fmt::format("cannot be '{:.40}'", rule.direction), fmt::format("one of: {}", fmt::join(directions, ", ")));
  if (!std::isfinite(rule.limit) || !std::isfinite(rule.window) || !std::isfinite(rule.minutes) || rule.window < 0 || rule.minutes < 0)
    return fail(Code::invalid, "'limit', 'window' and 'minutes' are finite numbers, the latter two not below 0");
  if (kind == Kind::change && (rule.window <= 0 || rule.limit <= 0))
    return fail(Code::invalid, "a change has a 'window' of steps and a 'limit' above 0", {}, R"({"window": 100, "limit": 0.5})");
  if (kind == Kind::stall && rule.window <= 0 && rule.minutes <= 0)
    return fail(Code::invalid, "a stall has a 'window' of steps, or 'minutes'", {}, R"({"window": 1000})");
  if (kind == Kind::stall && rule.limit < 0) return wrong("limit", "of a stall is not below 0: how much better counts");
  const bool above = rule.direction == "above";
  if (kind == Kind::threshold && rule.clear && (!std::isfinite(*rule.clear) || (above ? *rule.clear > rule.limit : *rule.clear < rule.limit)))
    return wrong("clear", "lies on the bad side of 'limit'");
  if (rule.points < 1 || rule.points > kMaxPointsInARow || rule.clear_points < 0 || rule.clear_points > kMaxPointsInARow)
    return wrong("points", fmt::format("and 'clear_points' are between 1 and {}", kMaxPointsInARow));
  return {};
}

Result<void> check(const Rule& rule) {
  TRY(check_name(rule.name));
  const auto kind = TRY(parse_kind(rule.kind));
  if (is_on_points(kind)) {
    TRY(check_on_points(rule, kind));
  } else if (!rule.metric.empty()) {
    return wrong("metric", fmt::format("does not go with '{}': it is about the run", rule.kind));
  }
  if (!is_one_of(rule.severity, {"warn", "crit"})) return wrong("severity", fmt::format("cannot be '{:.40}'", rule.severity), "one of: warn, crit");
  if (!is_one_of(rule.action, {"none", "stop"})) return wrong("action", fmt::format("cannot be '{:.40}'", rule.action), "one of: none, stop");
  if (rule.experiment.find_first_not_of("0123456789") != std::string::npos || rule.experiment.size() > 18)
    return wrong("experiment", fmt::format("is no id of an experiment: '{:.40}'", rule.experiment), "gyre exp ls tells them");
  if (rule.filter.size() > kMaxFilterBytes) return wrong("filter", fmt::format("has more than {} bytes", kMaxFilterBytes));
  if (rule.receivers.size() > notify::kMaxReceivers) return wrong("receivers", "are too many");
  return {};
}

Result<void> watch_all(sql::Tx& tx) {
  std::vector<tracking::Watch> watches;
  for (const auto& rule : TRY(read_rules(tx))) {
    if (!rule.enabled || !is_on_points(TRY(parse_kind(rule.kind)))) continue;
    watches.push_back({rule.experiment.empty() ? -1 : std::strtoll(rule.experiment.c_str(), nullptr, 10), rule.metric});
  }
  return tracking::set_watches(tx, kOwner, watches);
}

}  // namespace

Result<Kind> parse_kind(std::string_view word) {
  const auto at = std::ranges::find(kKinds, word);
  if (at != kKinds.end()) return static_cast<Kind>(at - kKinds.begin());
  return fail(Code::invalid, fmt::format("'kind' cannot be '{:.40}'", word), {}, fmt::format("one of: {}", fmt::join(kKinds, ", ")));
}

std::string_view to_string(Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

std::int64_t Rule::points_to_clear() const {
  constexpr std::int64_t kLeast = 3, kAfterNan = 20;
  if (clear_points > 0) return clear_points;
  return kind == "nan" ? kAfterNan : std::max(points, kLeast);
}

std::string words_of(const Rule& rule) {
  const auto in_a_row = rule.points > 1 ? fmt::format(" for {} points", rule.points) : std::string();
  if (rule.kind == "threshold") return fmt::format("{} {} {}{}", rule.metric, rule.direction, rule.limit, in_a_row);
  if (rule.kind == "change")
    return fmt::format("{} {} by more than {:.4g} % over {} steps{}", rule.metric,
                       rule.direction == "either" ? "changes"
                       : rule.direction == "up"   ? "rises"
                                                  : "falls",
                       rule.limit * 100, rule.window, in_a_row);
  if (rule.kind == "stall")
    return fmt::format("{} has no better value for {}", rule.metric,
                       rule.window > 0 ? fmt::format("{} steps", rule.window) : fmt::format("{} minutes", rule.minutes));
  if (rule.kind == "nan") return fmt::format("{} is not a finite number{}", rule.metric, in_a_row);
  return rule.kind == "crashed" ? "the run failed" : "nothing is heard of the run";
}

Result<std::vector<Rule>> read_rules(sql::Tx& tx) {
  struct Row {
    std::string body;
  };
  std::vector<Rule> rules;
  for (const auto& row : TRY(tx.select<Row>("SELECT body FROM run_alert_rules ORDER BY name"))) rules.push_back(TRY(json::decode_text<Rule>(row.body)));
  return rules;
}

Result<std::vector<Rule>> Service::rules() { return db_.read(read_rules); }

Result<Rule> Service::rule(std::string_view name) {
  for (auto& rule : TRY(rules())) {
    if (rule.name == name) return std::move(rule);
  }
  return fail(Code::not_found, fmt::format("there is no rule '{:.80}'", name), {}, "gyre exp rules lists them");
}

Result<Rule> Service::set(Rule rule, std::string_view actor) {
  if (const auto kind = parse_kind(rule.kind); kind && rule.direction.empty() && !directions_of(*kind).empty()) rule.direction = directions_of(*kind).front();
  TRY(check(rule));
  TRY(runs_.count({.experiment_ids = {rule.experiment.empty() ? "0" : rule.experiment}, .filter = rule.filter, .limit = 1}));  // says where it is wrong
  return db_.write([&](sql::Tx& tx) -> Result<Rule> {
    rule.changed_ms = clock_.now_ms();
    const auto known = TRY(read_rules(tx));
    const bool is_new = std::ranges::find(known, rule.name, &Rule::name) == known.end();
    if (is_new && known.size() >= kMaxRules) return fail(Code::exhausted, fmt::format("there are {} rules, the most there may be", kMaxRules));
    TRY(end_rule(tx, rule.name, "rule changed", rule.changed_ms));
    TRY(
        tx.exec("INSERT INTO run_alert_rules (name, body, changed_ms) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET body = excluded.body, changed_ms = "
                "excluded.changed_ms",
                rule.name, json::encode(rule), rule.changed_ms));
    TRY(watch_all(tx));
    TRY(governance::audit(
        tx, {rule.changed_ms, std::string(actor), "run-alert-rule.set", governance::urn("run-alert-rule", rule.name), json::Object{{"rule", words_of(rule)}}}));
    return rule;
  });
}

Result<void> Service::remove(std::string_view name, std::string_view actor) {
  TRY(rule(name));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    const auto now_ms = clock_.now_ms();
    TRY(end_rule(tx, name, "rule changed", now_ms));
    TRY(tx.exec("DELETE FROM run_alert_rules WHERE name = $1", name));
    TRY(watch_all(tx));
    return governance::audit(tx, {now_ms, std::string(actor), "run-alert-rule.remove", governance::urn("run-alert-rule", name), {}});
  });
}

}  // namespace gyre::alerting
