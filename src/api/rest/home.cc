// /clock and /projects/{project}/loop
#include "api/rest/home.h"

#include <algorithm>

#include "api/rest/loop.h"

namespace gyre::rest {
namespace {

Result<net::Response> get_clock(const Rooms& rooms, const net::Request&) {
  Writer writer;
  writer.begin_object();
  time_field(writer, "now", rooms.clock.now_ms());
  writer.field("kind", rooms.clock.is_virtual() ? "virtual" : "real");
  writer.field("version", rooms.version);
  writer.end_object();
  return reply(writer);
}

void write_station(Writer& writer, const Station& station) {
  writer.begin_object();
  writer.field("station", station.station);
  writer.field("status", station.status);
  writer.field("headline", station.headline);
  writer.field("reference", station.reference);
  writer.field("detail", station.detail);
  writer.field("note", station.note);
  maybe_time_field(writer, "at", station.at_ms);
  writer.field("waits_for", station.waits_for);
  writer.key("spark");
  writer.begin_array();
  for (const auto& value : station.spark) {
    if (value) writer.number(*value);
    if (!value) writer.null();
  }
  writer.end_array();
  writer.field("spark_label", station.spark_label);
  writer.field("url", station.url);
  writer.end_object();
}

void write_crossing(Writer& writer, const Crossing& crossing) {
  writer.begin_object();
  writer.field("from", crossing.from);
  writer.field("to", crossing.to);
  maybe_link_field(writer, "artefact", crossing.artefact);
  maybe_time_field(writer, "at", crossing.at_ms);
  writer.field("count", crossing.count);
  writer.end_object();
}

void lap_field(Writer& writer, const LoopFacts& facts) {
  auto laps = laps_of(facts);
  writer.key("lap");
  writer.begin_object();
  maybe_integer_field(writer, "last_ms", laps.empty() ? std::nullopt : std::optional(laps.front()));
  writer.field("count", static_cast<std::int64_t>(laps.size()));
  std::ranges::sort(laps);
  maybe_integer_field(writer, "median_ms", laps.empty() ? std::nullopt : std::optional(laps[laps.size() / 2]));
  writer.field("url", facts.policy ? policy_link(facts.policy->name).url : page_path("/policies"));
  writer.end_object();
}

Result<void> policy_field(Writer& writer, const Rooms& rooms, const LoopFacts& facts) {
  writer.key("policy");
  if (!facts.policy) return writer.null(), Result<void>();
  const auto* rule = facts.watched_rule();
  const bool waiting = facts.open_case && facts.open_case->state == "waiting";
  const auto next = TRY(rooms.policy.next_schedule(facts.policy->name));
  const auto* last = facts.last_window();
  const auto following_ms = last ? last->to_ms + (last->to_ms - last->from_ms) : 0;
  const auto window_end_ms = following_ms > facts.now_ms ? following_ms : 0;  // with no rows any more no window ends
  writer.begin_object();
  link_field(writer, "policy", policy_link(facts.policy->name));
  writer.field("status", facts.policy->paused ? "wait" : facts.open_case ? "run" : "ok");
  writer.field("text", facts.policy->paused ? "paused"
                       : waiting            ? facts.open_case->last_reason
                       : facts.open_case    ? facts.open_case->state
                       : rule               ? rule_text(*rule)
                                            : "watches");
  maybe_time_field(writer, "next_check_at", next.value_or(window_end_ms));
  writer.end_object();
  return {};
}

struct SetupStep {
  std::string_view station, text;
  std::string command;
  bool done;
};

// The commands name this server, as the page reached it.
std::vector<SetupStep> setup_of(const LoopFacts& facts, const net::Request& request) {
  const auto host = request.header("Host").value_or("");
  const auto here = host == "127.0.0.1:7070" ? "" : fmt::format(" --server http://{}", host);
  const std::string repo = facts.repo.empty() ? "data" : facts.repo, model = facts.model.empty() ? "my-model" : facts.model;
  const bool trained = std::ranges::any_of(facts.runs, [](const auto& run) { return run.status == "succeeded"; });
  return {{"data", "Commit data", fmt::format("gyre repo put {} ./data -m \"first rows\"{}", repo, here), !facts.commits.empty()},
          {"train", "Run a pipeline",
           fmt::format("gyre pipe apply gyre.yaml{0} && gyre pipe run {1}{0}", here, facts.pipeline ? facts.pipeline->name : "train"), trained},
          {"model", "Register a model: a step does it", fmt::format("gyre model ls{}", here), !facts.versions.empty()},
          {"serve", "Serve it", fmt::format("gyre endpoint deploy {} 1{}", facts.endpoint ? facts.endpoint->name : model, here), facts.champion > 0},
          {"monitor", "Watch it: gyre.yaml names a monitor", fmt::format("gyre monitor ls{}", here), !facts.windows.empty()}};
}

void setup_field(Writer& writer, const LoopFacts& facts, const net::Request& request) {
  writer.key("setup");
  writer.begin_array();
  for (const auto& step : setup_of(facts, request)) {
    writer.begin_object();
    writer.field("station", step.station);
    writer.field("text", step.text);
    writer.field("command", step.command);
    writer.field("done", step.done);
    writer.end_object();
  }
  writer.end_array();
}

// The worst of the stations, once there is something.
std::string_view worst(const std::vector<Station>& stations) {
  for (const std::string_view status : {"crit", "warn", "canary", "run", "wait", "ok"}) {
    if (std::ranges::any_of(stations, [&](const Station& station) { return station.status == status; }))
      return status == "wait" || status == "canary" || status == "run" ? "run" : status;
  }
  return "none";
}

Result<net::Response> get_loop(const Rooms& rooms, const net::Request& request) {
  const auto facts = TRY(gather_loop(rooms));
  const auto stations = stations_of(facts);
  Writer writer;
  writer.begin_object();
  writer.field("project", governance::kProject);
  time_field(writer, "at", facts.now_ms);
  writer.field("status", worst(stations));
  writer.field("headline", loop_headline(facts));
  lap_field(writer, facts);
  writer.key("stations");
  writer.begin_array();
  for (const auto& station : stations) write_station(writer, station);
  writer.end_array();
  writer.key("edges");
  writer.begin_array();
  for (const auto& crossing : crossings_of(facts)) write_crossing(writer, crossing);
  writer.end_array();
  TRY(policy_field(writer, rooms, facts));
  maybe_link_field(writer, "monitor", facts.monitor ? std::optional(monitor_link(facts.monitor->name)) : std::nullopt);
  setup_field(writer, facts, request);
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_home_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "GET", "/clock", get_clock);
  add(router, rooms, "GET", "/projects/:project/loop", get_loop);
  add_inbox_routes(router, rooms);
  add_timeline_routes(router, rooms);
  add_search_routes(router, rooms);
}

}  // namespace gyre::rest
