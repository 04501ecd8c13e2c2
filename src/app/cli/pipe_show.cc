// gyre pipe show: a run, one of its steps, or a pipeline.
#include <fmt/format.h>

#include <algorithm>

#include "app/cli/pipe.h"
#include "base/nearest.h"

namespace gyre::cli {
namespace {

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
                              : fmt::format("{}  {} of {} succeeded, p50 {}", strip_of(pipeline["recent"]), figure(pipeline["success_share"], "share"),
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

}  // namespace

Result<int> show_pipe(const Invocation& call) {
  Remote remote(call);
  const auto name = without_kind(call.positional("name"), "step");
  if (name.starts_with("pipeline-run:") || name.starts_with("pr_")) {
    const auto run = without_kind(name, "pipeline-run");
    const auto slash = run.find('/');
    return slash == std::string::npos ? show_run(call, remote, run) : show_step(call, remote, run.substr(0, slash), run.substr(slash + 1));
  }
  return show_pipeline(call, remote, without_kind(name, "pipeline"));
}

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
               attempt > 0 ? fmt::format("{}/{}", attempt, step["attempts"].int_or(1)) : "", safe(step["exit"].string_or("")),
               safe(step["run"][human() ? "name" : "ref"].string_or("")), safe(step["cause"].string_or(""))});
  }
  table.print();
}

void print_run_end(const Remote& remote, const json::Value& run) {
  if (!human()) return;
  if (const auto versions = versions_of(run); !versions.empty()) fmt::print("\n{} registered {}\n", glyph("ok"), versions);
  if (const auto cause = run["cause"].string_or(""); !cause.empty()) fmt::print("\n{} {}\n", glyph("crit"), safe(cause));
  tell_page(remote, run);
}

std::string strip_of(const json::Value& recent) {
  constexpr std::size_t kMost = 12;
  const auto& runs = items(recent);
  std::string line;
  for (auto at = runs.size() - std::min(runs.size(), kMost); at < runs.size(); ++at) {
    const auto status = runs[at]["status"].string_or("");
    line += human() ? glyph(status) : fmt::format("{}{}", line.empty() ? "" : ",", status);
  }
  return line.empty() ? nothing() : line;
}

std::string versions_of(const json::Value& run) {
  std::string line;
  for (const auto& version : items(run["versions"])) line += fmt::format("{}{}", line.empty() ? "" : ", ", reference(version));
  return line;
}

}  // namespace gyre::cli
