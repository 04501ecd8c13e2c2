// Counts, latencies, tokens, costs and assessments over many traces, by time and by what they have in common. The database finds the
// rows; they are summed up here as they come, so that percentiles are the same on every database.
#include <fmt/format.h>

#include <cmath>

#include "traces/lexer.h"
#include "traces/metric_filter.h"
#include "traces/metric_groups.h"
#include "traces/store.h"

namespace gyre::traces {
namespace {

constexpr std::size_t kMaxMetricFilters = 50, kMaxAggregations = 50, kMaxExperiments = 1000;
constexpr std::int64_t kMaxIntervalS = 100LL * 366 * 86400;  // a century
constexpr std::string_view kCostKey = "mlflow.llm.cost", kModelKey = "mlflow.llm.model", kProviderKey = "mlflow.llm.provider";

struct Plan {
  View view;
  const MetricTerm* metric;
  std::vector<const MetricTerm*> dimensions;
};

// One statement; its values are bound in the order of their numbers.
struct Statement {
  std::string text;
  std::vector<std::variant<std::string, std::int64_t>> values;

  std::string bind(std::variant<std::string, std::int64_t> value) {
    values.push_back(std::move(value));
    return fmt::format("${}", values.size());
  }
  std::vector<sql::Value> args() const {
    std::vector<sql::Value> list;
    for (const auto& value : values) list.push_back(std::visit([](const auto& v) { return sql::to_value(v); }, value));
    return list;
  }
};

Result<Plan> plan_of(const MetricQuery& query) {
  const auto view = TRY(view_named(query.view));
  Plan plan{view, TRY(metric_named(view, query.metric)), {}};
  TRY(check_aggregations(*plan.metric, query.aggregations));
  plan.dimensions = TRY(dimensions_named(*plan.metric, query.dimensions));
  for (const auto& one : query.aggregations) {
    if (one.kind == Aggregation::Kind::percentile && !(one.percentile >= 0 && one.percentile <= 100))
      return fail(Code::invalid, fmt::format("Percentile value must be between 0 and 100, got {}", one.percentile));
  }
  if (query.interval_s && (*query.interval_s < 1 || *query.interval_s > kMaxIntervalS))
    return fail(Code::invalid, fmt::format("time_interval_seconds must be from 1 to {}", kMaxIntervalS));
  if (query.interval_s && (!query.from_ms || !query.to_ms))
    return fail(Code::invalid, "start_time_ms and end_time_ms are required if time_interval_seconds is set");
  if (query.limit < 1 || query.limit > kMaxMetricPoints)
    return fail(Code::invalid, fmt::format("Invalid value {} for parameter 'max_results' supplied. It must be from 1 to {}", query.limit, kMaxMetricPoints));
  if (query.filters.size() > kMaxMetricFilters || query.aggregations.size() > kMaxAggregations || query.experiment_ids.size() > kMaxExperiments) {
    return fail(Code::invalid, fmt::format("at most {} filters, {} aggregations and {} experiments go into one question", kMaxMetricFilters, kMaxAggregations,
                                           kMaxExperiments));
  }
  return plan;
}

// Costs are of the time when their span began; all else of spans goes by its trace.
Result<Statement> statement_of(const MetricQuery& query, const Plan& plan) {
  const std::string_view bucket_time = plan.view == View::spans ? "s.start_ns / 1000000" : "t.start_ms";
  const auto time = plan.metric->reading == Reading::cost ? bucket_time : "t.start_ms";
  Statement made;
  std::string experiments;
  for (const auto& id : query.experiment_ids) experiments += fmt::format("{}{}", experiments.empty() ? "" : ", ", made.bind(TRY(experiment_number(id))));
  auto where = fmt::format("t.experiment_id IN ({})", experiments.empty() ? "NULL" : experiments);
  for (const auto& filter : query.filters)
    where += " AND " + TRY(metric_condition(filter, plan.view, [&](std::string value) { return made.bind(std::move(value)); }));
  if (query.from_ms) where += fmt::format(" AND {} >= {}", time, made.bind(*query.from_ms));
  if (query.to_ms) where += fmt::format(" AND {} <= {}", time, made.bind(*query.to_ms));
  std::string columns = fmt::format("{}, {}", bucket_time, plan.metric->sql);
  for (const auto* dimension : plan.dimensions) columns += fmt::format(", {}", dimension->sql);
  made.text = fmt::format("SELECT {} FROM {} WHERE {}", columns, source_of(plan.view), where);
  return made;
}

json::Value attribute(std::string_view content, std::string_view key) {
  const auto span = from_content(content);
  if (!span) return {};
  for (const auto& [name, value] : span->attributes) {
    if (name == key) return value;
  }
  return {};
}

std::optional<double> finite(const json::Value& value) {
  if (!value.is_number() || !std::isfinite(value.number_or(0))) return std::nullopt;
  return value.number_or(0);
}

std::optional<double> assessed(std::string_view text) {
  const auto value = json::parse(text).value_or(json::Value());
  if (const auto* truth = value.if_bool()) return *truth ? 1 : 0;
  if (const auto* word = value.if_string()) {
    const auto small = lower(*word);
    return small == "yes" ? std::optional(1.0) : small == "no" ? std::optional(0.0) : std::nullopt;
  }
  return finite(value);
}

// Nothing where the row has no such value.
std::optional<MetricValue> read_value(const MetricTerm& metric, const sql::Value& value) {
  const auto number = [](std::optional<double> found) { return found ? std::optional(MetricValue{*found, {}}) : std::nullopt; };
  const auto* text = std::get_if<std::string_view>(&value);
  switch (metric.reading) {
    case Reading::one:
      return MetricValue{};
    case Reading::number: {
      std::optional<double> found;
      sql::from_value(value, found);
      return number(found);
    }
    case Reading::text:
      return text ? std::optional(MetricValue{1, std::string(*text)}) : std::nullopt;
    case Reading::tokens:
      return text ? number(finite(json::parse(*text).value_or(json::Value())[metric.name])) : std::nullopt;
    case Reading::cost: {
      auto cost = text ? attribute(*text, kCostKey) : json::Value();
      if (const auto* encoded = cost.if_string()) cost = json::parse(std::string(*encoded)).value_or(json::Value());
      return number(finite(cost[metric.name]));
    }
    case Reading::assessment:
      return text ? number(assessed(*text)) : std::nullopt;
    default:
      return std::nullopt;
  }
}

// A number's text has a point, as Python writes what came as one of protobuf's.
std::string value_text(std::string_view text) {
  const auto value = json::parse(text);
  return value && value->if_int() ? std::string(text) + ".0" : std::string(text);
}

std::optional<std::string> read_dimension(const MetricTerm& dimension, const sql::Value& value) {
  const auto* text = std::get_if<std::string_view>(&value);
  if (!text) return std::nullopt;
  if (dimension.reading == Reading::text) return std::string(*text);
  if (dimension.reading == Reading::value_text) return value_text(*text);
  const auto name = attribute(*text, dimension.reading == Reading::model ? kModelKey : kProviderKey);
  return name.if_string() ? std::optional(*name.if_string()) : std::nullopt;
}

Result<void> add_row(MetricGroups& groups, const MetricQuery& query, const Plan& plan, std::span<const sql::Value> row) {
  constexpr std::size_t kBeforeDimensions = 2;
  const auto value = read_value(*plan.metric, row[1]);
  if (!value) return {};
  MetricGroups::Key key;
  if (query.interval_s) {
    std::int64_t at_ms = 0;
    sql::from_value(row[0], at_ms);
    const auto length_ms = *query.interval_s * kSecondMs;
    key.first = at_ms - ((at_ms % length_ms) + length_ms) % length_ms;
  }
  for (std::size_t i = 0; i < plan.dimensions.size(); ++i) {
    auto name = read_dimension(*plan.dimensions[i], row[kBeforeDimensions + i]);
    if (!name) return {};
    key.second.push_back(std::move(*name));
  }
  return groups.add(std::move(key), *value, plan.metric->reading);
}

}  // namespace

Result<std::vector<DataPoint>> Service::metrics(const MetricQuery& query) {
  const auto plan = TRY(plan_of(query));
  const auto statement = TRY(statement_of(query, plan));
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<DataPoint>> {
    MetricGroups groups(query);
    Result<void> added;
    TRY(tx.run_with(statement.text, statement.args(), [&](std::span<const sql::Value> row) {
      if (added) added = add_row(groups, query, plan, row);
    }));
    TRY(added);
    return groups.points(plan.dimensions);
  });
}

}  // namespace gyre::traces
