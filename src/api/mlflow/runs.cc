// runs/create, get, update, search, delete, restore
#include <algorithm>

#include "api/mlflow/encode.h"
#include "api/mlflow/pages.h"
#include "api/mlflow/routes.h"
#include "tracking/control.h"

namespace gyre::mlflow {
namespace {

constexpr auto kStatuses = {std::string_view("RUNNING"), std::string_view("SCHEDULED"), std::string_view("FINISHED"), std::string_view("FAILED"),
                            std::string_view("KILLED")};

net::Response run_reply(const tracking::Run& run, Outputs outputs = Outputs::written) {
  Writer writer;
  writer.begin_object();
  writer.key("run");
  write(writer, run, outputs);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> create(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"experiment_id"}, {"start_time", Kind::whole}, {"run_name"}, {"tags", Kind::list}}));
  const auto run = TRY(tracking.create_run({.experiment_id = args.text("experiment_id"),
                                            .name = args.text("run_name"),
                                            .user = args.text("user_id"),
                                            .start_ms = TRY(args.integer("start_time", 0)),
                                            .tags = TRY(read_tags(args, "tags"))}));
  return run_reply(run, Outputs::left_out);
}

Result<net::Response> get(tracking::Service& tracking, const net::Request& request) {
  return run_reply(TRY(tracking.run(TRY(Args::of(request, {{"run_id", Kind::text, kRequired}})).run_id())));
}

Result<net::Response> update(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"run_id", Kind::text, kRequired}, {"end_time", Kind::whole}, {"status", Kind::any}, {"run_name"}}));
  tracking::RunUpdate update;
  if (const auto status = args.choice("status", kStatuses, ""); !status.empty()) {
    if (std::ranges::find(kStatuses, status) == kStatuses.end()) return wrong_type(args.value()["status"], "status");
    update.status = status;
  }
  if (args.value().find("end_time")) update.end_ms = TRY(args.integer("end_time", 0));
  update.name = args.optional_text("run_name");
  const auto info = TRY(tracking.update_run(args.run_id(), update));
  Writer writer;
  writer.begin_object();
  writer.key("run_info");
  write(writer, info);
  writer.end_object();
  return reply(writer);
}

// Runs that are archived are not deleted: who knows nothing of archives sees them.
Result<std::string> runs_view(const Args& args) {
  auto view = TRY(args.view("run_view_type"));
  return view == "ACTIVE_ONLY" ? std::string(tracking::kNotDeleted) : view;
}

Result<net::Response> search(tracking::Service& tracking, const net::Request& request) {
  const auto args =
      TRY(Args::of(request, {{"experiment_ids", Kind::texts}, {"filter"}, {"max_results", Kind::whole}, {"order_by", Kind::texts}, {"page_token"}}));
  tracking::Search search{.experiment_ids = args.texts("experiment_ids"),
                          .filter = args.text("filter"),
                          .view = TRY(runs_view(args)),
                          .order_by = args.texts("order_by"),
                          .limit = TRY(args.integer("max_results", 1000)),
                          .after = args.text("page_token")};
  if (search.limit > tracking::kMaxSearchResults) return wrong_type(args.value()["max_results"], "max_results");
  TRY(check_page_size(search.limit, tracking::kMaxSearchResults));
  const auto page = TRY(tracking.search_runs(search));
  Writer writer;
  writer.begin_object();
  if (!page.rows.empty()) {
    writer.key("runs");
    writer.begin_array();
    for (const auto& run : page.rows) write(writer, run);
    writer.end_array();
  }
  if (!page.next.empty()) writer.field("next_page_token", page.next);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> set_deleted(tracking::Service& tracking, bool deleted, const net::Request& request) {
  TRY(tracking.set_run_deleted(TRY(Args::of(request, {{"run_id", Kind::text, kRequired}})).run_id(), deleted));
  return empty_reply();
}

}  // namespace

void add_run_routes(net::Router& router, tracking::Service& tracking) {
  using std::bind_front, std::ref;
  add(router, "POST", "/runs/create", bind_front(create, ref(tracking)));
  add(router, "GET", "/runs/get", bind_front(get, ref(tracking)));
  add(router, "POST", "/runs/update", bind_front(update, ref(tracking)));
  add(router, "POST", "/runs/search", bind_front(search, ref(tracking)));
  add(router, "POST", "/runs/delete", bind_front(set_deleted, ref(tracking), true));
  add(router, "POST", "/runs/restore", bind_front(set_deleted, ref(tracking), false));
}

}  // namespace gyre::mlflow
