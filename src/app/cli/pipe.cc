// gyre pipe: pipelines and their runs.
#include "app/cli/pipe.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/file.h"
#include "base/yaml.h"

namespace gyre::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSections[] = {"repositories", "pipelines", "endpoints", "monitors", "policies"};

Result<int> apply(const Invocation& call) {
  const fs::path file(call.positional("file"));
  const auto content = TRY(read_file(file, yaml::kMaxBytes));
  std::error_code error;
  const auto folder = fs::absolute(file, error).parent_path();
  Remote remote(call);
  const auto applied = remote.post_text("/api/v1/project:apply", content, "application/yaml", {{"folder", folder.string()}});
  if (!applied) return within(file.string(), applied.error());
  if (call.json) return print_document(call, "applied/1", *applied);
  Facts facts;
  for (const auto section : kSections) {
    const auto* names = (*applied)[section].if_array();
    if (names && !names->empty()) facts.add(section, joined_texts((*applied)[section]));
  }
  facts.print();
  return kDone;
}

Result<int> ls(const Invocation& call) {
  Remote remote(call);
  const auto all = TRY(list(remote, "/api/v1/pipelines", {}, call));
  const auto now = human() ? remote.now_ms() : 0;
  ListView view{"pipeline-list/1", "no pipeline yet · gyre pipe apply gyre.yaml brings those of a project file", "pipelines",
                Table({{"PIPELINE"},
                       {"LAST RUNS", false, 0, Table::Cut::never},
                       {"RUNS", true},
                       {"SUCCEEDED", true, 1},
                       {"P50", true, 2},
                       {"NEXT", false, 3},
                       {"TRIGGER", false, 4, Table::Cut::end}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    table.add({text(row["name"]), strip_of(row["recent"]), count(row["runs_total"]), figure(row["success_share"], "share"), duration(row["duration_p50_ms"]),
               age(row["next_at"], now), text(row["trigger"])});
  });
}

// "-p train_days=14": the value by YAML's rules, so that a number is one.
Result<json::Value> parameters_of(const Invocation& call) {
  json::Value parameters = json::Object{};
  for (const auto& pair : call.list("parameter")) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(Code::invalid, fmt::format("-p '{}' is not NAME=VALUE", pair), {}, "for example -p train_days=14");
    const auto written = pair.substr(equals + 1);
    const auto value = yaml::parse(written);
    const bool plain = value && (value->is_number() || value->if_bool());
    parameters.set(pair.substr(0, equals), plain ? *value : json::Value(written));
  }
  return parameters;
}

Result<int> wait_for(const Invocation& call, Remote& remote, const std::string& id) {
  const auto run = TRY(follow(remote, {.run = id}));
  if (call.json) return print_document(call, "pipeline-run/1", run), exit_of(run);
  print_steps(run);
  print_run_end(remote, run);
  return exit_of(run);
}

Result<int> start(const Invocation& call) {
  Remote remote(call);
  json::Value body = json::Object{};
  body.set("parameters", TRY(parameters_of(call)));
  body.set("key", call.option("key"));
  const auto done = TRY(remote.post(api("pipelines", without_kind(call.positional("pipeline"), "pipeline"), "runs"), body));
  const auto id = without_kind(done["object"]["ref"].string_or(""), "pipeline-run");
  if (!call.has("wait")) {
    const auto outcome = print_done(call, done);
    if (!call.json && human()) tell(fmt::format("next  gyre pipe logs {} -f", id));
    return outcome;
  }
  if (!call.json) tell(fmt::format("{} · {} · ^C leaves it running", id, safe(remote.page(done["object"]))));
  return wait_for(call, remote, id);
}

Result<int> runs(const Invocation& call) {
  Remote remote(call);
  const auto all = TRY(list(remote, "/api/v1/pipeline-runs", {{"pipeline", without_kind(call.positional("pipeline"), "pipeline")}}, call));
  const auto now = human() ? remote.now_ms() : 0;
  ListView view{"pipeline-run-list/1", "no run yet · gyre pipe run PIPELINE starts one", "runs",
                Table({{"RUN", false, 0, Table::Cut::never},
                       {"PIPELINE", false, 1},
                       {"STATUS"},
                       {"STEPS", true, 3},
                       {"TOOK", true, 2},
                       {"STARTED"},
                       {"REGISTERED", false, 4},
                       {"TRIGGER", false, 5, Table::Cut::end}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    table.add({text(row["id"]), text(row["pipeline"]), state_of(row), fmt::format("{}/{}", row["steps_done"].int_or(0), row["steps_total"].int_or(0)),
               duration(row["duration_ms"]), age(row["started_at"], now), versions_of(row), text(row["trigger"])});
  });
}

Result<int> cancel(const Invocation& call) {
  Remote remote(call);
  return print_done(call, TRY(remote.post(api("pipeline-runs", without_kind(call.positional("run"), "pipeline-run"), "cancel"), json::Object{})));
}

constexpr Names kRuns = Names::pipeline_run;
const std::vector<Option> kStartOptions = {{"parameter", "NAME=VALUE", "over the pipeline's own", 'p', true},
                                           {"wait", "", "until it has ended, with its log; the exit code is the run's", 'w'},
                                           {"key", "TEXT", "the same key again answers with the first run"}};

const Command kCommands[] = {
    {.noun = "pipe",
     .verb = "apply",
     .summary = "Apply a project file: its repositories, pipelines, endpoints, monitors and policies",
     .example = "gyre pipe apply gyre.yaml",
     .positionals = {{"file", "gyre.yaml; the code of its pipelines is beside it", true, false, Names::file}},
     .options = {},
     .run = apply},
    {.noun = "pipe",
     .verb = "ls",
     .summary = "List pipelines with how their runs went",
     .example = "gyre pipe ls",
     .positionals = {},
     .options = {kLimit, kAll},
     .run = ls},
    {.noun = "pipe",
     .verb = "run",
     .summary = "Start a run",
     .example = "gyre pipe run train -p train_days=14 --wait",
     .positionals = {{"pipeline", "its name", true, false, Names::pipeline}},
     .options = kStartOptions,
     .run = start},
    {.noun = "pipe",
     .verb = "start",
     .summary = "Start a run",
     .example = "gyre pipe start train",
     .positionals = {{"pipeline", "its name", true, false, Names::pipeline}},
     .options = kStartOptions,
     .run = start,
     .hidden = true},
    {.noun = "pipe",
     .verb = "runs",
     .summary = "Runs, newest first",
     .example = "gyre pipe runs train --limit 5",
     .positionals = {{"pipeline", "of this one alone", false, false, Names::pipeline}},
     .options = {kLimit, kAll},
     .run = runs},
    {.noun = "pipe",
     .verb = "show",
     .summary = "A run with its steps, one of its steps, or a pipeline",
     .example = "gyre pipe show pr_01jd3k7q2m\ngyre pipe show pr_01jd3k7q2m/train",
     .positionals = {{"name", "of a run, RUN/STEP or a pipeline", true, false, kRuns}},
     .options = {},
     .run = show_pipe},
    {.noun = "pipe",
     .verb = "logs",
     .summary = "What the steps of a run wrote",
     .example = "gyre pipe logs pr_01jd3k7q2m -f\ngyre pipe logs pr_01jd3k7q2m/train",
     .positionals = {{"run", "its id, or RUN/STEP", true, false, kRuns}, {"step", "of this one alone", false}},
     .options = {{"follow", "", "go on until the run has ended; the exit code is the run's", 'f'}},
     .run = show_logs},
    {.noun = "pipe",
     .verb = "cancel",
     .summary = "Stop a run that goes on",
     .example = "gyre pipe cancel pr_01jd3k7q2m",
     .positionals = {{"run", "its id", true, false, kRuns}},
     .options = {},
     .run = cancel},
};

}  // namespace

std::span<const Command> pipe_commands() { return kCommands; }

}  // namespace gyre::cli
