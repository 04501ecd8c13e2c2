#include "api/mlflow/log_batch.h"

#include "api/mlflow/encode.h"

namespace gyre::mlflow {
namespace {

bool is_absent(const json::Value& value) { return value.is_null() || (value.if_string() && value.if_string()->empty()); }

// Each of a list has these fields; the list itself is one of objects.
Result<void> check_fields(const Args& args, std::string_view list, std::initializer_list<std::string_view> needed) {
  std::size_t place = 0;
  for (const auto& item : *TRY(args.list(list))) {
    if (!item.if_object()) return wrong_type(item, fmt::format("{}[{}]", list, place));
    for (const auto field : needed) {
      if (is_absent(item[field])) return missing(fmt::format("{}[{}].{}", list, place, field));
    }
    ++place;
  }
  return {};
}

Result<tracking::Metric> read_metric(const json::Value& value, std::size_t place) {
  const auto path = [&](std::string_view field) { return fmt::format("metrics[{}].{}", place, field); };
  return tracking::Metric{.key = plain_text(value["key"]),
                          .value = TRY(to_number(value["value"], path("value"))),
                          .at_ms = TRY(to_integer(value["timestamp"], path("timestamp"))),
                          .step = value["step"].is_null() ? 0 : TRY(to_integer(value["step"], path("step")))};
}

}  // namespace

void note_model(tracking::Batch& batch, const json::Value& metric) {
  if (is_absent(metric["model_id"])) return;
  batch.model_metrics.push_back(
      {batch.metrics.back(), plain_text(metric["model_id"]), "", plain_text(metric["dataset_name"]), plain_text(metric["dataset_digest"])});
}

Result<LogBatch> read_log_batch(const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"run_id", Kind::text, kRequired}, {"metrics", Kind::list}, {"params", Kind::list}, {"tags", Kind::list}}));
  TRY(check_fields(args, "metrics", {"key", "value", "timestamp"}));
  TRY(check_fields(args, "params", {"key"}));
  TRY(check_fields(args, "tags", {"key"}));
  LogBatch call{args.run_id(), {}};
  for (const auto& metric : *TRY(args.list("metrics"))) {
    call.batch.metrics.push_back(TRY(read_metric(metric, call.batch.metrics.size())));
    note_model(call.batch, metric);
  }
  call.batch.params = TRY(read_tags(args, "params"));
  call.batch.tags = TRY(read_tags(args, "tags"));
  return call;
}

}  // namespace gyre::mlflow
