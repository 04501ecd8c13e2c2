// gyre model: registered models and their versions.
#include "app/cli/model.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/cli/checks.h"

namespace gyre::cli {
namespace {

Result<int> ls(const Invocation& call) {
  Remote remote(call);
  const auto all = TRY(list(remote, "/api/v1/models", {}, call));
  const auto now = human() ? remote.now_ms() : 0;
  ListView view{"model-list/1", "no model yet · a run registers one, or a pipeline's step with `registers`", "models",
                Table({{"MODEL"}, {"CHAMPION"}, {"CANDIDATE"}, {"VERSIONS", true}, {"ENDPOINTS", false, 2}, {"CHANGED", false, 1}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    table.add({text(row["name"]), text(row["champion"]["name"]), row["candidate"].is_null() ? nothing() : mark("canary", text(row["candidate"]["name"])),
               count(row["versions_total"]), labels(row["endpoints"]), age(row["changed_at"], now)});
  });
}

std::vector<std::string> metric_names(const json::Array& versions) {
  constexpr std::size_t kMost = 3;
  std::vector<std::string> names;
  for (const auto& version : versions) {
    for (const auto& [name, value] : members(version["metrics"])) {
      if (names.size() < kMost && std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

Table versions_table(const json::Array& versions, TimeMs now) {
  const auto metrics = metric_names(versions);
  std::vector<Table::Column> columns{{"VERSION"}, {"STATE", false, 0, Table::Cut::never}, {"ALIASES", false, 3}, {"GATES", false, 0, Table::Cut::never}};
  for (const auto& name : metrics) columns.push_back({.title = safe(name), .right = true, .drop = 1, .even = true});
  columns.insert(columns.end(), {{"RUN", false, 2}, {"CREATED"}});
  Table table(columns);
  for (const auto& row : versions) {
    std::vector<std::string> cells{human() ? text(row["name"]) : text(row["version"]), state_of(row), joined_texts(row["aliases"]), checks_strip(row["gates"])};
    for (const auto& name : metrics) cells.push_back(figure(row["metrics"][name]));
    cells.push_back(human() ? text(row["run"]["name"]) : reference(row["run"]));
    cells.push_back(age(row["created_at"], now));
    table.add(std::move(cells));
  }
  return table;
}

Result<int> versions(const Invocation& call) {
  Remote remote(call);
  auto model = TRY(remote.get(api("models", without_kind(call.positional("model"), "model"))));
  if (call.json) {
    json::Value document = json::Object{};
    document.set("total", std::ssize(items(model["versions"])));
    document.set("rows", model["versions"]);
    return print_document(call, "model-version-list/1", document);
  }
  for (const auto& row : items(model["versions"])) {
    if (call.quiet) fmt::print("{}\n", reference(row));
  }
  if (!call.quiet) versions_table(items(model["versions"]), human() ? remote.now_ms() : 0).print();
  return kDone;
}

Result<int> show_model(const Invocation& call, Remote& remote, const std::string& name) {
  const auto model = TRY(remote.get(api("models", name)));
  if (call.json) return print_document(call, "model/1", model);
  if (call.quiet) return fmt::print("{}\n", reference(model)), kDone;
  Facts facts;
  facts.add("model", paint(text(model["name"]), Tone::bold));
  facts.add("champion", text(model["champion"]["ref"]));
  if (!model["candidate"].is_null()) facts.add("candidate", mark("canary", reference(model["candidate"])));
  facts.add("endpoints", labels(model["endpoints"]));
  facts.print();
  heading("versions");
  versions_table(items(model["versions"]), human() ? remote.now_ms() : 0).print(human() ? 2 : 0);
  print_served(model["served"]);
  tell_page(remote, model);
  return kDone;
}

std::string training_of(const json::Value& training) {
  if (training.is_null()) return "";
  auto line = training["rows"].is_null() ? std::string() : fmt::format("{} rows", count(training["rows"]));
  if (!training["commit"].is_null()) line += fmt::format("{}{}", line.empty() ? "" : " of ", reference(training["commit"]));
  const auto comma = line.empty() ? "" : ", ";
  if (training["to"].is_null()) return line;
  return line + (training["from"].is_null() ? fmt::format("{}to {}", comma, day(training["to"]))
                                            : fmt::format("{}{} to {}", comma, day(training["from"]), day(training["to"])));
}

std::string metrics_line(const json::Value& metrics) {
  std::string line;
  for (const auto& [name, value] : members(metrics))
    line += fmt::format("{}{} {}", line.empty() ? "" : "  ", human() ? paint(safe(name), Tone::dim) : safe(name), figure(value));
  return line;
}

std::string signature_of(const json::Value& signature, std::string_view role) {
  std::string line;
  for (const auto& column : items(signature)) {
    if (column["role"].string_or("") == role)
      line += fmt::format("{}{} {}", line.empty() ? "" : ", ", text(column["name"]), paint(text(column["type"]), Tone::dim));
  }
  return line;
}

void print_files(const json::Value& files) {
  if (items(files).empty()) return;
  heading("files");
  Table table({{"PATH"}, {"SIZE", true}, {"SHA-256", false, 1}});
  for (const auto& file : items(files)) {
    const auto sha256 = file["sha256"].string_or("");
    table.add({text(file["path"]), bytes(file["bytes"]), human() ? sha256.substr(0, 12) : sha256});
  }
  table.print(human() ? 2 : 0);
}

void print_history(const Remote&, const json::Value& history) {
  if (items(history).empty() || !human()) return;
  heading("what happened");
  Table table({{"AT"}, {"WHAT", false, 0, Table::Cut::wrap}});
  for (const auto& flag : items(history)) table.add({moment(flag["at"]), fmt::format("{} {}", glyph(flag["status"].string_or("")), text(flag["text"]))});
  table.print(2);
}

Facts version_facts(const json::Value& version) {
  Facts facts;
  facts.add("version", human() ? fmt::format("{}  {}", paint(reference(version), Tone::bold), state_of(version)) : reference(version));
  facts.add("aliases", items(version["aliases"]).empty() ? "" : joined_texts(version["aliases"]));
  facts.add("created", moment(version["created_at"]));
  facts.add("origin", chain(version["origin"]));
  facts.add("trained on", training_of(version["training"]));
  facts.add("reference", members(version["metrics"]).empty() ? "its training told no figures" : metrics_line(version["metrics"]));
  facts.add("gates", checks_line(version["checks"]));
  facts.add("decided", version["decision"].is_null() ? "" : label(version["decision"]));
  facts.add("versus", version["versus"].is_null() ? "" : reference(version["versus"]));
  return facts;
}

Result<int> show_version(const Invocation& call, Remote& remote) {
  const auto of = TRY(model_version(call.positional("name")));
  const auto version = TRY(remote.get(api("models", of.model, "versions", of.version)));
  if (call.json) return print_document(call, "model-version/1", version);
  if (call.quiet) return fmt::print("{}\n", reference(version)), kDone;
  auto facts = version_facts(version);
  facts.add("inputs", signature_of(version["signature"], "input"));
  facts.add("outputs", signature_of(version["signature"], "output"));
  facts.add("used by", labels(version["used_by"]));
  facts.print();
  print_checks("gates", version["checks"]);
  print_files(version["files"]);
  print_history(remote, version["history"]);
  tell_page(remote, version);
  return kDone;
}

Result<int> show(const Invocation& call) {
  Remote remote(call);
  const auto name = without_kind(call.positional("name"), "model");
  return name.contains('@') ? show_version(call, remote) : show_model(call, remote, name);
}

Result<int> evidence(const Invocation& call) {
  Remote remote(call);
  const auto of = TRY(model_version(call.positional("version")));
  const auto version = TRY(remote.get(api("models", of.model, "versions", of.version)));
  if (call.json) {
    json::Value document = json::Object{};
    for (const auto name : {"ref", "decision", "versus", "checks", "metrics", "training", "origin", "files"}) document.set(name, version[name]);
    return print_document(call, "evidence/1", document);
  }
  version_facts(version).print();
  print_checks("gates", version["checks"]);
  if (items(version["checks"]).empty() && human()) tell("no gate was measured on this version");
  print_files(version["files"]);
  return kDone;
}

const Positional kModel{"model", "its name", true, false, Names::model}, kVersion{"version", "MODEL@3 or MODEL@alias", true, false, Names::version};

const Command kCommands[] = {
    {.noun = "model", .verb = "ls", .summary = "Registered models", .example = "gyre model ls", .positionals = {}, .options = {kLimit, kAll}, .run = ls},
    {.noun = "model",
     .verb = "show",
     .summary = "A model with its versions, or a version with gates, evidence and origin",
     .example = "gyre model show flights-late\ngyre model show flights-late@champion",
     .positionals = {{"name", "MODEL, MODEL@3 or MODEL@alias", true, false, Names::version}},
     .options = {},
     .run = show},
    {.noun = "model",
     .verb = "versions",
     .summary = "Versions of a model, newest first",
     .example = "gyre model versions flights-late",
     .positionals = {kModel},
     .options = {},
     .run = versions},
    {.noun = "model",
     .verb = "promote",
     .summary = "Make a version the champion; refused when one of its gates failed",
     .example = "gyre model promote flights-late@3",
     .positionals = {kVersion},
     .options = {{"alias", "NAME", "the name that it takes (champion)"},
                 {"dry-run", "", "print the plan, change nothing"},
                 {"yes", "", "taken for scripts' sake: nothing is asked, and no gate is passed over"}},
     .run = promote_version},
    {.noun = "model",
     .verb = "alias",
     .summary = "Let a name point at a version, whatever its gates say",
     .example = "gyre model alias flights-late@3 baseline",
     .positionals = {kVersion, {"alias", "the name"}},
     .options = {{"dry-run", "", "print the plan, change nothing"}},
     .run = set_alias},
    {.noun = "model",
     .verb = "evidence",
     .summary = "What is known of a version: gates with their numbers, reference, training, origin",
     .example = "gyre model evidence flights-late@3",
     .positionals = {kVersion},
     .options = {},
     .run = evidence},
};

}  // namespace

Result<ModelVersion> model_version(std::string_view reference) {
  const auto name = without_kind(without_kind(reference, "model-version"), "model");
  const auto at = name.rfind('@');
  if (at == std::string::npos || at == 0 || at + 1 == name.size()) {
    return fail(Code::invalid, fmt::format("'{}' names no version", reference), {},
                fmt::format("write {}@3 or {}@champion", name.substr(0, at), name.substr(0, at)));
  }
  auto version = name.substr(at + 1);
  if (version.size() > 1 && version.front() == 'v' && version.find_first_not_of("0123456789", 1) == std::string::npos) version.erase(0, 1);
  return ModelVersion{name.substr(0, at), version};
}

std::span<const Command> model_commands() { return kCommands; }

}  // namespace gyre::cli
