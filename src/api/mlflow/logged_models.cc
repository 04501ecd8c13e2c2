// logged-models/*: what 3.x clients call around log_model and load_model
#include "api/mlflow/encode.h"
#include "api/mlflow/pages.h"
#include "api/mlflow/routes.h"

namespace gyre::mlflow {
namespace {

constexpr std::int64_t kPage = 50, kMaxPage = 1000;

net::Response model_reply(const tracking::LoggedModel& model) {
  Writer writer;
  writer.begin_object();
  writer.key("model");
  write(writer, model);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> create(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(
      Args::of(request, {{"experiment_id", Kind::text, kRequired}, {"name"}, {"model_type"}, {"source_run_id"}, {"params", Kind::list}, {"tags", Kind::list}}));
  tracking::LoggedModel model;
  model.experiment_id = args.text("experiment_id");
  model.name = args.text("name");
  model.type = args.text("model_type");
  model.source_run_id = args.text("source_run_id");
  model.params = TRY(read_tags(args, "params"));
  model.tags = TRY(read_tags(args, "tags"));
  return model_reply(TRY(tracking.create_logged_model(model)));
}

Result<net::Response> get(tracking::Service& tracking, const net::Request& request) {
  const bool deleted = TRY(Args::of(request, {{"allow_deleted", Kind::truth}})).truth("allow_deleted");
  return model_reply(
      TRY(tracking.logged_model(request.parameter("model_id"), deleted ? tracking::Service::Deleted::allowed : tracking::Service::Deleted::refused)));
}

Result<net::Response> finalize(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"model_id", Kind::text, kRequired}, {"status", Kind::any, kRequired}}));
  auto status = args.choice("status", {"LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"}, "");
  constexpr std::string_view kPrefix = "LOGGED_MODEL_";
  if (status.starts_with(kPrefix)) status.erase(0, kPrefix.size());
  if (status != "PENDING" && status != "READY" && status != "UPLOAD_FAILED") return wrong_type(args.value()["status"], "status");
  return model_reply(TRY(tracking.set_logged_model_status(request.parameter("model_id"), status)));
}

Result<net::Response> remove(tracking::Service& tracking, const net::Request& request) {
  TRY(tracking.delete_logged_model(request.parameter("model_id")));
  return empty_reply();
}

Result<net::Response> add_params(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"params", Kind::list}}));
  TRY(tracking.add_logged_model_params(request.parameter("model_id"), TRY(read_tags(args, "params"))));
  return empty_reply();
}

Result<net::Response> set_tags(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"tags", Kind::list}}));
  TRY(tracking.set_logged_model_tags(request.parameter("model_id"), TRY(read_tags(args, "tags"))));
  return empty_reply();
}

Result<net::Response> delete_tag(tracking::Service& tracking, const net::Request& request) {
  TRY(tracking.delete_logged_model_tag(request.parameter("model_id"), request.parameter("tag_key")));
  return empty_reply();
}

tracking::DatasetRef read_dataset(const json::Value& value) { return {plain_text(value["dataset_name"]), plain_text(value["dataset_digest"])}; }

Result<tracking::ModelSearch> read_search(const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"experiment_ids", Kind::texts, kRequired},
                                           {"filter"},
                                           {"datasets", Kind::list},
                                           {"max_results", Kind::whole},
                                           {"order_by", Kind::list},
                                           {"page_token"}}));
  tracking::ModelSearch search{.experiment_ids = args.texts("experiment_ids"),
                               .filter = args.text("filter"),
                               .datasets = {},
                               .order_by = {},
                               .limit = TRY(args.integer("max_results", kPage)),
                               .offset = TRY(page_offset(args))};
  if (search.limit == 0) search.limit = kPage;
  TRY(check_page_size(search.limit, kMaxPage));
  for (const auto& dataset : *TRY(args.list("datasets"))) search.datasets.push_back(read_dataset(dataset));
  for (const auto& order : *TRY(args.list("order_by")))
    search.order_by.push_back({plain_text(order["field_name"]), order["ascending"].bool_or(true), read_dataset(order)});
  return search;
}

Result<net::Response> search(tracking::Service& tracking, const net::Request& request) {
  const auto page = TRY(tracking.search_logged_models(TRY(read_search(request))));
  Writer writer;
  writer.begin_object();
  write_list(writer, "models", page.rows, [&](const auto& model) { write(writer, model); });
  if (page.next_offset >= 0) writer.field("next_page_token", page_token(page.next_offset));
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_logged_model_routes(net::Router& router, tracking::Service& tracking) {
  using std::bind_front, std::ref;
  add(router, "POST", "/logged-models", bind_front(create, ref(tracking)));
  add(router, "POST", "/logged-models/search", bind_front(search, ref(tracking)));
  add(router, "GET", "/logged-models/:model_id", bind_front(get, ref(tracking)));
  add(router, "PATCH", "/logged-models/:model_id", bind_front(finalize, ref(tracking)));
  add(router, "DELETE", "/logged-models/:model_id", bind_front(remove, ref(tracking)));
  add(router, "POST", "/logged-models/:model_id/params", bind_front(add_params, ref(tracking)));
  add(router, "PATCH", "/logged-models/:model_id/tags", bind_front(set_tags, ref(tracking)));
  add(router, "DELETE", "/logged-models/:model_id/tags/:tag_key", bind_front(delete_tag, ref(tracking)));
}

}  // namespace gyre::mlflow
