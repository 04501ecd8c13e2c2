// /api/3.0/mlflow/traces/metrics
#include <algorithm>

#include "api/mlflow/traces.h"
#include "api/mlflow/wire.h"

namespace gyre::mlflow {
namespace {

using traces::Aggregation;

// An enum's value by name or number.
std::string named(const json::Value& value, std::initializer_list<std::string_view> names_from_1) {
  const auto* number = value.if_int();
  if (number && *number >= 1 && static_cast<std::size_t>(*number) <= names_from_1.size()) return std::string(names_from_1.begin()[*number - 1]);
  return plain_text(value);
}

Result<Aggregation> read_aggregation(const json::Value& value) {
  using enum Aggregation::Kind;
  constexpr std::pair<std::string_view, Aggregation::Kind> kKinds[] = {{"COUNT", count},           {"SUM", sum}, {"AVG", avg},
                                                                       {"PERCENTILE", percentile}, {"MIN", min}, {"MAX", max}};
  const auto name = named(value["aggregation_type"], {"COUNT", "SUM", "AVG", "PERCENTILE", "MIN", "MAX"});
  const auto kind = std::ranges::find(kKinds, std::string_view(name), &std::pair<std::string_view, Aggregation::Kind>::first);
  if (kind == std::end(kKinds))
    return fail(Code::invalid, fmt::format("Invalid aggregation type '{:.80}': it is COUNT, SUM, AVG, PERCENTILE, MIN or MAX", name));
  const auto& of = value["percentile_value"];
  if (kind->second != percentile && !of.is_null())
    return fail(Code::invalid, fmt::format("Percentile value is only allowed for PERCENTILE aggregation type, got {}", name));
  if (kind->second != percentile) return Aggregation{kind->second};
  if (of.is_null()) return fail(Code::invalid, "Percentile value is required for PERCENTILE aggregation");
  return Aggregation{percentile, TRY(to_number(of, "aggregations.percentile_value"))};
}

Result<std::optional<std::int64_t>> maybe_whole(const Args& args, std::string_view name) {
  if (args.value()[name].is_null()) return std::nullopt;
  return TRY(args.integer(name, 0));
}

Result<traces::MetricQuery> read_query(const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"experiment_ids", Kind::texts, kRequired},
                                           {"view_type", Kind::any, kRequired},
                                           {"metric_name", Kind::text, kRequired},
                                           {"aggregations", Kind::list, kRequired},
                                           {"dimensions", Kind::texts},
                                           {"filters", Kind::texts},
                                           {"time_interval_seconds", Kind::whole},
                                           {"start_time_ms", Kind::whole},
                                           {"end_time_ms", Kind::whole},
                                           {"max_results", Kind::whole},
                                           {"page_token"}}));
  traces::MetricQuery query{.experiment_ids = args.texts("experiment_ids"),
                            .view = named(args.value()["view_type"], {"TRACES", "SPANS", "ASSESSMENTS"}),
                            .metric = args.text("metric_name"),
                            .aggregations = {},
                            .dimensions = args.texts("dimensions"),
                            .filters = args.texts("filters"),
                            .interval_s = TRY(maybe_whole(args, "time_interval_seconds")),
                            .from_ms = TRY(maybe_whole(args, "start_time_ms")),
                            .to_ms = TRY(maybe_whole(args, "end_time_ms")),
                            .limit = TRY(args.integer("max_results", 1000))};
  if (query.interval_s == 0) query.interval_s.reset();  // as good as not told
  for (const auto& one : *TRY(args.list("aggregations"))) query.aggregations.push_back(TRY(read_aggregation(one)));
  if (query.aggregations.empty()) return missing("aggregations");
  return query;
}

template <class Map>
void write_map(Writer& writer, std::string_view name, const Map& map) {
  if (map.empty()) return;
  writer.key(name);
  writer.begin_object();
  for (const auto& [key, value] : map) writer.field(key, value);
  writer.end_object();
}

Result<net::Response> metrics(traces::Service& traces, const net::Request& request) {
  const auto query = TRY(read_query(request));
  const auto points = TRY(traces.metrics(query));
  Writer writer;
  writer.begin_object();
  if (!points.empty()) {
    writer.key("data_points");
    writer.begin_array();
    for (const auto& point : points) {
      writer.begin_object();
      writer.field("metric_name", query.metric);
      write_map(writer, "dimensions", point.dimensions);
      write_map(writer, "values", point.values);
      writer.end_object();
    }
    writer.end_array();
  }
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_trace_metric_routes(net::Router& router, traces::Service& traces) {
  add_versioned(router, 3, "POST", "/traces/metrics", std::bind_front(metrics, std::ref(traces)));
}

}  // namespace gyre::mlflow
