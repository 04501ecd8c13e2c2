// gyre pipe: pipelines and their runs.
#include "app/cli/pipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/cli/interrupt.h"
#include "base/file.h"
#include "base/nearest.h"
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

// Marks of the last runs, oldest first.
std::string strip(const json::Value& recent) {
  constexpr std::size_t kMost = 12;
  const auto& runs = items(recent);
  std::string line;
  for (auto at = runs.size() - std::min(runs.size(), kMost); at < runs.size(); ++at) {
    const auto status = runs[at]["status"].string_or("");
    line += human() ? glyph(status) : fmt::format("{}{}", line.empty() ? "" : ",", status);
  }
  return line.empty() ? nothing() : line;
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
    table.add({text(row["name"]), strip(row["recent"]), count(row["runs_total"]), figure(row["success_share"], "share"), duration(row["duration_p50_ms"]),
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
  if (!call.json) tell(fmt::format("{} · {} · ^C leaves it running", id, remote.page(done["object"])));
  return wait_for(call, remote, id);
}

std::string versions_of(const json::Value& run) {
  std::string line;
  for (const auto& version : items(run["versions"])) line += fmt::format("{}{}", line.empty() ? "" : ", ", reference(version));
  return line;
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

std::string parameters_line(const json::Value& parameters) {
  std::string line;
  for (const auto& [name, value] : members(parameters))
    line += fmt::format("{}{}={}", line.empty() ? "" : " ", safe(name), value.if_string() && value.if_string()->empty() ? "''" : text(value));
  return line;
}

Result<int> show_run(const Invocation& call, Remote& remote, const std::string& id) {
  const auto run = TRY(remote.get(api("pipeline-runs", id)));
  if (call.json) return print_document(call, "pipeline-run/1", run);
  if (call.quiet) return fmt::print("{}\n", reference(run)), kDone;
  Facts facts;
  facts.add("run", human() ? fmt::format("{}  {}", text(run["id"]), state_of(run)) : text(run["id"]));
  if (!human()) facts.add("state", text(run["state"]));
  facts.add("pipeline", text(run["pipeline"]));
  facts.add("started", human() ? fmt::format("{}, {}{}", age(run["started_at"], remote.now_ms()), text(run["trigger"]),
                                             run["duration_ms"].is_null() ? "" : ", took " + duration(run["duration_ms"]))
                               : text(run["started_at"]));
  facts.add("data", run["commit"].is_null() ? "" : label(run["commit"]));
  facts.add("parameters", parameters_line(run["parameters"]));
  facts.print();
  if (human()) fmt::print("\n");
  print_steps(run);
  print_run_end(remote, run);
  return kDone;
}

Result<int> show_pipeline(const Invocation& call, Remote& remote, const std::string& name) {
  Invocation every;
  every.options["all"] = "1";
  const auto all = TRY(list(remote, "/api/v1/pipelines", {}, every));
  std::vector<std::string> names;
  for (const auto& row : all.rows) names.push_back(row["name"].string_or(""));
  if (std::ranges::find(names, name) == names.end()) {
    return fail(Code::not_found, fmt::format("there is no pipeline and no run '{}'", name), {},
                names.empty() ? "gyre pipe apply FILE brings pipelines" : "nearest: " + nearest(name, names));
  }
  const auto& pipeline = *std::ranges::find_if(all.rows, [&](const json::Value& row) { return row["name"].string_or("") == name; });
  if (call.json) return print_document(call, "pipeline/1", pipeline);
  if (call.quiet) return fmt::print("{}\n", reference(pipeline)), kDone;
  const auto runs = pipeline["runs_total"].int_or(0);
  Facts facts;
  facts.add("pipeline", text(pipeline["name"]));
  facts.add("started", text(pipeline["trigger"]));
  facts.add("next", pipeline["next_at"].is_null() ? "" : moment(pipeline["next_at"]));
  facts.add("runs", runs == 0 ? "none yet"
                              : fmt::format("{}  {} of {} succeeded, p50 {}", strip(pipeline["recent"]), figure(pipeline["success_share"], "share"),
                                            count(pipeline["runs_total"]), duration(pipeline["duration_p50_ms"])));
  facts.add("parameters", parameters_line(pipeline["parameters"]));
  facts.print();
  tell_page(remote, pipeline);
  return kDone;
}

// "of prepare.table, 12.4 MiB" a line.
void print_artefacts(std::string_view title, const json::Value& artefacts) {
  if (items(artefacts).empty()) return;
  if (human()) heading(title);
  Table table({{"NAME"}, {"FROM"}, {"SIZE", true}, {"SHA-256", false, 1}});
  for (const auto& one : items(artefacts)) {
    const auto sha256 = one["sha256"].string_or("");
    table.add({text(one["name"]), text(one["from"]), bytes(one["bytes"]), human() ? sha256.substr(0, 12) : sha256});
  }
  table.print(human() ? 2 : 0);
}

Result<int> show_step(const Invocation& call, Remote& remote, const std::string& run_id, const std::string& name) {
  const auto run = TRY(remote.get(api("pipeline-runs", run_id)));
  std::vector<std::string> names;
  for (const auto& step : items(run["steps"])) {
    names.push_back(step["name"].string_or(""));
    if (names.back() != name) continue;
    if (call.json) return print_document(call, "step/1", step);
    if (call.quiet) return fmt::print("{}/{}\n", run_id, name), kDone;
    Facts facts;
    facts.add("step", human() ? fmt::format("{}/{}  {}", run_id, text(step["name"]), state_of(step)) : fmt::format("{}/{}", run_id, text(step["name"])));
    if (!human()) facts.add("state", text(step["state"]));
    facts.add("command", text(step["command"]));
    facts.add("attempt", step["attempt"].int_or(0) > 0 ? fmt::format("{} of {}", step["attempt"].int_or(0), step["attempts"].int_or(1)) : "");
    facts.add("took", step["duration_ms"].is_null()
                          ? ""
                          : fmt::format("{}, {} of CPU, {}", duration(step["duration_ms"]), duration(step["cpu_ms"]), bytes(step["memory_bytes"])));
    facts.add("ended", safe(step["exit"].string_or("")));
    facts.add("cause", safe(step["cause"].string_or("")));
    facts.add("run", step["run"].is_null() ? "" : label(step["run"]));
    facts.print();
    print_artefacts("inputs", step["inputs"]);
    print_artefacts("outputs", step["outputs"]);
    if (human()) tell(fmt::format("log  gyre pipe logs {}/{}", run_id, name));
    return kDone;
  }
  return fail(Code::not_found, fmt::format("run {} has no step '{}'", run_id, name), {}, did_you_mean(name, names));
}

Result<int> show(const Invocation& call) {
  Remote remote(call);
  const auto name = without_kind(call.positional("name"), "step");
  if (name.starts_with("pipeline-run:") || name.starts_with("pr_")) {
    const auto run = without_kind(name, "pipeline-run");
    const auto slash = run.find('/');
    return slash == std::string::npos ? show_run(call, remote, run) : show_step(call, remote, run.substr(0, slash), run.substr(slash + 1));
  }
  return show_pipeline(call, remote, without_kind(name, "pipeline"));
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
     .run = show},
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

void print_steps(const json::Value& run) {
  Table table({{"STEP"},
               {"STATUS"},
               {"TOOK", true},
               {"CPU", true, 1},
               {"MEMORY", true, 2},
               {"TRY", true, 3},
               {"EXIT", false, 4},
               {"RUN", false, 5},
               {"CAUSE", false, 0, Table::Cut::end}});
  for (const auto& step : items(run["steps"])) {
    const auto attempt = step["attempt"].int_or(0);
    table.add({text(step["name"]), state_of(step), duration(step["duration_ms"]), duration(step["cpu_ms"]), bytes(step["memory_bytes"]),
               attempt > 0 ? fmt::format("{}/{}", attempt, step["attempts"].int_or(1)) : "", step["exit"].string_or(""),
               human() ? step["run"]["name"].string_or("") : step["run"]["ref"].string_or(""), safe(step["cause"].string_or(""))});
  }
  table.print();
}

void print_run_end(const Remote& remote, const json::Value& run) {
  if (!human()) return;
  if (const auto versions = versions_of(run); !versions.empty()) fmt::print("\n{} registered {}\n", glyph("ok"), versions);
  if (const auto cause = run["cause"].string_or(""); !cause.empty()) fmt::print("\n{} {}\n", glyph("crit"), safe(cause));
  tell_page(remote, run);
}

std::span<const Command> pipe_commands() { return kCommands; }

}  // namespace gyre::cli
