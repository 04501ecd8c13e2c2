#include "api/mlflow/log_batch.h"

#include "api/mlflow/encode.h"

namespace gyre::mlflow {
namespace {

Result<tracking::Metric> read_metric(const json::Value& value, std::size_t place) {
  const auto path = [&](std::string_view field) { return fmt::format("metrics[{}].{}", place, field); };
  for (const char* needed : {"key", "value", "timestamp"}) {
    if (!value.find(needed)) return fail(Code::invalid, fmt::format("Missing value for required parameter '{}'. See the API docs for more information about request parameters.", path(needed)));
  }
  return tracking::Metric{.key = plain_text(value["key"]), .value = TRY(to_number(value["value"], path("value"))), .at_ms = TRY(to_integer(value["timestamp"], path("timestamp"))),
                          .step = value["step"].is_null() ? 0 : TRY(to_integer(value["step"], path("step")))};
}

}  // namespace

Result<LogBatch> read_log_batch(const net::Request& request) {
  const auto args = TRY(Args::of(request));
  LogBatch call{args.run_id(), {}};
  for (const auto& metric : *TRY(args.list("metrics"))) call.batch.metrics.push_back(TRY(read_metric(metric, call.batch.metrics.size())));
  call.batch.params = TRY(read_tags(args, "params"));
  call.batch.tags = TRY(read_tags(args, "tags"));
  return call;
}

}  // namespace gyre::mlflow
