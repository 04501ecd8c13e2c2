// experiments/*
#include "api/mlflow/encode.h"
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

Result<net::Response> create(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto id = TRY(tracking.create_experiment(TRY(args.required_text("name")), args.text("artifact_location"), TRY(read_tags(args, "tags"))));
  Writer writer;
  writer.begin_object();
  writer.field("experiment_id", id);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> get(tracking::Service& tracking, const net::Request& request) {
  return experiment_reply(TRY(tracking.experiment(TRY(TRY(Args::of(request)).required_text("experiment_id")))));
}

Result<net::Response> get_by_name(tracking::Service& tracking, const net::Request& request) {
  return experiment_reply(TRY(tracking.experiment_by_name(TRY(TRY(Args::of(request)).required_text("experiment_name")))));
}

Result<net::Response> search(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  tracking::Search search{.experiment_ids = {}, .filter = args.text("filter"), .view = args.choice("view_type", {"ACTIVE_ONLY", "DELETED_ONLY", "ALL"}, "ACTIVE_ONLY"), .order_by = args.texts("order_by"),
                          .limit = TRY(args.integer("max_results", 1000)), .offset = TRY(page_offset(args))};
  if (search.limit < 1 || search.limit > tracking::kMaxSearchResults) return fail(Code::invalid, fmt::format("Invalid value {} for parameter 'max_results' supplied: it must be from 1 to {}", search.limit, tracking::kMaxSearchResults));
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
  const auto args = TRY(Args::of(request));
  TRY(tracking.set_experiment_tag(TRY(args.required_text("experiment_id")), {TRY(args.required_text("key")), args.text("value")}));
  return empty_reply();
}

Result<net::Response> update(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  TRY(tracking.rename_experiment(TRY(args.required_text("experiment_id")), TRY(args.required_text("new_name"))));
  return empty_reply();
}

Result<net::Response> set_deleted(tracking::Service& tracking, bool deleted, const net::Request& request) {
  TRY(tracking.set_experiment_deleted(TRY(TRY(Args::of(request)).required_text("experiment_id")), deleted));
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
  add(router, "POST", "/experiments/update", bind_front(update, ref(tracking)));
  add(router, "POST", "/experiments/delete", bind_front(set_deleted, ref(tracking), true));
  add(router, "POST", "/experiments/restore", bind_front(set_deleted, ref(tracking), false));
}

}  // namespace gyre::mlflow
