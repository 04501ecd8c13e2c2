// /runs and /runs/:run/log: a run that its maker names, and what its writers report, each event once
#include "api/rest/run_stream.h"

#include <fmt/format.h>

#include "api/rest/run_metrics.h"
#include "api/rest/wire.h"
#include "tracking/run_stream.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kMaxLogBodyBytes = 16 << 20;

// Milliseconds since 1970, as streams have them, or ISO 8601.
Result<TimeMs> to_time(const json::Value& sent, std::string_view path, TimeMs otherwise) {
  if (sent.is_null()) return otherwise;
  if (sent.if_int()) return *sent.if_int();
  if (!sent.if_string()) return json::wrong(sent, path, "a time: milliseconds since 1970 UTC, or ISO 8601");
  return from_iso(*sent.if_string());
}

struct RunBody {
  std::optional<std::string> format, id, experiment, experiment_name, name, user;
  json::Value started_at;
  std::map<std::string, std::string> tags;
};
BOOST_DESCRIBE_STRUCT(RunBody, (), (format, id, experiment, experiment_name, name, user, started_at, tags))

// An experiment of that name, made where there is none.
Result<std::string> ensured_experiment(const Rooms& rooms, const std::string& name) {
  if (const auto there = rooms.tracking.experiment_by_name(name)) {
    if (there->lifecycle == "active") return there->id;
    return fail(Code::conflict, fmt::format("the experiment '{}' is deleted", name), {}, "restore it, or name another one");
  } else if (there.error().code != Code::not_found) {
    return std::unexpected(there.error());
  }
  auto made = rooms.tracking.create_experiment(name, "", {});
  if (made || made.error().code != Code::conflict) return made;
  return TRY(rooms.tracking.experiment_by_name(name)).id;  // another one was quicker
}

Result<net::Response> create_run(const Rooms& rooms, const net::Request& request) {
  const auto sent = TRY(body<RunBody>(request));
  if (sent.experiment && sent.experiment_name)
    return fail(Code::invalid, "'experiment' and 'experiment_name' are both sent", {}, "the id of an experiment, or its name");
  const auto name = sent.experiment_name.value_or("");
  tracking::NewRun run{.experiment_id = sent.experiment ? *sent.experiment
                                        : name.empty()  ? "0"
                                                        : "",
                       .name = sent.name.value_or(""),
                       .user = sent.user.value_or(""),
                       .start_ms = TRY(to_time(sent.started_at, "started_at", rooms.clock.now_ms())),
                       .tags = {}};
  if (sent.id && sent.id->empty()) return fail(Code::invalid, "'id' is empty", {}, "leave it out, and one is made up");
  if (sent.id) {  // a run that is there stays in its experiment, which may have another name by now
    if (const auto there = rooms.tracking.run(*sent.id)) return run_row(rooms, *there);
  }
  if (run.experiment_id.empty()) run.experiment_id = TRY(ensured_experiment(rooms, name));
  for (const auto& [key, value] : sent.tags) run.tags.push_back({key, value});
  if (!run.user.empty() && !sent.tags.contains("mlflow.user")) run.tags.push_back({"mlflow.user", run.user});
  return run_row(rooms, TRY(sent.id ? tracking::RunStreams(rooms.tracking, rooms.clock).create(run, *sent.id) : rooms.tracking.create_run(run)));
}

// The members of an event's "values", of which there is at least the object.
Result<const json::Object*> values_of(const json::Value& event, const std::string& path) {
  const auto* members = event["values"].if_object();
  if (!members) return json::wrong(event["values"], path + ".values", "an object");
  if (members->size() <= tracking::kMaxEventValues) return members;
  return fail(Code::invalid, fmt::format("'{}.values' has {} members", path, members->size()), {},
              fmt::format("at most {} in one event", tracking::kMaxEventValues));
}

Result<std::string> text_of(const json::Value& value, const std::string& path) {
  if (!value.if_string()) return json::wrong(value, path, "a text");
  return *value.if_string();
}

Result<tracking::RunEvent> metrics_of(const json::Value& event, const std::string& path, TimeMs now_ms) {
  const auto step = TRY(to_step(event["step"], path + ".step"));
  const auto at_ms = TRY(to_time(event["at"], path + ".at", now_ms));
  tracking::MetricsEvent metrics;
  for (const auto& [key, value] : *TRY(values_of(event, path))) {
    const auto number = TRY(json::decode<double>(value, fmt::format("{}.values.{:.80}", path, key)));
    metrics.points.push_back({.key = key, .value = number, .at_ms = at_ms, .step = step.whole, .fraction = step.fraction});
  }
  return metrics;
}

Result<tracking::RunEvent> params_of(const json::Value& event, const std::string& path) {
  tracking::ParamsEvent params;
  for (const auto& [key, value] : *TRY(values_of(event, path))) params.params.push_back({key, TRY(text_of(value, fmt::format("{}.values.{:.80}", path, key)))});
  return params;
}

Result<tracking::RunEvent> tags_of(const json::Value& event, const std::string& path) {
  tracking::TagsEvent tags;
  for (const auto& [key, value] : *TRY(values_of(event, path))) {
    if (value.is_null()) {
      tags.removed.push_back(key);
    } else {
      tags.put.push_back({key, TRY(text_of(value, fmt::format("{}.values.{:.80}", path, key)))});
    }
  }
  return tags;
}

Result<tracking::RunEvent> end_of(const json::Value& event, const std::string& path, TimeMs now_ms) {
  const auto status = event["status"].string_or("");
  if (status != "FINISHED" && status != "FAILED" && status != "KILLED")
    return fail(Code::invalid, fmt::format("'{}.status' is '{:.40}'", path, status), {}, "one of: FINISHED, FAILED, KILLED");
  return tracking::EndEvent{TRY(to_time(event["at"], path + ".at", now_ms)), status};
}

Result<tracking::RunEvent> to_event(const json::Value& event, std::size_t place, std::int64_t number, TimeMs now_ms) {
  const auto path = fmt::format("events[{}]", place);
  if (!event.if_object()) return json::wrong(event, path, "an object");
  if (const auto* told = event.find("n"); told && told->int_or(-1) != number)
    return fail(Code::invalid, fmt::format("'{}.n' is {}, and {} is the number of that event", path, json::to_text(*told), number), {},
                "events are numbered without a gap; 'from' is the number of the first");
  const auto type = event["type"].string_or("");
  if (type == "metrics") return metrics_of(event, path, now_ms);
  if (type == "params") return params_of(event, path);
  if (type == "tags") return tags_of(event, path);
  if (type == "heartbeat") return tracking::HeartbeatEvent{};
  if (type == "start") return tracking::StartEvent{};
  if (type == "end") return end_of(event, path, now_ms);
  return fail(Code::invalid, fmt::format("'{}.type' is '{:.40}'", path, type), {}, "one of: metrics, params, tags, heartbeat, start, end");
}

struct LogBody {
  std::string source;
  std::int64_t from = 0;
  json::Array events;
};
BOOST_DESCRIBE_STRUCT(LogBody, (), (source, from, events))

Result<net::Response> take_events(const Rooms& rooms, const net::Request& request) {
  const auto sent = TRY(body<LogBody>(request));
  tracking::RunEvents events{.source = sent.source, .from = sent.from, .events = {}};
  events.events.reserve(sent.events.size());
  for (const auto& event : sent.events) {
    const auto place = events.events.size();
    events.events.push_back(TRY(to_event(event, place, sent.from + static_cast<std::int64_t>(place), rooms.clock.now_ms())));
  }
  const auto taken = TRY(tracking::RunStreams(rooms.tracking, rooms.clock).take(request.parameter("run"), events));
  Writer writer;
  writer.begin_object();
  writer.field("position", taken.position);
  writer.field("taken", taken.taken);
  writer.field("refused", taken.refused);
  writer.key("refusals");
  writer.begin_array();
  for (const auto& one : taken.told) {
    writer.begin_object();
    writer.field("n", one.number);
    writer.field("why", one.why);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

Result<net::Response> list_sources(const Rooms& rooms, const net::Request& request) {
  const auto sources = TRY(tracking::RunStreams(rooms.tracking, rooms.clock).sources(request.parameter("run"), request.query_text("source").value_or("")));
  return list_reply(std::ssize(sources), std::nullopt, sources, [](Writer& writer, const tracking::RunSource& source) {
    writer.begin_object();
    writer.field("source", source.source);
    writer.field("position", source.position);
    time_field(writer, "seen_at", source.seen_ms);
    writer.end_object();
  });
}

}  // namespace

void add_run_stream_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "POST", "/runs", create_run);
  add(router, rooms, "POST", "/runs/:run/log", take_events, {.max_body_bytes = kMaxLogBodyBytes});
  add(router, rooms, "GET", "/runs/:run/log", list_sources);
}

}  // namespace gyre::rest
