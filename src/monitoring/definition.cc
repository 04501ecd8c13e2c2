#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "base/decode.h"
#include "governance/governance.h"
#include "monitoring/rows.h"

namespace gyre::monitoring {
namespace {

struct SignalText {
  std::string column, metric;
  std::optional<double> value;
};
BOOST_DESCRIBE_STRUCT(SignalText, (), (column, metric, value))

struct RuleText {
  std::string name, severity = "warn";
  SignalText signal;
  std::optional<double> above, below, clear;
  std::string windows = "1 of 1";
  std::int64_t min_rows = 1000;
  std::optional<double> certainty;
};
BOOST_DESCRIBE_STRUCT(RuleText, (), (name, severity, signal, above, below, clear, windows, min_rows, certainty))

struct QualityText {
  std::int64_t min_labelled = 1000;
  double min_coverage = 0.5;
};
BOOST_DESCRIBE_STRUCT(QualityText, (), (min_labelled, min_coverage))

struct DriftText {
  std::int64_t min_rows = 500;
  std::vector<std::string> except;
};
BOOST_DESCRIBE_STRUCT(DriftText, (), (min_rows, except))

struct DefinitionText {
  std::string endpoint, window = "1d", prediction, label, label_horizon = "30d";
  QualityText quality;
  DriftText drift;
  std::vector<RuleText> alerts;
};
BOOST_DESCRIBE_STRUCT(DefinitionText, (), (endpoint, window, prediction, label, label_horizon, quality, drift, alerts))

constexpr int kMaxRuleWindows = 100;
constexpr std::string_view kQualityMetrics[] = {"auc", "log_loss", "skill", "brier", "ece"};

// Half the width of a normal interval, in standard errors, by its certainty.
constexpr std::pair<double, double> kIntervals[] = {{0.9, 1.6449}, {0.95, 1.96}, {0.99, 2.5758}};

bool is_one_of(std::span<const std::string_view> known, std::string_view word) { return std::find(known.begin(), known.end(), word) != known.end(); }

// "2 of 3"
bool read_windows(std::string_view text, int& bad, int& of) {
  const auto middle = text.find(" of ");
  if (middle == std::string_view::npos) return false;
  const auto number = [](std::string_view digits, int& out) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return error == std::errc() && end == digits.data() + digits.size();
  };
  return number(text.substr(0, middle), bad) && number(text.substr(middle + 4), of) && bad >= 1 && of >= bad && of <= kMaxRuleWindows;
}

Result<Rule> read_rule(RuleText text) {
  const auto bad = [&](std::string what) { return fail(Code::invalid, fmt::format("alert '{}': {}", text.name, what)); };
  if (text.name.empty()) return fail(Code::invalid, "an alert needs 'name'");
  const bool quality = text.signal.column.empty();
  if (quality && !is_one_of(kQualityMetrics, text.signal.metric))
    return bad(fmt::format("metric '{}' is not one of {}", text.signal.metric, fmt::join(kQualityMetrics, ", ")));
  if (!quality && text.signal.metric != "share" && !is_one_of(kMeasures, text.signal.metric))
    return bad(fmt::format("metric '{}' is not one of {}, share", text.signal.metric, fmt::join(kMeasures, ", ")));
  if ((text.signal.metric == "share") != text.signal.value.has_value()) return bad("metric 'share' needs 'value', and no other takes it");
  if (text.above.has_value() == text.below.has_value()) return bad("give either 'above' or 'below'");
  if (text.severity != "warn" && text.severity != "critical") return bad("severity must be warn or critical");
  const double limit = text.above ? *text.above : *text.below, clear = text.clear.value_or(limit);
  if (!std::isfinite(limit) || !std::isfinite(clear)) return bad("'above', 'below' and 'clear' must be finite numbers");
  if (text.above ? clear > limit : clear < limit) return bad("'clear' must lie on the good side of the limit");
  Rule rule{text.name, text.signal.column, text.signal.metric, text.severity, text.signal.value, text.above, text.below, clear, 1, 1, text.min_rows};
  if (!read_windows(text.windows, rule.bad_windows, rule.of_windows))
    return bad(fmt::format("'windows' must be like '2 of 3', with at most {}", kMaxRuleWindows));
  if (!text.certainty) return rule;
  if (text.signal.metric != "share" && text.signal.metric != "auc") return bad("'certainty' is for the metrics share and auc, whose error is known");
  const auto interval = std::ranges::find(kIntervals, *text.certainty, &std::pair<double, double>::first);
  if (interval == std::end(kIntervals)) return bad("'certainty' must be 0.9, 0.95 or 0.99");
  rule.margin_errors = interval->second;
  return rule;
}

struct Row {
  std::string name, definition;
};

std::set<std::pair<std::string, double>> watched(const Definition& definition) {
  std::set<std::pair<std::string, double>> values;
  for (const auto& rule : definition.rules) {
    if (rule.value) values.emplace(rule.column, *rule.value);
  }
  return values;
}

// Whether what was measured under the one says nothing under the other. Limits are not measured.
bool measures_differ(const Definition& a, const Definition& b) {
  const auto names = [](const Definition& definition) { return std::set(definition.except.begin(), definition.except.end()); };
  return a.endpoint != b.endpoint || a.prediction != b.prediction || a.label != b.label || a.window_ms != b.window_ms || watched(a) != watched(b) ||
         names(a) != names(b);
}

Result<void> check_except(const Definition& definition) {
  for (const auto& column : definition.except) {
    if (column.empty()) return fail(Code::invalid, "'drift.except' names columns, and one of them is empty");
    if (std::ranges::count(definition.except, column) > 1) return fail(Code::invalid, fmt::format("'drift.except' names '{:.80}' twice", column));
    const auto rule = std::ranges::find(definition.rules, column, &Rule::column);
    if (rule != definition.rules.end()) {
      return fail(Code::invalid, fmt::format("alert '{}' looks at '{:.80}', which 'drift.except' leaves out", rule->name, column), {},
                  "take the column out of drift.except, or the alert out of alerts");
    }
  }
  return {};
}

}  // namespace

Result<Definition> read_definition(const json::Value& value) {
  auto text = TRY(json::decode_strict<DefinitionText>(value));
  if (text.endpoint.empty() || text.prediction.empty())
    return fail(Code::invalid, "a monitor needs 'endpoint' and 'prediction', the output that is P(label = 1)");
  Definition definition{text.endpoint,
                        text.prediction,
                        text.label,
                        TRY(parse_duration_ms(text.window)),
                        text.quality.min_labelled,
                        text.quality.min_coverage,
                        text.drift.min_rows,
                        TRY(parse_duration_ms(text.label_horizon)),
                        {},
                        {}};
  if (definition.window_ms < kMinuteMs || definition.window_ms % kMinuteMs != 0) return fail(Code::invalid, "'window' must be whole minutes, at least one");
  if (!(definition.min_coverage >= 0 && definition.min_coverage <= 1)) return fail(Code::invalid, "'quality.min_coverage' is a share between 0 and 1");
  for (auto& text_rule : text.alerts) {
    auto rule = TRY(read_rule(std::move(text_rule)));
    if (rule.is_quality() && definition.label.empty()) return fail(Code::invalid, fmt::format("alert '{}' looks at quality, which needs 'label'", rule.name));
    if (std::ranges::find(definition.rules, rule.name, &Rule::name) != definition.rules.end())
      return fail(Code::invalid, fmt::format("two alerts are called '{}'", rule.name));
    definition.rules.push_back(std::move(rule));
  }
  definition.except = std::move(text.drift.except);
  TRY(check_except(definition));
  return definition;
}

Result<Monitor> Service::apply(std::string_view name, const json::Value& definition, std::string_view actor) {
  const auto read = TRY(read_definition(definition));
  const auto endpoint = serving_.endpoint(read.endpoint);
  if (!endpoint && endpoint.error().code == Code::not_found) return fail(Code::invalid, endpoint.error().message, {}, endpoint.error().fix);
  TRY(check_left_out(read));
  const std::lock_guard lock(measuring_);
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    const auto text = json::to_text(definition);
    const auto there = TRY(tx.select_one<Row>("SELECT name, definition FROM monitors WHERE name = $1", name));
    if (there && there->definition == text) return {};
    TRY(
        tx.exec("INSERT INTO monitors (name, endpoint, definition, segment, read_to, closed_to) VALUES ($1, $2, $3, 0, 0, 0) ON CONFLICT (name) DO UPDATE SET "
                "endpoint = excluded.endpoint, "
                "definition = excluded.definition",
                name, read.endpoint, text));
    if (there) {
      const Monitor before{std::string(name), TRY(read_definition(TRY(json::parse(there->definition))))};
      if (measures_differ(before.definition, read)) TRY(begin_again(tx, name));
      TRY(drop_rules(tx, before, read, clock_.now_ms()));
    }
    const auto urn = governance::urn("monitor", name);
    TRY(governance::put_node(tx, {urn, "monitor", std::string(name), clock_.now_ms(), {}}));
    return governance::audit(tx, {clock_.now_ms(), std::string(actor), there ? "monitor.change" : "monitor.create", urn, definition});
  }));
  forget_references(name);
  return monitor(name);
}

Result<std::vector<Monitor>> Service::list() {
  return db_.read([](sql::Tx& tx) -> Result<std::vector<Monitor>> {
    std::vector<Monitor> monitors;
    for (const auto& row : TRY(tx.select<Row>("SELECT name, definition FROM monitors ORDER BY name")))
      monitors.push_back({row.name, TRY(read_definition(TRY(json::parse(row.definition))))});
    return monitors;
  });
}

Result<Monitor> Service::monitor(std::string_view name) {
  for (auto& monitor : TRY(list())) {
    if (monitor.name == name) return std::move(monitor);
  }
  return fail(Code::not_found, fmt::format("there is no monitor '{:.80}'", name), {}, "gyre monitor ls lists those that are");
}

Result<std::optional<Monitor>> Service::monitor_of(std::string_view endpoint) {
  for (auto& monitor : TRY(list())) {
    if (monitor.definition.endpoint == endpoint) return std::move(monitor);
  }
  return std::nullopt;
}

}  // namespace gyre::monitoring
