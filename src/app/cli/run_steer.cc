// gyre run stop, resume, archive, restore, set, tag: what people ask of runs.
#include <fmt/format.h>

#include "app/cli/run.h"
#include "app/cli/run_ref.h"
#include "base/shell_word.h"

namespace gyre::cli {
namespace {

// {object, text} of a run, as other writes tell it.
json::Value done_with(const std::string& id, std::string text) {
  json::Value done = json::Object{};
  done.set("object", json::Object{{"ref", "run:" + id}});
  done.set("text", std::move(text));
  return done;
}

Result<json::Value> patch(Remote& remote, const std::string& id, const json::Value& change) {
  const auto answer =
      TRY(remote.send({.method = "PATCH", .url = api("runs", id), .headers = {{"Content-Type", "application/json"}}, .body = json::to_text(change)}));
  return json::parse(answer.body);
}

Result<int> set_archived(const Invocation& call, bool archived) {
  Remote remote(call);
  const std::string_view verb = archived ? "archive" : "restore";
  if (call.positional("run").empty() == !call.has("filter"))
    return fail(Code::invalid, "which runs are meant is not told", {}, fmt::format("gyre run {} RUN, or --exp NAME --filter TEXT for many", verb));
  if (!call.has("filter")) {
    const auto id = TRY(run_id(remote, call, Several::refuse));
    return print_done(call, TRY(remote.post(api("runs", id, std::string(verb)), json::Object{})),
                      fmt::format("gyre run {} {}", archived ? "restore" : "archive", id));
  }
  const auto experiment = TRY(experiment_id(remote, without_kind(call.option("exp"), "experiment")));
  if (experiment.empty()) return fail(Code::invalid, "a filter goes with an experiment", {}, "--exp NAME");
  const json::Value select =
      json::Object{{"experiments", json::Array{experiment}}, {"filter", call.option("filter")}, {"view", archived ? "ACTIVE_ONLY" : "ARCHIVED_ONLY"}};
  const auto outcome = TRY(remote.post(api("runs", "bulk"), json::Object{{"select", select}, {"action", verb}}));
  if (call.json) return print_document(call, "run-bulk/1", outcome);
  fmt::print("{} of {} runs {}\n", outcome["changed"].int_or(0), outcome["matched"].int_or(0), archived ? "are archived now" : "are back in view");
  if (outcome["more"].bool_or(false)) tell("there are more than one call takes: do it again");
  return kDone;
}

}  // namespace

Result<int> stop_run(const Invocation& call) {
  Remote remote(call);
  const auto id = TRY(run_id(remote, call, Several::refuse));
  const auto signal = TRY(remote.post(api("runs", id, "stop"), json::Object{{"reason", call.option("reason")}}));
  auto done = done_with(id, fmt::format("{} is asked to stop", id));
  done.set("signal", signal);
  return print_done(call, done, fmt::format("gyre run resume {}", id));
}

Result<int> resume_run(const Invocation& call) {
  Remote remote(call);
  const auto id = TRY(run_id(remote, call, Several::refuse));
  auto signal = TRY(remote.post(api("runs", id, "resume"), json::Object{}));
  auto done = done_with(id, fmt::format("{} may go on", id));
  done.set("signal", std::move(signal));
  return print_done(call, done);
}

Result<int> archive_runs(const Invocation& call) { return set_archived(call, true); }
Result<int> restore_runs(const Invocation& call) { return set_archived(call, false); }

Result<int> set_run(const Invocation& call) {
  Remote remote(call);
  json::Value change = json::Object{};
  if (call.has("name")) change.set("name", call.option("name"));
  if (call.has("note")) change.set("note", call.option("note"));
  const auto id = TRY(run_id(remote, call, Several::refuse));
  const auto done = TRY(patch(remote, id, change));
  const auto before = done["undo"]["name"].string_or("");
  return print_done(call, done, before.empty() ? std::string() : fmt::format("gyre run set {} --name {}", id, shell_word(before)));
}

Result<int> tag_run(const Invocation& call) {
  Remote remote(call);
  json::Object tags;
  for (const auto& text : call.list("tags")) {
    const auto sign = text.find('=');
    if (sign == std::string::npos || sign == 0)
      return fail(Code::invalid, fmt::format("'{:.80}' is not KEY=VALUE", text), {}, "gyre run tag RUN team=vision; --rm KEY takes one away");
    tags.emplace_back(text.substr(0, sign), text.substr(sign + 1));
  }
  for (const auto& key : call.list("rm")) tags.emplace_back(key, nullptr);
  const auto id = TRY(run_id(remote, call, Several::refuse));
  return print_done(call, TRY(patch(remote, id, json::Object{{"tags", std::move(tags)}})));
}

}  // namespace gyre::cli
