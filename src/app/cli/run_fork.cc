// gyre run fork, rewind: to go on from a step. The points come in the background; these wait for them.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "app/cli/interrupt.h"
#include "app/cli/run.h"
#include "app/cli/run_ref.h"

namespace gyre::cli {
namespace {

constexpr int kFirstRestMs = 20, kLongestRestMs = 500;

// A whole step stays whole to the last digit.
Result<json::Value> step_of(const Invocation& call) {
  const auto text = call.positional("step");
  std::int64_t whole = 0;
  if (const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole); error == std::errc() && end == text.data() + text.size())
    return json::Value(whole);
  double real = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), real);
  if (error == std::errc() && end == text.data() + text.size() && real - real == 0) return json::Value(real);
  return fail(Code::invalid, fmt::format("'{:.40}' is no step", text), {}, "the last step that is kept: 4000, or 3.5");
}

// Until all points are there; what was ordered goes on without this command.
Result<json::Value> wait_for_points(Remote& remote, const std::string& id) {
  for (int rest = kFirstRestMs;; rest = std::min(2 * rest, kLongestRestMs)) {
    const auto copy = TRY(remote.get(api("runs", id, "state")))["copy"];
    const auto state = copy["state"].string_or("");
    if (state == "failed") return fail(Code::conflict, "the points could not be taken over", copy["trouble"].string_or(""));
    if (state != "copying") return copy;
    if (interrupted())
      return fail(Code::cancelled, fmt::format("{} points are there; the others come in the background", copy["points"].int_or(0)), {},
                  fmt::format("gyre run show {}", id));
    rest_ms(rest);
  }
}

Result<int> told(const Invocation& call, Remote& remote, json::Value forked, std::string text) {
  const auto id = forked["id"].string_or("");
  if (!call.has("no-wait")) forked.set("copy", TRY(wait_for_points(remote, id)));
  json::Value done = json::Object{};
  done.set("object", json::Object{{"ref", "run:" + id}});
  done.set("text", fmt::format("{}; {} points", text, forked["copy"]["points"].int_or(0)));
  done.set("run", forked);
  return print_done(call, done);
}

}  // namespace

Result<int> fork_run(const Invocation& call) {
  Remote remote(call);
  const auto step = TRY(step_of(call));
  const auto id = TRY(run_id(remote, call, Several::refuse));
  auto forked = TRY(remote.post(api("runs", id, "fork"), json::Object{{"step", step}, {"name", call.option("name")}, {"id", call.option("id")}}));
  auto text = fmt::format("{} goes on from step {} of {}", forked["name"].string_or(""), call.positional("step"), id);
  return told(call, remote, std::move(forked), std::move(text));
}

Result<int> rewind_run(const Invocation& call) {
  Remote remote(call);
  const auto step = TRY(step_of(call));
  const auto id = TRY(run_id(remote, call, Several::refuse));
  auto rewound = TRY(remote.post(api("runs", id, "rewind"), json::Object{{"step", step}}));
  auto text =
      fmt::format("{} is back at step {}; what was there is run {}", rewound["name"].string_or(""), call.positional("step"), rewound["archive"].string_or(""));
  return told(call, remote, std::move(rewound), std::move(text));
}

}  // namespace gyre::cli
