// runs/log-*, set-tag, delete-tag; metrics/get-history
#include <algorithm>

#include "api/mlflow/encode.h"
#include "api/mlflow/log_batch.h"
#include "api/mlflow/routes.h"

namespace gyre::mlflow {
namespace {

constexpr std::int64_t kHistoryPage = 25'000;

Result<net::Response> log_metric(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  tracking::Batch batch;
  batch.metrics.push_back({.key = TRY(args.required_text("key")), .value = TRY(args.number("value")), .at_ms = TRY(args.integer("timestamp", 0)), .step = TRY(args.integer("step", 0))});
  TRY(tracking.log_batch(args.run_id(), batch));
  return empty_reply();
}

Result<net::Response> log_parameter(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  TRY(tracking.log_batch(args.run_id(), {.metrics = {}, .params = {{TRY(args.required_text("key")), args.text("value")}}, .tags = {}}));
  return empty_reply();
}

Result<net::Response> set_tag(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  TRY(tracking.log_batch(args.run_id(), {.metrics = {}, .params = {}, .tags = {{TRY(args.required_text("key")), args.text("value")}}}));
  return empty_reply();
}

Result<net::Response> delete_tag(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  TRY(tracking.delete_tag(args.run_id(), TRY(args.required_text("key"))));
  return empty_reply();
}

Result<net::Response> log_batch(tracking::Service& tracking, const net::Request& request) {
  const auto call = TRY(read_log_batch(request));
  TRY(tracking.log_batch(call.run_id, call.batch));
  return empty_reply();
}

Result<net::Response> log_inputs(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  std::vector<tracking::DatasetInput> datasets;
  for (const auto& input : *TRY(args.list("datasets"))) {
    const auto& set = input["dataset"];
    const auto* tags = input["tags"].if_array();
    datasets.push_back({plain_text(set["name"]), plain_text(set["digest"]), plain_text(set["source_type"]), plain_text(set["source"]), plain_text(set["schema"]), plain_text(set["profile"]),
                        tags ? TRY(read_tags(*tags, "datasets.tags")) : std::vector<tracking::Tag>{}});
  }
  TRY(tracking.log_inputs(args.run_id(), datasets));
  return empty_reply();
}

Result<net::Response> log_outputs(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  std::vector<tracking::ModelOutput> outputs;
  for (const auto& model : *TRY(args.list("models"))) outputs.push_back({plain_text(model["model_id"]), model["step"].is_null() ? 0 : TRY(to_integer(model["step"], "models.step"))});
  TRY(tracking.log_outputs(args.run_id(), outputs));
  return empty_reply();
}

Result<net::Response> log_model(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  TRY(tracking.log_batch(args.run_id(), {.metrics = {}, .params = {}, .tags = {{"mlflow.log-model.history", "[" + args.text("model_json") + "]"}}}));
  return empty_reply();
}

Result<net::Response> get_history(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto limit = std::clamp<std::int64_t>(TRY(args.integer("max_results", kHistoryPage)), 1, kHistoryPage);
  const auto page = TRY(tracking.history(args.run_id(), TRY(args.required_text("metric_key")), TRY(page_offset(args)), limit));
  Writer writer;
  writer.begin_object();
  if (!page.rows.empty()) {
    writer.key("metrics");
    writer.begin_array();
    for (const auto& metric : page.rows) write(writer, metric);
    writer.end_array();
  }
  if (page.next_offset >= 0) writer.field("next_page_token", page_token(page.next_offset));
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_logging_routes(net::Router& router, tracking::Service& tracking) {
  using std::bind_front, std::ref;
  add(router, "POST", "/runs/log-metric", bind_front(log_metric, ref(tracking)));
  add(router, "POST", "/runs/log-parameter", bind_front(log_parameter, ref(tracking)));
  add(router, "POST", "/runs/set-tag", bind_front(set_tag, ref(tracking)));
  add(router, "POST", "/runs/delete-tag", bind_front(delete_tag, ref(tracking)));
  add(router, "POST", "/runs/log-batch", bind_front(log_batch, ref(tracking)));
  add(router, "POST", "/runs/log-inputs", bind_front(log_inputs, ref(tracking)));
  add(router, "POST", "/runs/outputs", bind_front(log_outputs, ref(tracking)));
  add(router, "POST", "/runs/log-model", bind_front(log_model, ref(tracking)));
  add(router, "GET", "/metrics/get-history", bind_front(get_history, ref(tracking)));
}

}  // namespace gyre::mlflow
