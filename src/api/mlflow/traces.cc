// /api/3.0/mlflow/traces: traces made, read, found, tagged, linked, compared, removed; get-trace-artifact
#include "api/mlflow/traces.h"

#include "api/mlflow/trace_wire.h"
#include "net/inert.h"
#include "net/range.h"

namespace gyre::mlflow {
namespace {

constexpr std::size_t kMaxBodyBytes = 32 << 20;

Result<bool> flag(const Args& args, std::string_view name) {
  const auto given = args.text(name);
  if (given.empty() || given == "false" || given == "False" || given == "FALSE") return false;
  if (given == "true" || given == "True" || given == "TRUE") return true;
  return fail(Code::invalid, fmt::format("Invalid boolean value: {:.80}, must be 'true' or 'false'.", given));
}

net::Response info_reply(const traces::TraceInfo& info) {
  Writer writer;
  writer.begin_object();
  writer.key("trace");
  writer.begin_object();
  writer.key("trace_info");
  write(writer, info);
  writer.end_object();
  writer.end_object();
  return reply(writer);
}

template <class Item, class Write>
Result<net::Response> list_reply(std::string_view name, const std::vector<Item>& items, std::string_view next, Write write_item) {
  Writer writer;
  writer.begin_object();
  if (!items.empty()) {
    writer.key(name);
    writer.begin_array();
    for (const auto& item : items) TRY(write_item(writer, item));
    writer.end_array();
  }
  if (!next.empty()) writer.field("next_page_token", next);
  writer.end_object();
  return reply(writer);
}

Result<void> write_info(Writer& writer, const traces::TraceInfo& info) {
  write(writer, info);
  return {};
}

Result<net::Response> start(traces::Service& traces, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto* trace = args.value().find("trace");
  if (!trace || trace->is_null()) return missing("trace");
  return info_reply(TRY(traces.start(TRY(read_trace_info((*trace)["trace_info"])))));
}

Result<net::Response> info(traces::Service& traces, const net::Request& request) { return info_reply(TRY(traces.info(request.parameter("trace_id")))); }

Result<net::Response> get(traces::Service& traces, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto trace = TRY(traces.trace(TRY(args.required_text("trace_id")), TRY(flag(args, "allow_partial"))));
  Writer writer;
  writer.begin_object();
  writer.key("trace");
  TRY(write(writer, trace));
  writer.end_object();
  return reply(writer);
}

Result<std::vector<std::string>> required_ids(const Args& args) {
  auto ids = args.texts("trace_ids");
  if (ids.empty()) return missing("trace_ids");
  return ids;
}

Result<net::Response> batch_get(traces::Service& traces, const net::Request& request) {
  return list_reply("traces", TRY(traces.traces(TRY(required_ids(TRY(Args::of(request)))))), "",
                    [](Writer& writer, const traces::Trace& trace) { return write(writer, trace); });
}

Result<net::Response> batch_get_infos(traces::Service& traces, const net::Request& request) {
  return list_reply("trace_infos", TRY(traces.infos(TRY(required_ids(TRY(Args::of(request)))))), "", write_info);
}

Result<net::Response> search(traces::Service& traces, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto* locations = TRY(args.list("locations"));
  if (locations->empty()) return missing("locations");
  traces::Search search{
      .filter = args.text("filter"), .order_by = args.texts("order_by"), .limit = TRY(args.integer("max_results", 100)), .after = args.text("page_token")};
  for (const auto& location : *locations) {
    if (const auto& id = location["mlflow_experiment"]["experiment_id"]; !id.is_null()) search.experiment_ids.push_back(plain_text(id));
  }
  const auto page = TRY(traces.search(search));
  return list_reply("traces", page.rows, page.next, write_info);
}

Result<net::Response> remove(traces::Service& traces, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  traces::Removal removal{.experiment_id = TRY(args.required_text("experiment_id")), .trace_ids = args.texts("request_ids")};
  if (args.optional_text("max_timestamp_millis")) removal.until_ms = TRY(args.integer("max_timestamp_millis", 0));
  if (args.optional_text("max_traces")) removal.most = TRY(args.integer("max_traces", 0));
  const auto removed = TRY(traces.remove(removal));
  Writer writer;
  writer.begin_object();
  writer.field("traces_deleted", removed);
  writer.end_object();
  return reply(writer);
}

std::string_view id_of(const net::Request& request) { return request.parameter("trace_id"); }

Result<net::Response> set_tag(traces::Service& traces, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  TRY(traces.set_tag(id_of(request), TRY(args.required_text("key")), args.text("value")));
  return empty_reply();
}

Result<net::Response> delete_tag(traces::Service& traces, const net::Request& request) {
  TRY(traces.delete_tag(id_of(request), TRY(TRY(Args::of(request)).required_text("key"))));
  return empty_reply();
}

Result<net::Response> link_to_run(traces::Service& traces, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  TRY(traces.link_to_run(TRY(required_ids(args)), TRY(args.required_text("run_id"))));
  return empty_reply();
}

Result<net::Response> link_prompts(traces::Service& traces, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  std::vector<std::string> prompts;
  for (const auto& version : *TRY(args.list("prompt_versions")))
    prompts.push_back(fmt::format("{}/{}", plain_text(version["name"]), plain_text(version["version"])));
  if (prompts.empty()) return missing("prompt_versions");
  TRY(traces.link_prompts(TRY(args.required_text("trace_id")), prompts));
  return empty_reply();
}

Result<net::Response> correlate(traces::Service& traces, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto found = TRY(traces.correlation(
      {args.texts("experiment_ids"), TRY(args.required_text("filter_string1")), TRY(args.required_text("filter_string2")), args.text("base_filter")}));
  Writer writer;
  writer.begin_object();
  if (found.npmi == found.npmi) writer.field("npmi", found.npmi);  // what means nothing is left out
  if (found.smoothed == found.smoothed) writer.field("npmi_smoothed", found.smoothed);
  writer.field("filter1_count", found.first);
  writer.field("filter2_count", found.second);
  writer.field("joint_count", found.joint);
  writer.field("total_count", found.total);
  writer.end_object();
  return reply(writer);
}

net::Response attachment(std::string body) {
  net::Response response;
  response.content_type = "application/octet-stream";
  response.headers.emplace("Content-Disposition", "attachment; filename=traces.json");
  net::keep_inert(response.headers);
  response.body = std::move(body);
  return response;
}

std::string spans_text(const traces::Trace& trace) {
  std::string text = "{\"spans\":[";
  for (std::size_t i = 0; i < trace.spans.size(); ++i) text += (i == 0 ? "" : ",") + trace.spans[i];
  return text + "]}";
}

// Spans stand in the database; clients of the second version put them beside the run's artifacts, attachments stand there for all.
Result<net::Response> artifact(traces::Service& traces, blob::Store& blobs, const net::Request& request) {
  const auto id = request.query_text("request_id").value_or("");
  if (id.empty()) return fail(Code::invalid, "Request must include the \"request_id\" query parameter.");
  const auto path = request.query_text("path").value_or("");
  auto trace = TRY(traces.trace(id, true));
  if (path.empty() && !trace.spans.empty()) return attachment(spans_text(trace));
  const auto name = path.empty() ? std::string("traces.json") : fmt::format("attachments/{}", path);
  const auto key = TRY(tracking::artifact_key(fmt::format("{}/{}", trace.info.tags["mlflow.artifactLocation"], name)));
  const auto object = blobs.stat(key);
  if (!object)
    return object.error().code == Code::not_found ? fail(Code::not_found, fmt::format("Trace data not found for path={:.200}", path.empty() ? name : path))
                                                  : std::unexpected(object.error());
  auto response = TRY(net::ranged_response(request, object->size_bytes, "application/octet-stream",
                                           [&blobs, key](net::ByteRange range, ByteSink& sink) { return blobs.get(key, {range.first, range.count}, sink); }));
  response.headers.emplace("Content-Disposition", "attachment");
  net::keep_inert(response.headers);
  return response;
}

}  // namespace

void add_versioned(net::Router& router, int version, std::string_view method, std::string_view path, net::Handler handler) {
  for (const char* prefix : {"/api", "/ajax-api"}) {
    router.add(method, fmt::format("{}/{}.0/mlflow{}", prefix, version, path), handler, to_response, {.max_body_bytes = kMaxBodyBytes});
  }
}

void add_trace_routes(net::Router& router, traces::Service& traces, blob::Store& blobs) {
  const auto route = [&](int version, std::string_view method, std::string_view path, Result<net::Response> (*handler)(traces::Service&, const net::Request&)) {
    add_versioned(router, version, method, path, std::bind_front(handler, std::ref(traces)));
  };
  route(3, "POST", "/traces", start);
  route(3, "GET", "/traces/:trace_id", info);
  route(3, "GET", "/traces/get", get);
  route(3, "GET", "/traces/batchGet", batch_get);
  route(3, "POST", "/traces/batchGetInfos", batch_get_infos);
  route(3, "POST", "/traces/search", search);
  route(3, "POST", "/traces/calculate-filter-correlation", correlate);
  for (const int version : {2, 3}) {
    route(version, "POST", "/traces/delete-traces", remove);
    route(version, "PATCH", "/traces/:trace_id/tags", set_tag);
    route(version, "DELETE", "/traces/:trace_id/tags", delete_tag);
    add_versioned(router, version, "GET", "/get-trace-artifact", std::bind_front(artifact, std::ref(traces), std::ref(blobs)));
  }
  route(2, "POST", "/traces/link-to-run", link_to_run);
  route(2, "POST", "/traces/link-prompts", link_prompts);
  add_trace_v2_routes(router, traces);
  add_trace_metric_routes(router, traces);
  add_assessment_routes(router, traces);
}

}  // namespace gyre::mlflow
