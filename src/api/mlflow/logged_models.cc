// logged-models/*: what 3.x clients call around log_model and load_model
#include "api/mlflow/encode.h"
#include "api/mlflow/routes.h"

namespace gyre::mlflow {
namespace {

net::Response model_reply(const tracking::LoggedModel& model) {
  Writer writer;
  writer.begin_object();
  writer.key("model");
  write(writer, model);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> create(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  tracking::LoggedModel model;
  model.experiment_id = TRY(args.required_text("experiment_id"));
  model.name = args.text("name");
  model.type = args.text("model_type");
  model.source_run_id = args.text("source_run_id");
  model.params = TRY(read_tags(args, "params"));
  model.tags = TRY(read_tags(args, "tags"));
  return model_reply(TRY(tracking.create_logged_model(model)));
}

Result<net::Response> get(tracking::Service& tracking, const net::Request& request) { return model_reply(TRY(tracking.logged_model(request.parameter("model_id")))); }

Result<net::Response> finalize(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  auto status = args.choice("status", {"LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"}, "");
  constexpr std::string_view kPrefix = "LOGGED_MODEL_";
  if (status.starts_with(kPrefix)) status.erase(0, kPrefix.size());
  if (status != "PENDING" && status != "READY" && status != "UPLOAD_FAILED") return fail(Code::invalid, fmt::format("Invalid model status: '{}'", status));
  return model_reply(TRY(tracking.set_logged_model_status(request.parameter("model_id"), status)));
}

Result<net::Response> add_params(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  TRY(tracking.add_to_logged_model(request.parameter("model_id"), TRY(read_tags(args, "params")), {}));
  return empty_reply();
}

Result<net::Response> set_tags(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  return model_reply(TRY(tracking.add_to_logged_model(request.parameter("model_id"), {}, TRY(read_tags(args, "tags")))));
}

Result<net::Response> delete_tag(tracking::Service& tracking, const net::Request& request) {
  TRY(tracking.delete_logged_model_tag(request.parameter("model_id"), request.parameter("tag_key")));
  return empty_reply();
}

Result<net::Response> search(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto page = TRY(tracking.search_logged_models({.experiment_ids = args.texts("experiment_ids"), .filter = args.text("filter"), .order_by = {},
                                                       .limit = std::clamp<std::int64_t>(TRY(args.integer("max_results", 50)), 1, 1000), .offset = TRY(page_offset(args))}));
  Writer writer;
  writer.begin_object();
  if (!page.rows.empty()) {
    writer.key("models");
    writer.begin_array();
    for (const auto& model : page.rows) write(writer, model);
    writer.end_array();
  }
  if (page.next_offset >= 0) writer.field("next_page_token", page_token(page.next_offset));
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_logged_model_routes(net::Router& router, tracking::Service& tracking, blob::Store&) {
  using std::bind_front, std::ref;
  add(router, "POST", "/logged-models", bind_front(create, ref(tracking)));
  add(router, "POST", "/logged-models/search", bind_front(search, ref(tracking)));
  add(router, "GET", "/logged-models/:model_id", bind_front(get, ref(tracking)));
  add(router, "PATCH", "/logged-models/:model_id", bind_front(finalize, ref(tracking)));
  add(router, "POST", "/logged-models/:model_id/params", bind_front(add_params, ref(tracking)));
  add(router, "PATCH", "/logged-models/:model_id/tags", bind_front(set_tags, ref(tracking)));
  add(router, "DELETE", "/logged-models/:model_id/tags/:tag_key", bind_front(delete_tag, ref(tracking)));
}

}  // namespace gyre::mlflow
