#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/decode.h"
#include "governance/governance.h"
#include "monitoring/monitoring.h"

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
};
BOOST_DESCRIBE_STRUCT(QualityText, (), (min_labelled))

struct DriftText {
  std::int64_t min_rows = 500;
};
BOOST_DESCRIBE_STRUCT(DriftText, (), (min_rows))

struct DefinitionText {
  std::string endpoint, window = "1d", prediction, label, label_horizon = "30d";
  QualityText quality;
  DriftText drift;
  std::vector<RuleText> alerts;
};
BOOST_DESCRIBE_STRUCT(DefinitionText, (), (endpoint, window, prediction, label, label_horizon, quality, drift, alerts))

constexpr std::string_view kDriftMetrics[] = {"js", "psi", "ks", "w1", "chi2", "share", "missing", "unseen", "out_of_range"};
constexpr std::string_view kQualityMetrics[] = {"auc", "log_loss", "skill", "brier", "ece"};

// Half the width of a normal interval, in standard errors, by its certainty.
constexpr std::pair<double, double> kIntervals[] = {{0.9, 1.6449}, {0.95, 1.96}, {0.99, 2.5758}};

bool is_one_of(std::span<const std::string_view> known, std::string_view word) { return std::find(known.begin(), known.end(), word) != known.end(); }

Result<Rule> read_rule(RuleText text) {
  const auto bad = [&](std::string what) { return fail(Code::invalid, fmt::format("alert '{}': {}", text.name, what)); };
  if (text.name.empty()) return fail(Code::invalid, "an alert needs 'name'");
  const bool quality = text.signal.column.empty();
  if (quality && !is_one_of(kQualityMetrics, text.signal.metric)) return bad(fmt::format("metric '{}' is not one of {}", text.signal.metric, fmt::join(kQualityMetrics, ", ")));
  if (!quality && !is_one_of(kDriftMetrics, text.signal.metric)) return bad(fmt::format("metric '{}' is not one of {}", text.signal.metric, fmt::join(kDriftMetrics, ", ")));
  if (text.signal.metric == "share" && !text.signal.value) return bad("metric 'share' needs 'value'");
  if (text.above.has_value() == text.below.has_value()) return bad("give either 'above' or 'below'");
  if (text.severity != "warn" && text.severity != "critical") return bad("severity must be warn or critical");
  Rule rule{text.name, text.signal.column, text.signal.metric, text.severity, text.signal.value, text.above, text.below, text.clear.value_or(text.above.value_or(text.below.value_or(0))), 1, 1, text.min_rows};
  int k = 0, w = 0;
  const auto of = text.windows.find(" of ");
  const char* end = text.windows.data() + text.windows.size();
  const bool good = of != std::string::npos && std::from_chars(text.windows.data(), end, k).ec == std::errc() && std::from_chars(text.windows.data() + of + 4, end, w).ec == std::errc();
  if (!good || k < 1 || w < k || w > 100) return bad("'windows' must be like '2 of 3'");
  rule.bad_windows = k;
  rule.of_windows = w;
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

}  // namespace

Result<Definition> read_definition(const json::Value& value) {
  auto text = TRY(json::decode_strict<DefinitionText>(value));
  if (text.endpoint.empty() || text.prediction.empty()) return fail(Code::invalid, "a monitor needs 'endpoint' and 'prediction', the output that is P(label = 1)");
  Definition definition{text.endpoint, text.prediction, text.label, TRY(parse_duration_ms(text.window)), text.quality.min_labelled, text.drift.min_rows, TRY(parse_duration_ms(text.label_horizon)), {}};
  if (definition.window_ms < kMinuteMs) return fail(Code::invalid, "'window' must be at least 1m");
  for (auto& rule : text.alerts) definition.rules.push_back(TRY(read_rule(std::move(rule))));
  return definition;
}

Result<Monitor> Service::apply(std::string_view name, const json::Value& definition, std::string_view actor) {
  const auto read = TRY(read_definition(definition));
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    const auto text = json::to_text(definition);
    const auto there = TRY(tx.select_one<Row>("SELECT name, definition FROM monitors WHERE name = $1", name));
    if (there && there->definition == text) return {};
    TRY(tx.exec("INSERT INTO monitors (name, endpoint, definition, segment, read_to, closed_to) VALUES ($1, $2, $3, 0, 0, 0) ON CONFLICT (name) DO UPDATE SET endpoint = excluded.endpoint, "
                "definition = excluded.definition",
                name, read.endpoint, text));
    const auto urn = governance::urn("monitor", name);
    TRY(governance::put_node(tx, {urn, "monitor", std::string(name), clock_.now_ms(), {}}));
    return governance::audit(tx, {clock_.now_ms(), std::string(actor), there ? "monitor.change" : "monitor.create", urn, definition});
  }));
  return monitor(name);
}

Result<std::vector<Monitor>> Service::list() {
  return db_.read([](sql::Tx& tx) -> Result<std::vector<Monitor>> {
    std::vector<Monitor> monitors;
    for (const auto& row : TRY(tx.select<Row>("SELECT name, definition FROM monitors ORDER BY name"))) monitors.push_back({row.name, TRY(read_definition(TRY(json::parse(row.definition))))});
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
