// /endpoints: is serving healthy, and is the candidate better?
#include "api/rest/endpoints.h"

#include <algorithm>

#include "api/rest/encode.h"
#include "api/rest/flags.h"
#include "base/words.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kMaxRevisionsShown = 50, kSparkDays = 24;

struct Overview {
  serving::Status status;
  std::optional<policy::Progress> progress;
  std::vector<std::optional<double>> rows_a_day;
};

Result<Overview> overview_of(const Rooms& rooms, const std::string& name) {
  Overview found{TRY(rooms.serving.status(name)), TRY(rooms.policy.progress(name)), {}};
  const auto now_ms = rooms.clock.now_ms();
  const auto traffic = TRY(rooms.serving.traffic(name, now_ms - static_cast<std::int64_t>(kSparkDays) * kDayMs, now_ms, kSparkDays + 1));
  found.rows_a_day.resize(traffic.buckets, 0.0);
  for (const auto& version : traffic.versions) {
    if (version.role != "primary") continue;
    for (std::size_t i = 0; i < traffic.buckets; ++i) *found.rows_a_day[i] += static_cast<double>(version.buckets[i].rows);
  }
  return found;
}

bool is_split(const serving::Revision& revision) { return revision.routes.size() > 1; }

std::string sentence_of(const Overview& o) {
  const auto& revision = o.status.endpoint.revision;
  if (!revision) return "Nothing is deployed yet: it answers 503.";
  if (o.progress) return policy::progress_words(*o.progress);
  if (!is_split(*revision)) return fmt::format("v{} serves all traffic.", revision->main_version());
  std::string text;
  for (const auto& route : revision->routes) {
    text +=
        fmt::format("{}v{} {}", text.empty() ? "" : ", ", route.version, route.role == "shadow" ? "in shadow" : fmt::format("{:.3g} %", route.weight * 100));
  }
  return text + ".";
}

std::string_view status_of(const Overview& o) {
  const auto& revision = o.status.endpoint.revision;
  if (!revision) return "none";
  return o.progress || is_split(*revision) ? "canary" : "ok";
}

void write_route(Writer& writer, const serving::Status& status, const serving::Route& route) {
  serving::VersionCounters counters;
  for (const auto& one : status.counters) {
    if (one.version == route.version && one.role == route.role) counters = one;
  }
  const auto quantile = [&](double q) { return counters.requests > 0 ? std::optional(counters.latency_quantile_ms(q)) : std::nullopt; };
  writer.begin_object();
  link_field(writer, "version", version_link(status.endpoint.config.model, route.version));
  writer.field("role", route.role);
  writer.field("weight", route.role == "shadow" ? 0 : route.weight);
  writer.field("rows", counters.rows);
  writer.field("errors", counters.errors);
  maybe_figure_field(writer, "latency_p50_ms", quantile(.5));
  maybe_figure_field(writer, "latency_p95_ms", quantile(.95));
  maybe_figure_field(writer, "latency_p99_ms", quantile(.99));
  writer.end_object();
}

void row_fields(Writer& writer, const Overview& o) {
  const auto& endpoint = o.status.endpoint;
  std::int64_t rows = 0;
  for (const auto& counters : o.status.counters) rows += counters.role == "primary" ? counters.rows : 0;
  const auto number = endpoint.revision ? endpoint.revision->number : 0;
  link_fields(writer, endpoint_link(endpoint.name, fmt::format("{}-{}", number, rows)));
  writer.field("status", status_of(o));
  writer.field("sentence", sentence_of(o));
  link_field(writer, "model", model_link(endpoint.config.model));
  writer.key("routes");
  writer.begin_array();
  if (endpoint.revision) {
    for (const auto& route : endpoint.revision->routes) write_route(writer, o.status, route);
  }
  writer.end_array();
  writer.field("revision", number);
  maybe_time_field(writer, "revised_at", endpoint.revision ? endpoint.revision->at_ms : 0);
  writer.field("rows_total", rows);
  spark_fields(writer, o.rows_a_day, "rows a day");
}

Result<void> rollout_field(Writer& writer, const Rooms& rooms, const Overview& o) {
  writer.key("rollout");
  if (!o.progress) return writer.null(), Result<void>();
  const auto& p = *o.progress;
  const auto& model = o.status.endpoint.config.model;
  const auto newest = TRY(rooms.policy.decisions({.policy = p.policy, .verdict = {}, .case_id = p.one.id}, 1, 0));
  const auto candidate = version_link(model, p.one.candidate);
  writer.begin_object();
  link_field(writer, "candidate", candidate);
  maybe_link_field(writer, "champion", p.one.champion > 0 ? std::optional(version_link(model, p.one.champion)) : std::nullopt);
  writer.field("stage", p.stages[p.index]);
  strings_field(writer, "stages", p.stages);
  writer.field("index", static_cast<std::int64_t>(p.index));
  writer.field("rows", p.rows);
  writer.field("rows_needed", p.rows_needed);
  writer.field("held", p.one.held);
  maybe_link_field(writer, "decision", newest.empty() ? std::nullopt : std::optional(decision_link(p.policy, newest.front().id)));
  checks_field(writer, "checks", p.checks, p.rows < p.rows_needed, candidate);
  writer.end_object();
  return {};
}

void refused_field(Writer& writer, const serving::Status& status) {
  writer.key("refused");
  writer.begin_array();
  for (const auto& [reason, counts] : status.refused) {
    writer.begin_object();
    writer.field("reason", reason);
    writer.field("requests", counts.first);
    writer.field("rows", counts.second);
    writer.end_object();
  }
  writer.end_array();
}

void write_cell(Writer& writer, const infer::Tensor& tensor) {
  std::visit(
      [&]<class T>(const std::vector<T>& values) {
        if constexpr (std::is_same_v<T, std::string>) {
          writer.string(values.front());
        } else if constexpr (std::is_same_v<T, bool>) {
          writer.boolean(values.front());
        } else if constexpr (std::is_floating_point_v<T>) {
          writer.number(static_cast<double>(values.front()));
        } else {
          writer.integer(static_cast<std::int64_t>(values.front()));
        }
      },
      tensor.values);
}

// A command that scores one row; without a model only where to send it.
std::string example_of(const Rooms& rooms, const serving::Endpoint& endpoint, const std::string& url) {
  const auto batch = rooms.serving.example(endpoint.name);
  if (!batch) return fmt::format("gyre endpoint deploy {} VERSION", endpoint.name);
  Writer row;
  row.begin_object();
  row.key("dataframe_records");
  row.begin_array();
  row.begin_object();
  if (!endpoint.config.id_column.empty()) row.field(endpoint.config.id_column, "example-1");
  for (const auto& tensor : batch->columns) {
    row.key(tensor.name);
    write_cell(row, tensor);
  }
  row.end_object();
  row.end_array();
  row.end_object();
  return fmt::format("curl {} -H 'content-type: application/json' -d '{}'", url, row.take());
}

// What may be done to it now, or why not.
std::vector<Ability> abilities_of(const Overview& o) {
  const bool rolling = o.progress && o.progress->one.state == "rolling_out", held = rolling && o.progress->one.held;
  const std::string none = "No roll-out is under way.";
  const auto& revision = o.status.endpoint.revision;
  return {{"hold", !rolling ? none
                   : held   ? "It is held."
                            : ""},
          {"resume", !rolling ? none
                     : held   ? ""
                              : "It is not held."},
          {"advance", rolling ? "" : none},
          {"rollback", revision && revision->number > 1 ? "" : "There is no earlier revision."}};
}

Result<net::Response> list_endpoints(const Rooms& rooms, const net::Request&) {
  std::vector<Overview> rows;
  for (const auto& endpoint : TRY(rooms.serving.list())) rows.push_back(TRY(overview_of(rooms, endpoint.name)));
  return list_reply(static_cast<std::int64_t>(rows.size()), std::nullopt, rows, [](Writer& writer, const Overview& row) {
    writer.begin_object();
    row_fields(writer, row);
    writer.end_object();
  });
}

Result<net::Response> get_endpoint(const Rooms& rooms, const net::Request& request) {
  const std::string name(request.parameter("endpoint"));
  const auto o = TRY(overview_of(rooms, name));
  const auto url = fmt::format("http://{}/endpoints/{}/invocations", request.header("Host").value_or("127.0.0.1:7070"), url_encode(name));
  Writer writer;
  writer.begin_object();
  row_fields(writer, o);
  TRY(rollout_field(writer, rooms, o));
  refused_field(writer, o.status);
  flags_field(writer, "revisions", TRY(find_flags(rooms, {.about = "endpoint:" + name, .kinds = {"deploy", "rollback"}, .limit = kMaxRevisionsShown})));
  writer.field("scoring_url", url);
  writer.field("example", example_of(rooms, o.status.endpoint, url));
  abilities_field(writer, "can", abilities_of(o));
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_serving_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "GET", "/endpoints", list_endpoints);
  add(router, rooms, "GET", "/endpoints/:endpoint", get_endpoint);
  add_endpoint_metrics(router, rooms);
  add_endpoint_actions(router, rooms);
}

}  // namespace gyre::rest
