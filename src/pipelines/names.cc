// What a pipeline names outside of itself must be there when it is applied: a slip of the pen would otherwise come to light only
// when it is to run, or never.
#include "pipelines/names.h"

#include <algorithm>

#include "base/nearest.h"
#include "pipelines/places.h"

namespace gyre::pipelines {
namespace {

constexpr std::string_view kCommit = "commit", kParameters = "parameters.";

// Those that rooms publish.
const std::vector<std::string> kEvents = {"commit.created", "pipeline-run.started", "pipeline-run.finished", "step.started",   "step.finished",
                                          "run.created",    "run.finished",         "model-version.created", "alias.moved",    "endpoint.revised",
                                          "window.closed",  "labels.joined",        "alert.opened",          "alert.resolved", "decision.made"};
constexpr std::string_view kEventOfRepository = "commit.created";

// The words in ${...} that are neither the commit nor a parameter; parameters are checked as they are read.
std::vector<std::string> unknown_references(std::string_view text) {
  std::vector<std::string> found;
  for (auto at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 1)) {
    const auto close = text.find('}', at);
    if (close == std::string_view::npos) break;
    const auto word = text.substr(at + 2, close - at - 2);
    if (word != kCommit && !word.starts_with(kParameters)) found.emplace_back(word);
  }
  return found;
}

std::size_t count_of(std::string_view text, std::string_view word) {
  std::size_t n = 0;
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + word.size())) ++n;
  return n;
}

// A variable of the shell's own is left alone: one that the command sets or that the environment has. What is nearly `commit`, or
// has a point, which no variable has, was meant for us.
bool is_slip(const std::string& word, std::string_view command, const std::map<std::string, std::string>& environment) {
  constexpr std::size_t kSlipOfThePen = 2;
  if (word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") != std::string::npos) return false;
  if (word.contains('.')) return true;
  const bool is_own = environment.contains(word) || count_of(command, word) > count_of(command, "${" + word + "}");
  return !is_own && spelling_distance(word, kCommit) <= kSlipOfThePen;
}

Result<void> check_texts(const Definition& definition, const json::Value& value) {
  std::vector<std::string> known{std::string(kCommit)};
  for (const auto& [name, preset] : definition.parameters) known.push_back(std::string(kParameters) + name);
  const auto refuse = [&](const std::string& word, const json::Value& place) {
    return fail_at(place, fmt::format("'${{{:.80}}}' is nothing that is known here", word), did_you_mean(word, known));
  };
  for (const auto& [name, text] : definition.environment) {
    for (const auto& word : unknown_references(text)) return refuse(word, at_or(value["environment"][name], value));
  }
  for (const auto& item : *value["steps"].if_array()) {
    const auto& step = *definition.step(item["name"].string_or(""));
    for (const auto& [name, source] : step.inputs) {
      for (const auto& word : unknown_references(source)) return refuse(word, at_or(item["inputs"][name], item));
    }
    for (const auto& part : step.command) {
      for (const auto& word : unknown_references(part)) {
        if (is_slip(word, part, definition.environment)) return refuse(word, at_or(item["command"], item));
      }
    }
  }
  return {};
}

// Of an input that is data, where it is told before the parameters are; else "".
std::string repository_of_input(std::string_view source) {
  if (step_output(source)) return "";
  auto name = std::string(source.substr(0, source.find_first_of("@/")));
  return name.contains("${") ? "" : name;
}

}  // namespace

std::string repository_of(const Definition& definition) {
  if (!definition.repository.empty()) return definition.repository;
  for (const auto& step : definition.steps) {
    for (const auto& [name, source] : step.inputs) {
      if (source.contains("@${commit}")) return repository_of_input(source);
    }
  }
  return "";
}

Result<void> check_names(const Definition& definition, const json::Value& value, datasets::Service& datasets) {
  TRY(check_texts(definition, value));
  std::vector<std::string> repositories;
  for (const auto& repository : TRY(datasets.repos())) repositories.push_back(repository.name);
  const auto check = [&](const std::string& name, const json::Value& place) -> Result<void> {
    if (name.empty() || std::ranges::find(repositories, name) != repositories.end()) return {};
    return fail_at(place, fmt::format("there is no repository '{:.80}'", name),
                   did_you_mean(name, repositories) + "; a new one stands under 'repositories' in the project file");
  };
  TRY(check(definition.repository, at_or(value["repository"], value)));
  const auto pinned = repository_of(definition);
  for (const auto& item : *value["steps"].if_array()) {
    for (const auto& [name, source] : definition.step(item["name"].string_or(""))->inputs) {
      const auto& place = at_or(item["inputs"][name], item);
      const auto repository = repository_of_input(source);
      TRY(check(repository, place));
      if (repository.empty() || repository == pinned || !source.contains("@${commit}")) continue;
      return fail_at(place, fmt::format("${{commit}} is of '{}', and '{:.80}' is read at it", pinned, repository),
                     fmt::format("read it at a branch, as {}@main", repository));
    }
  }
  const auto* triggers = value["on"].if_array();
  for (std::size_t i = 0; i < definition.on.size(); ++i) {
    const auto& on = definition.on[i];
    const auto& place = (*triggers)[i];
    if (std::ranges::find(kEvents, on.event) == kEvents.end())
      return fail_at(at_or(place["event"], place), fmt::format("there is no event '{:.80}'", on.event), did_you_mean(on.event, kEvents));
    if (!on.repo.empty() && on.event != kEventOfRepository)
      return fail_at(at_or(place["repo"], place), fmt::format("the event '{}' is of no repository", on.event), "leave 'repo' out");
    TRY(check(on.repo, at_or(place["repo"], place)));
  }
  return {};
}

}  // namespace gyre::pipelines
