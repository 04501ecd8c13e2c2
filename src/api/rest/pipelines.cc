// /pipelines and /pipeline-runs: what runs, how it went, why it failed
#include "api/rest/pipelines.h"

#include <algorithm>

#include "api/rest/refs.h"
#include "api/rest/wire.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kBars = 30;

// "every 7 d, on commit.created of flights": what starts it without a hand; policies start those that they name.
std::string trigger_of(const pipelines::Definition& definition, const std::vector<std::string>& policies) {
  std::vector<std::string> words;
  if (definition.schedule)
    words.push_back(definition.schedule->every_ms > 0 ? fmt::format("every {}", span_text(definition.schedule->every_ms))
                                                      : fmt::format("at {}", definition.schedule->cron));
  for (const auto& on : definition.on) words.push_back(on.repo.empty() ? fmt::format("on {}", on.event) : fmt::format("on {} of {}", on.event, on.repo));
  for (const auto& policy : policies) words.push_back(fmt::format("by policy {}", policy));
  return words.empty() ? "by hand" : fmt::format("{}", fmt::join(words, ", "));
}

Result<std::map<std::string, std::vector<std::string>>> policies_by_pipeline(const Rooms& rooms) {
  std::map<std::string, std::vector<std::string>> names;
  for (const auto& policy : TRY(rooms.policy.list())) names[policy.definition.pipeline].push_back(policy.name);
  return names;
}

void write_bar(Writer& writer, const pipelines::Run& run) {
  const auto link = pipeline_run_link(run.pipeline, run.id);
  writer.begin_object();
  writer.field("url", link.url);
  writer.field("name", link.name);
  writer.field("status", run_status(run));
  maybe_integer_field(writer, "duration_ms", run_duration_ms(run));
  writer.end_object();
}

struct PipelineRow {
  const pipelines::Pipeline& pipeline;
  pipelines::Summary summary;
  std::vector<pipelines::Run> recent;  // newest first
  std::string trigger;
};

void write_pipeline(Writer& writer, const PipelineRow& row) {
  const auto& pipeline = row.pipeline;
  writer.begin_object();
  link_fields(writer, pipeline_link(pipeline.name, fmt::format("{}.{}", pipeline.updated_ms, row.summary.ended)));
  writer.field("trigger", row.trigger);
  writer.key("recent");
  writer.begin_array();
  for (auto run = row.recent.rbegin(); run != row.recent.rend(); ++run) write_bar(writer, *run);
  writer.end_array();
  writer.field("runs_total", row.summary.runs);
  maybe_figure_field(writer, "success_share",
                     row.summary.ended > 0 ? std::optional(static_cast<double>(row.summary.succeeded) / static_cast<double>(row.summary.ended)) : std::nullopt);
  maybe_integer_field(writer, "duration_p50_ms", row.summary.duration_p50_ms);
  maybe_time_field(writer, "next_at", pipeline.next_run_ms.value_or(0));
  parameters_field(writer, pipeline.definition.parameters);
  writer.end_object();
}

Result<net::Response> list_pipelines(const Rooms& rooms, const net::Request&) {
  const auto pipelines = TRY(rooms.pipelines.list());
  auto policies = TRY(policies_by_pipeline(rooms));
  std::vector<PipelineRow> rows;
  for (const auto& pipeline : pipelines) {
    rows.push_back({pipeline, TRY(rooms.pipelines.summary(pipeline.name)), TRY(rooms.pipelines.runs(pipeline.name, kBars)),
                    trigger_of(pipeline.definition, policies[pipeline.name])});
  }
  return list_reply(static_cast<std::int64_t>(rows.size()), std::nullopt, rows, write_pipeline);
}

// The cursor is the last run of the page before.
Result<net::Response> list_runs(const Rooms& rooms, const net::Request& request) {
  const auto page = TRY(page_of(request));
  const auto pipeline = request.query_text("pipeline").value_or("");
  if (!pipeline.empty()) TRY(rooms.pipelines.pipeline(pipeline));
  if (!page.cursor.empty() && !page.cursor.starts_with("pr_"))
    return fail(Code::invalid, "query parameter 'cursor' is not one that this list gave", {}, "take it from the page before, as it stands there");
  const auto runs = TRY(rooms.pipelines.runs(pipeline, static_cast<std::size_t>(page.limit), page.cursor));
  const bool more = static_cast<std::int64_t>(runs.size()) == page.limit;
  return list_reply(TRY(rooms.pipelines.count_runs(pipeline)), more ? std::optional(runs.back().id) : std::nullopt, runs,
                    [](Writer& writer, const pipelines::Run& run) {
                      writer.begin_object();
                      run_fields(writer, run);
                      writer.end_object();
                    });
}

struct StartBody {
  std::map<std::string, json::Value> parameters;
  std::string key;
};
BOOST_DESCRIBE_STRUCT(StartBody, (), (parameters, key))

constexpr std::size_t kMaxKeyBytes = 200;

Result<net::Response> start_run(const Rooms& rooms, const net::Request& request) {
  const auto name = std::string(request.parameter("pipeline"));
  auto sent = TRY(body<StartBody>(request));
  if (sent.key.size() > kMaxKeyBytes) return fail(Code::invalid, fmt::format("key has {} bytes; at most {} are taken", sent.key.size(), kMaxKeyBytes));
  for (const auto& [parameter, value] : sent.parameters) {
    if (value.if_object() || value.if_array()) return json::wrong(value, "parameters." + parameter, "text, a number, true or false");
  }
  const auto id = TRY(rooms.pipelines.start({.pipeline = name, .parameters = sent.parameters, .trigger = "by hand", .key = sent.key}));
  return done(pipeline_run_link(name, id), fmt::format("Run {} of {} has been started.", id, name), fmt::format("gyre pipe run {}", name));
}

Result<net::Response> stop(const Rooms& rooms, std::string_view id, const net::Request& request) {
  const auto run = TRY(rooms.pipelines.run(id));
  if (run.status != "running" && run.status != "cancelled") return fail(Code::conflict, fmt::format("Run {} has ended: {}.", run.id, run.status));
  TRY(rooms.pipelines.cancel(id, actor_of(request)));
  return done(pipeline_run_link(run.pipeline, run.id), fmt::format("Run {} is cancelled.", run.id), fmt::format("gyre pipe cancel {}", run.id));
}

Result<net::Response> cancel_run(const Rooms& rooms, const net::Request& request) { return stop(rooms, request.parameter("run"), request); }

struct ActionBody {
  std::string action;
};
BOOST_DESCRIBE_STRUCT(ActionBody, (), (action))

Result<net::Response> act_on_run(const Rooms& rooms, const net::Request& request) {
  const auto sent = TRY(body<ActionBody>(request));
  if (sent.action != "stop") return fail(Code::invalid, fmt::format("action cannot be '{:.40}'", sent.action), {}, "one of: stop");
  return stop(rooms, request.parameter("run"), request);
}

}  // namespace

void parameters_field(Writer& writer, const std::map<std::string, json::Value>& parameters) {
  writer.key("parameters");
  writer.begin_object();
  for (const auto& [name, value] : parameters) writer.field(name, json::unquoted(value));
  writer.end_object();
}

std::string span_text(std::int64_t ms) {
  for (const auto& [unit_ms, name] : {std::pair(kDayMs, "d"), {kHourMs, "h"}, {kMinuteMs, "min"}, {kSecondMs, "s"}}) {
    if (ms >= unit_ms && ms % unit_ms == 0) return fmt::format("{} {}", ms / unit_ms, name);
  }
  return fmt::format("{} ms", ms);
}

std::string started_by(std::string_view trigger) {
  constexpr std::string_view kPolicy = "policy:", kEvent = "event ";
  if (trigger.starts_with(kPolicy)) return fmt::format("by policy {}", trigger.substr(kPolicy.size()));
  if (trigger.starts_with(kEvent)) return fmt::format("on {}", trigger.substr(kEvent.size()));
  return std::string(trigger == "schedule" ? "by schedule" : trigger);
}

std::string run_status(const pipelines::Run& run) {
  if (run.status == "running") return "run";
  if (run.status == "succeeded") return "ok";
  return run.status == "failed" ? "crit" : "none";
}

std::optional<std::int64_t> run_duration_ms(const pipelines::Run& run) {
  if (run.machine_created_ms == 0) return std::nullopt;
  const auto end_ms = run.machine_finished_ms > 0 ? run.machine_finished_ms : run.status == "running" ? RealClock().now_ms() : 0;
  if (end_ms == 0) return std::nullopt;
  return std::max<std::int64_t>(0, end_ms - run.machine_created_ms);
}

void run_fields(Writer& writer, const pipelines::Run& run) {
  link_fields(writer, pipeline_run_link(run.pipeline, run.id, fmt::format("{}.{}", run.status, run.steps_done)));
  writer.field("id", run.id);
  writer.field("pipeline", run.pipeline);
  writer.field("status", run_status(run));
  writer.field("state", run.status);
  writer.field("trigger", started_by(run.trigger));
  maybe_time_field(writer, "started_at", run.created_ms);
  maybe_integer_field(writer, "duration_ms", run_duration_ms(run));
  writer.field("steps_done", run.steps_done);
  writer.field("steps_total", run.steps_total);
  writer.key("versions");
  writer.begin_array();
  for (const auto& version : run.versions) write(writer, version_link(version.model, version.version));
  writer.end_array();
}

void add_pipeline_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "GET", "/pipelines", list_pipelines);
  add(router, rooms, "POST", "/pipelines/:pipeline/runs", start_run);
  add(router, rooms, "GET", "/pipeline-runs", list_runs);
  add(router, rooms, "POST", "/pipeline-runs/:run", act_on_run);
  add(router, rooms, "POST", "/pipeline-runs/:run/cancel", cancel_run);
  add_pipeline_run_routes(router, rooms);
}

}  // namespace gyre::rest
