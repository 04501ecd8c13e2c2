// /runs/{run}/stop, resume, signal, state, archive, restore, heartbeat; PATCH /runs/{run}; /runs/bulk
#include "api/rest/run_control.h"

#include <algorithm>

#include "api/rest/routes.h"
#include "api/rest/run_control_wire.h"
#include "net/hold.h"

namespace gyre::rest {
namespace {

struct ReasonBody {
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(ReasonBody, (), (reason))

bool has_body(const net::Request& request) { return request.body.find_first_not_of(" \t\r\n") != std::string::npos; }

net::Response signal_reply(const tracking::StopSignal& signal) {
  Writer writer;
  writer.begin_object();
  signal_fields(writer, signal);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> stop_run(const RunSteering& steering, const net::Request& request) {
  const auto wanted = has_body(request) ? TRY(body<ReasonBody>(request)) : ReasonBody{};
  return signal_reply(TRY(steering.control.stop(request.parameter("run"), wanted.reason, actor_of(request))));
}

Result<net::Response> resume_run(const RunSteering& steering, const net::Request& request) {
  return signal_reply(TRY(steering.control.resume(request.parameter("run"), actor_of(request))));
}

// A client that tells what it knows (If-None-Match) hears of a change; one that does not, of a request to stop.
Result<net::Response> get_signal(const RunSteering& steering, const net::Request& request) {
  const auto wait_s = TRY(request.query_int("wait", 0, 0, net::kMaxHoldMs / kSecondMs));
  const auto run = request.parameter("run");
  const auto signal = TRY(steering.control.signal(run));
  const auto tag = fmt::format("\"{}\"", signal.rev), known = std::string(request.header("If-None-Match").value_or(""));
  const bool unchanged = known == tag;
  auto response = unchanged ? net::Response{.status = 304, .body = std::string()} : signal_reply(signal);
  response.headers.emplace("ETag", tag);
  response.headers.emplace("Cache-Control", "no-cache");
  if (wait_s > 0 && (known.empty() ? !signal.stop : unchanged))
    net::hold(response, {.topic = "run.", .about = fmt::format("\"run\":{}", json::to_text(json::Value(run))), .wait_ms = wait_s * kSecondMs});
  return response;
}

Result<net::Response> get_state(const RunSteering& steering, const net::Request& request) {
  const auto run = request.parameter("run");
  Writer writer;
  standing_reply(writer, TRY(steering.control.standing(run)), TRY(steering.forks.copying(run)));
  return reply(writer);
}

Result<net::Response> set_archived(const RunSteering& steering, const net::Request& request, tracking::BulkAction action) {
  const auto run = TRY(steering.tracking.run(request.parameter("run"))).info;
  const auto outcome = TRY(steering.control.bulk({.runs = {run.id}, .select = {}, .action = action}, actor_of(request)));
  if (!outcome.skipped.empty()) return fail(Code::conflict, outcome.skipped.front().why);
  const bool archived = action == tracking::BulkAction::archive;
  return done(run_link(run.id, run.name), fmt::format("{} is {}", run.name, archived ? "archived" : "back in view"),
              fmt::format("gyre run {} {}", archived ? "archive" : "restore", run.id));
}

Result<net::Response> archive_run(const RunSteering& steering, const net::Request& request) {
  return set_archived(steering, request, tracking::BulkAction::archive);
}
Result<net::Response> restore_run(const RunSteering& steering, const net::Request& request) {
  return set_archived(steering, request, tracking::BulkAction::restore);
}

Result<net::Response> patch_run(const RunSteering& steering, const net::Request& request) {
  const auto run = request.parameter("run");
  const auto back = TRY(steering.control.change(run, TRY(read_run_change(request)), actor_of(request)));
  const auto info = TRY(steering.tracking.run(run)).info;
  Writer writer;
  writer.begin_object();
  link_field(writer, "object", run_link(info.id, info.name));
  writer.field("text", fmt::format("{} is changed", info.name));
  writer.key("undo");
  write_run_change(writer, back);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> bulk(const RunSteering& steering, const net::Request& request) {
  const auto order = TRY(read_bulk_order(request));
  Writer writer;
  write_bulk_outcome(writer, TRY(steering.control.bulk(order, actor_of(request))));
  return reply(writer);
}

struct HeartbeatBody {
  std::optional<double> every_s;
};
BOOST_DESCRIBE_STRUCT(HeartbeatBody, (), (every_s))

Result<net::Response> beat(const RunSteering& steering, const net::Request& request) {
  const auto sent = has_body(request) ? TRY(body<HeartbeatBody>(request)) : HeartbeatBody{};
  constexpr double kMostSeconds = 1e9;
  std::optional<std::int64_t> every_ms;
  if (sent.every_s) every_ms = static_cast<std::int64_t>((*sent.every_s >= 0 ? std::min(*sent.every_s, kMostSeconds) : 0) * kSecondMs);
  const auto heartbeat = TRY(steering.control.beat(request.parameter("run"), every_ms));
  Writer writer;
  writer.begin_object();
  heartbeat_fields(writer, heartbeat);
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_run_control_routes(net::Router& router, const RunSteering& steering) {
  using SteeringHandler = Result<net::Response> (*)(const RunSteering&, const net::Request&);
  const auto add = [&](std::string_view method, std::string_view path, SteeringHandler handler) {
    router.add(method, fmt::format("/api/v1/runs/{}", path), [steering, handler](const net::Request& request) { return handler(steering, request); },
               to_response, {.max_body_bytes = kMaxBodyBytes});
  };
  add("PATCH", ":run", patch_run);
  add("POST", "bulk", bulk);
  add("POST", ":run/stop", stop_run);
  add("POST", ":run/resume", resume_run);
  add("GET", ":run/signal", get_signal);
  add("GET", ":run/state", get_state);
  add("POST", ":run/archive", archive_run);
  add("POST", ":run/restore", restore_run);
  add("POST", ":run/heartbeat", beat);
  add("POST", ":run/fork", fork_run);
  add("POST", ":run/rewind", rewind_run);
}

}  // namespace gyre::rest
