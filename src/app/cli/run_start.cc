// gyre run start: a command as a run, without a change in it.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "app/cli/interrupt.h"
#include "app/cli/run.h"
#include "app/cli/run_command.h"
#include "app/cli/run_spool.h"
#include "app/runs/courier.h"
#include "app/runs/facts.h"
#include "app/runs/passing.h"
#include "app/runs/sampler.h"
#include "base/id.h"
#include "base/shell_word.h"
#include "tracking/run_id.h"

namespace gyre::cli {
namespace {

namespace fs = std::filesystem;

using runs::RunFolder;

constexpr std::int64_t kPatienceMs = 5000;  // for a server that is away when the command has ended

std::string environment_or(const char* name, std::string otherwise) {
  const char* value = std::getenv(name);
  return value && *value ? value : std::move(otherwise);
}

Result<std::int64_t> duration_ms(const Invocation& call, std::string_view option, std::int64_t otherwise) {
  if (!call.has(option)) return otherwise;
  const auto text = call.option(option);
  if (text == "0") return 0;
  auto ms = parse_duration_ms(text);
  if (!ms) return fail(Code::invalid, fmt::format("--{} '{}' is no time", option, text), {}, "500ms, 10s, 1m; 0 for none");
  return ms;
}

Result<runs::RunHead> head_of_run(const Invocation& call, const runs::FactsWish& wish) {
  runs::RunHead head{.id = call.option("id", make_hex_id()),
                     .experiment = call.option("exp", environment_or("MLFLOW_EXPERIMENT_NAME", "")),
                     .name = call.option("name"),
                     .user = runs::user_name(),
                     .started_ms = RealClock().now_ms(),
                     .tags = runs::first_tags(wish)};
  for (const auto& text : call.list("tag")) {
    const auto sign = text.find('=');
    if (sign == std::string::npos || sign == 0) return fail(Code::invalid, fmt::format("--tag '{:.80}' is not KEY=VALUE", text), {}, "--tag data=2001");
    head.tags[text.substr(0, sign)] = text.substr(sign + 1);
  }
  if (const auto parent = environment_or("GYRE_RUN_ID", ""); !parent.empty()) head.tags.emplace("mlflow.parentRunId", parent);
  TRY(tracking::check_run_id(head.id));
  return head;
}

// "7" of "experiment:7".
std::string behind_colon(const std::string& ref) { return ref.substr(ref.find(':') + 1); }

// The run at the server, where that answers now.
struct AtServer {
  std::string url, run_id, experiment_id, page;
};
Result<AtServer> make_run(const Invocation& call, const runs::RunHead& head) {
  Remote remote(call);
  const auto made = TRY(remote.post(api("runs"), runs::to_json(head)));
  // A wrapper that is killed says nothing any more: then the server tells that the run is silent.
  const auto each_ms = std::max(TRY(duration_ms(call, "sample", runs::kSampleMs)), runs::kSampleMs);
  (void)remote.post(api("runs", made["id"].string_or(""), "heartbeat"), json::Object{{"every_s", each_ms / kSecondMs}});
  return AtServer{remote.url(), made["id"].string_or(""), behind_colon(made["experiment"]["ref"].string_or("")), remote.page(made)};
}

runs::ChildSpec child_of(const std::vector<std::string>& argv, const RunFolder& folder, const std::optional<AtServer>& server, const Invocation& call) {
  runs::ChildSpec child{
      .argv = argv,
      .settings = {{"GYRE_RUN_ID", folder.head().id}, {"GYRE_OFFLINE_RUN", folder.path().string()}, {"GYRE_RUN_OWNER", "wrapper"}, {"GYRE_CONSOLE", "wrapper"}},
      .without = {}};
  if (call.has("offline")) {
    child.without = {"GYRE_SERVER"};
  } else {
    child.settings["GYRE_SERVER"] = Remote(call).url();
  }
  if (!server || call.has("no-mlflow")) return child;
  child.settings["MLFLOW_TRACKING_URI"] = server->url;
  child.settings["MLFLOW_RUN_ID"] = server->run_id;
  child.settings["MLFLOW_EXPERIMENT_ID"] = server->experiment_id;
  return child;
}

void say(const Invocation& call, const std::string& line) {
  if (!call.quiet) fmt::print(stderr, "gyre: {}\n", line);
}

// What is with the server is not kept here as well.
void deliver(runs::Courier& courier, const RunFolder& folder, bool keep) {
  const auto done = courier.finish(kPatienceMs);
  if (done) {
    for (const auto& note : done->notes) fmt::print(stderr, "gyre: {}\n", note);
    std::error_code error;
    if (!keep) fs::remove_all(folder.path(), error);
    return;
  }
  const auto sync = fmt::format("gyre sync {} sends what is left", shell_word(folder.path().string()));
  fmt::print(stderr, "gyre: {}: {}\n", done.error().code == Code::unavailable ? "the server is away" : done.error().message, sync);
  if (!done.error().detail.empty() && done.error().code != Code::unavailable) fmt::print(stderr, "gyre: {}\n", done.error().detail);
}

// The command did not begin.
int end_early(const Invocation& call, RunFolder& folder, bool is_online, std::string_view status, int code) {
  (void)folder.end(RealClock().now_ms(), status);
  catch_interrupts();
  runs::release_signals();
  if (is_online) deliver(*std::make_unique<runs::Courier>(call, folder, runs::Courier::Pace{}), folder, call.has("keep"));
  return code;
}

void note_end(const runs::Passing& passing, const runs::Ending& ending, RunFolder& folder) {
  const std::pair<std::string, std::string> code[] = {{"gyre.exit_code", std::to_string(ending.code)}};
  auto noted = folder.tags(code);
  if (noted) noted = folder.end(RealClock().now_ms(), runs::status_of(ending));
  const auto& trouble = passing.trouble() ? passing.trouble() : noted ? std::nullopt : std::optional(noted.error());
  if (trouble) fmt::print(stderr, "gyre: the run is not recorded as a whole: {}\n", trouble->message);
}

Result<int> run_within(const Invocation& call, const runs::FactsWish& wish, RunFolder& folder, const std::optional<AtServer>& server) {
  const auto signals = runs::hold_signals();
  if (const auto noted = runs::note_facts(wish, folder); !noted) fmt::print(stderr, "gyre: {}\n", noted.error().message);
  if (const auto signal = runs::held_ending(signals)) return end_early(call, folder, server.has_value(), "KILLED", 128 + *signal);
  auto child = runs::start_child(child_of(wish.argv, folder, server, call));
  if (!child) {
    report(child.error(), false);
    return end_early(call, folder, server.has_value(), "FAILED", child.error().code == Code::not_found ? 127 : 126);
  }
  std::optional<runs::Courier> courier;
  if (!call.has("offline")) courier.emplace(call, folder, runs::Courier::Pace{});
  runs::Passing passing(*child, signals, folder);
  runs::Ending ending;
  {
    const runs::Sampler sampler(folder, child->pid, wish.folder, TRY(duration_ms(call, "sample", runs::kSampleMs)));
    ending = passing.until_end();
  }
  note_end(passing, ending, folder);
  catch_interrupts();
  runs::release_signals();
  if (courier) deliver(*courier, folder, call.has("keep"));
  if (!courier) say(call, fmt::format("the run is in {}; gyre sync sends it", folder.path().string()));
  return ending.code;
}

}  // namespace

Result<int> start_run(const Invocation& call) {
  const auto argv = noted_command(call);
  if (argv.empty()) return fail(Code::invalid, "COMMAND is missing", {}, "gyre run -- python train.py");
  TRY(duration_ms(call, "sample", 0));
  std::error_code error;
  const runs::FactsWish wish{.argv = argv, .folder = fs::current_path(error), .code = !call.has("no-code"), .packages = !call.has("no-packages")};
  auto head = TRY(head_of_run(call, wish));
  std::optional<AtServer> server;
  if (!call.has("offline")) {
    auto made = make_run(call, head);
    if (!made && made.error().code != Code::unavailable) return std::unexpected(made.error());
    if (made) server = *made;
    if (!made) say(call, fmt::format("{}; the run is kept here and sent when it is back", made.error().message));
  }
  const auto root = call.has("offline") ? fs::path(call.option("offline")) : TRY(spool_folder());
  auto folder = TRY(RunFolder::create(fs::absolute(root / runs::folder_name(head), error), head, "wrapper"));
  if (server && stderr_is_terminal()) say(call, server->page);
  return run_within(call, wish, *folder, server);
}

}  // namespace gyre::cli
