// /api/2.0/mlflow/traces: what clients of MLflow 2.14 to 2.22 call. They keep spans beside the artifacts.
#include "api/mlflow/trace_wire.h"
#include "api/mlflow/traces.h"

namespace gyre::mlflow {
namespace {

net::Response info_reply(const traces::TraceInfo& info) {
  Writer writer;
  writer.begin_object();
  writer.key("trace_info");
  write_v2(writer, info);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> start(traces::Service& traces, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  traces::TraceInfo info{.experiment_id = args.text("experiment_id"), .start_ms = TRY(args.integer("timestamp_ms", 0))};
  info.metadata = TRY(read_words(args.value()["request_metadata"], "request_metadata"));
  info.tags = TRY(read_words(args.value()["tags"], "tags"));
  return info_reply(TRY(traces.begin(info)));
}

Result<net::Response> finish(traces::Service& traces, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto metadata = TRY(read_words(args.value()["request_metadata"], "request_metadata"));
  const auto tags = TRY(read_words(args.value()["tags"], "tags"));
  return info_reply(
      TRY(traces.finish(request.parameter("trace_id"), TRY(args.integer("timestamp_ms", 0)), read_state(args.value()["status"]), metadata, tags)));
}

Result<net::Response> info(traces::Service& traces, const net::Request& request) { return info_reply(TRY(traces.info(request.parameter("trace_id")))); }

Result<net::Response> search(traces::Service& traces, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const traces::Search search{.experiment_ids = args.texts("experiment_ids"),
                              .filter = args.text("filter"),
                              .order_by = args.texts("order_by"),
                              .limit = TRY(args.integer("max_results", 100)),
                              .after = args.text("page_token")};
  if (search.experiment_ids.empty())
    return fail(Code::invalid, "Missing value for required parameter 'experiment_ids'. See the API docs for more information about request parameters.");
  const auto page = TRY(traces.search(search));
  Writer writer;
  writer.begin_object();
  if (!page.rows.empty()) {
    writer.key("traces");
    writer.begin_array();
    for (const auto& info : page.rows) write_v2(writer, info);
    writer.end_array();
  }
  if (!page.next.empty()) writer.field("next_page_token", page.next);
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_trace_v2_routes(net::Router& router, traces::Service& traces) {
  const auto route = [&](std::string_view method, std::string_view path, Result<net::Response> (*handler)(traces::Service&, const net::Request&)) {
    add_versioned(router, 2, method, path, std::bind_front(handler, std::ref(traces)));
  };
  route("POST", "/traces", start);
  route("GET", "/traces", search);
  route("PATCH", "/traces/:trace_id", finish);
  route("GET", "/traces/:trace_id/info", info);
}

}  // namespace gyre::mlflow
