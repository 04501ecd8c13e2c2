// runs/log-metric, log-parameter, log-batch, log-model, set-tag, delete-tag
#include <fmt/ranges.h>

#include "api/mlflow/encode.h"
#include "api/mlflow/log_batch.h"
#include "api/mlflow/routes.h"

namespace gyre::mlflow {
namespace {

Result<net::Response> log_metric(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"run_id", Kind::text, kRequired},
                                           {"key", Kind::text, kRequired},
                                           {"value", Kind::real, kRequired},
                                           {"timestamp", Kind::whole, kRequired},
                                           {"step", Kind::whole},
                                           {"model_id"},
                                           {"dataset_name"},
                                           {"dataset_digest"}}));
  tracking::Batch batch;
  batch.single = true;
  batch.metrics.push_back(
      {.key = args.text("key"), .value = TRY(args.number("value")), .at_ms = TRY(args.integer("timestamp", 0)), .step = TRY(args.integer("step", 0))});
  note_model(batch, args.value());
  TRY(tracking.log_batch(args.run_id(), batch));
  return empty_reply();
}

Result<net::Response> log_parameter(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"run_id", Kind::text, kRequired}, {"key", Kind::text, kRequired}, {"value"}}));
  tracking::Batch batch;
  batch.single = true;
  batch.params.push_back({args.text("key"), args.text("value")});
  TRY(tracking.log_batch(args.run_id(), batch));
  return empty_reply();
}

Result<net::Response> set_tag(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"run_id", Kind::text, kRequired}, {"key", Kind::text, kRequired}, {"value"}}));
  tracking::Batch batch;
  batch.single = true;
  batch.tags.push_back({args.text("key"), args.text("value")});
  TRY(tracking.log_batch(args.run_id(), batch));
  return empty_reply();
}

Result<net::Response> delete_tag(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"run_id", Kind::text, kRequired}, {"key", Kind::text, kRequired}}));
  TRY(tracking.delete_tag(args.run_id(), args.text("key")));
  return empty_reply();
}

Result<net::Response> log_batch(tracking::Service& tracking, const net::Request& request) {
  const auto call = TRY(read_log_batch(request));
  TRY(tracking.log_batch(call.run_id, call.batch));
  return empty_reply();
}

// What 2.x clients tell of a model that they have just uploaded: one entry more in a tag of the run.
Result<net::Response> log_model(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"run_id", Kind::text, kRequired}, {"model_json", Kind::text, kRequired}}));
  auto model = json::parse(args.text("model_json"));
  if (!model || !model->if_object())
    return fail(Code::invalid, fmt::format("Malformed model info. \n {:.1000} \n is not a valid JSON.", args.text("model_json")));
  std::vector<std::string> absent;
  for (const char* needed : {"artifact_path", "flavors", "run_id", "utc_time_created"}) {
    if (!model->find(needed)) absent.push_back(fmt::format("'{}'", needed));
  }
  if (!absent.empty()) return fail(Code::invalid, fmt::format("Model json is missing mandatory fields: {{{}}}", fmt::join(absent, ", ")));
  TRY(tracking.add_to_model_history(args.run_id(), std::move(*model)));
  return empty_reply();
}

}  // namespace

void add_logging_routes(net::Router& router, tracking::Service& tracking) {
  using std::bind_front, std::ref;
  add(router, "POST", "/runs/log-metric", bind_front(log_metric, ref(tracking)));
  add(router, "POST", "/runs/log-parameter", bind_front(log_parameter, ref(tracking)));
  add(router, "POST", "/runs/set-tag", bind_front(set_tag, ref(tracking)));
  add(router, "POST", "/runs/delete-tag", bind_front(delete_tag, ref(tracking)));
  add(router, "POST", "/runs/log-batch", bind_front(log_batch, ref(tracking)));
  add(router, "POST", "/runs/log-model", bind_front(log_model, ref(tracking)));
}

}  // namespace gyre::mlflow
