// experiments/*
#include <filesystem>

#include "api/mlflow/encode.h"
#include "api/mlflow/pages.h"
#include "api/mlflow/routes.h"

namespace gyre::mlflow {
namespace {

net::Response experiment_reply(const tracking::Experiment& experiment) {
  Writer writer;
  writer.begin_object();
  writer.key("experiment");
  write(writer, experiment);
  writer.end_object();
  return reply(writer);
}

// A path without a root is one below the folder that the server was started in, as with MLflow: clients may stand anywhere.
Result<std::string> below_working_folder(std::string location) {
  const auto colon = location.find(':');
  const bool has_scheme = colon != std::string::npos && colon < location.find_first_of("/?#");
  const bool is_file = has_scheme && location.starts_with("file:");
  const auto from = is_file ? colon + 1 : 0;
  if (location.empty() || (has_scheme && !is_file) || location.substr(from).starts_with('/')) return location;
  const auto end = is_file ? std::min(location.find_first_of("?#"), location.size()) : location.size();
  std::error_code error;
  const auto folder = std::filesystem::current_path(error);
  if (error) return fail(Code::unavailable, "the server's working folder is gone", error.message(), "give an absolute artifact_location");
  const auto path = (folder / location.substr(from, end - from)).lexically_normal();
  return location.substr(0, from) + path.string() + location.substr(end);
}

Result<net::Response> create(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"name", Kind::text, kRequired}, {"artifact_location"}, {"tags", Kind::list}}));
  const auto id = TRY(tracking.create_experiment(args.text("name"), TRY(below_working_folder(args.text("artifact_location"))), TRY(read_tags(args, "tags"))));
  Writer writer;
  writer.begin_object();
  writer.field("experiment_id", id);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> get(tracking::Service& tracking, const net::Request& request) {
  return experiment_reply(TRY(tracking.experiment(TRY(Args::of(request, {{"experiment_id", Kind::text, kRequired}})).text("experiment_id"))));
}

Result<net::Response> get_by_name(tracking::Service& tracking, const net::Request& request) {
  return experiment_reply(TRY(tracking.experiment_by_name(TRY(Args::of(request, {{"experiment_name", Kind::text, kRequired}})).text("experiment_name"))));
}

Result<net::Response> search(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"view_type", Kind::any}, {"max_results", Kind::whole}, {"order_by", Kind::texts}, {"filter"}, {"page_token"}}));
  tracking::Search search{.experiment_ids = {},
                          .filter = args.text("filter"),
                          .view = TRY(args.view("view_type")),
                          .order_by = args.texts("order_by"),
                          .limit = TRY(args.integer("max_results", 0)),
                          .offset = TRY(page_offset(args))};
  TRY(check_page_size(search.limit, tracking::kMaxSearchResults));
  const auto page = TRY(tracking.search_experiments(search));
  Writer writer;
  writer.begin_object();
  if (!page.rows.empty()) {
    writer.key("experiments");
    writer.begin_array();
    for (const auto& experiment : page.rows) write(writer, experiment);
    writer.end_array();
  }
  if (page.next_offset >= 0) writer.field("next_page_token", page_token(page.next_offset));
  writer.end_object();
  return reply(writer);
}

Result<net::Response> set_tag(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"experiment_id", Kind::text, kRequired}, {"key", Kind::text, kRequired}, {"value"}}));
  TRY(tracking.set_experiment_tag(args.text("experiment_id"), {args.text("key"), args.text("value")}));
  return empty_reply();
}

Result<net::Response> delete_tag(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"experiment_id", Kind::text, kRequired}, {"key", Kind::text, kRequired}}));
  TRY(tracking.delete_experiment_tag(args.text("experiment_id"), args.text("key")));
  return empty_reply();
}

// A deleted experiment keeps its name; MLflow's word for that is none of the house's.
Result<net::Response> update(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"experiment_id", Kind::text, kRequired}, {"new_name", Kind::text, kRequired}}));
  const auto renamed = tracking.rename_experiment(args.text("experiment_id"), args.text("new_name"));
  if (!renamed && renamed.error().code == Code::conflict && TRY(tracking.experiment(args.text("experiment_id"))).lifecycle != "active")
    return refusal(400, "INVALID_STATE", renamed.error().message);
  TRY(renamed);
  return empty_reply();
}

Result<net::Response> set_deleted(tracking::Service& tracking, bool deleted, const net::Request& request) {
  TRY(tracking.set_experiment_deleted(TRY(Args::of(request, {{"experiment_id", Kind::text, kRequired}})).text("experiment_id"), deleted));
  return empty_reply();
}

}  // namespace

void add_experiment_routes(net::Router& router, tracking::Service& tracking) {
  using std::bind_front, std::ref;
  add(router, "POST", "/experiments/create", bind_front(create, ref(tracking)));
  add(router, "GET", "/experiments/get", bind_front(get, ref(tracking)));
  add(router, "GET", "/experiments/get-by-name", bind_front(get_by_name, ref(tracking)));
  add(router, "POST", "/experiments/search", bind_front(search, ref(tracking)));
  add(router, "GET", "/experiments/search", bind_front(search, ref(tracking)));
  add(router, "POST", "/experiments/set-experiment-tag", bind_front(set_tag, ref(tracking)));
  add(router, "POST", "/experiments/delete-experiment-tag", bind_front(delete_tag, ref(tracking)));
  add(router, "POST", "/experiments/update", bind_front(update, ref(tracking)));
  add(router, "POST", "/experiments/delete", bind_front(set_deleted, ref(tracking), true));
  add(router, "POST", "/experiments/restore", bind_front(set_deleted, ref(tracking), false));
}

}  // namespace gyre::mlflow
