#include "pipelines/definition.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ranges>
#include <set>

#include "base/amount.h"
#include "base/decode.h"
#include "base/nearest.h"
#include "pipelines/cron.h"
#include "pipelines/places.h"

namespace gyre::pipelines {
namespace {

struct ResourcesText {
  double cpus = 1;
  json::Value memory;
};
BOOST_DESCRIBE_STRUCT(ResourcesText, (), (cpus, memory))

struct RegistersText {
  std::string model;
  std::map<std::string, std::string> evidence;
};
BOOST_DESCRIBE_STRUCT(RegistersText, (), (model, evidence))

struct StepText {
  std::string name;
  json::Value command;
  std::map<std::string, std::string> inputs, outputs;
  std::optional<std::vector<std::string>> parameters;
  std::vector<std::string> after;
  int retries = 0;
  std::optional<std::string> timeout;
  ResourcesText resources;
  std::optional<RegistersText> registers;
  bool tracked = false, cache = true;
};
BOOST_DESCRIBE_STRUCT(StepText, (), (name, command, inputs, outputs, parameters, after, retries, timeout, resources, registers, tracked, cache))

struct ScheduleText {
  std::optional<std::string> every, cron;
};
BOOST_DESCRIBE_STRUCT(ScheduleText, (), (every, cron))

struct OnText {
  std::string event, repo;
};
BOOST_DESCRIBE_STRUCT(OnText, (), (event, repo))

struct DefinitionText {
  std::string code = ".";
  std::map<std::string, json::Value> parameters;
  std::map<std::string, std::string> environment;
  std::string repository;
  std::optional<ScheduleText> schedule;
  std::vector<OnText> on;
  std::optional<std::int64_t> max_active_runs;
  std::vector<StepText> steps;
};
BOOST_DESCRIBE_STRUCT(DefinitionText, (), (code, parameters, environment, repository, schedule, on, max_active_runs, steps))

constexpr double kMaxCpus = 4096;

std::vector<std::string> listed(const std::set<std::string>& names) { return {names.begin(), names.end()}; }

// An error of a value's own text, told with its place.
template <class T>
Result<T> located(Result<T> outcome, const json::Value& where) {
  if (outcome) return outcome;
  return fail_at(where, std::move(outcome.error().message), std::move(outcome.error().fix));
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 100 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == std::string_view::npos;
}

bool is_safe_path(std::string_view path) {
  if (path.empty() || path.starts_with('/') || path.contains("..") || path.contains("//") || path.contains('\\')) return false;
  return path.find('\0') == std::string_view::npos;
}

Result<std::vector<std::string>> read_command(const json::Value& value, const json::Value& step) {
  if (const auto* line = value.if_string(); line && !line->empty()) return std::vector<std::string>{"sh", "-c", *line};
  const auto* words = value.if_array();
  if (!words || words->empty()) return fail_at(value.is_null() ? step : value, "a step needs 'command': a list of words, or one line for the shell");
  std::vector<std::string> command;
  for (const auto& word : *words) command.push_back(json::unquoted(word));
  return command;
}

Result<Step> read_step(StepText text, const json::Value& where) {
  if (!is_plain_name(text.name)) return fail_at(where, fmt::format("a step's name must be letters, digits, - and _, not '{:.80}'", text.name));
  Step step;
  step.command = TRY(read_command(text.command, where));
  for (const auto& [name, path] : text.outputs) {
    if (!is_plain_name(name) || !is_safe_path(path))
      return fail_at(where, fmt::format("output '{}: {}' of step '{}' must be a relative path without '..'", name, path, text.name));
  }
  for (const auto& [name, source] : text.inputs) {
    if (!is_plain_name(name) || source.empty()) return fail_at(where, fmt::format("input '{}' of step '{}' has no usable name or source", name, text.name));
  }
  if (text.retries < 0 || text.retries > 20) return fail_at(at_or(where["retries"], where), "'retries' must be from 0 to 20");
  if (text.timeout) step.timeout_ms = TRY(located(parse_duration_ms(*text.timeout), at_or(where["timeout"], where)));
  const auto& resources = where["resources"];
  if (const auto* memory = text.resources.memory.if_string()) step.memory_bytes = TRY(located(parse_bytes(*memory), at_or(resources["memory"], where)));
  if (text.resources.memory.int_or(0) < 0) return fail_at(at_or(resources["memory"], where), "'memory' must be above 0");
  if (!(text.resources.cpus > 0) || text.resources.cpus > kMaxCpus)
    return fail_at(at_or(resources["cpus"], where), fmt::format("'cpus' must be above 0 and at most {}", kMaxCpus));
  step.memory_bytes = std::max(step.memory_bytes, text.resources.memory.int_or(0));
  if (text.registers) {
    for (const auto& [kind, output] : text.registers->evidence) {
      if (!text.outputs.contains(output))
        return fail_at(where, fmt::format("evidence '{}' of step '{}' names the output '{}', which it does not have", kind, text.name, output));
    }
    step.registers = Registers{text.registers->model, text.registers->evidence};
  }
  step.name = std::move(text.name);
  step.inputs = std::move(text.inputs);
  step.outputs = std::move(text.outputs);
  step.parameters = std::move(text.parameters);
  step.after = std::move(text.after);
  step.retries = text.retries;
  step.cpus = text.resources.cpus;
  step.tracked = text.tracked || step.registers;
  step.cache = text.cache;
  return step;
}

std::set<std::string> needs_of(const Step& step) {
  std::set<std::string> needs(step.after.begin(), step.after.end());
  for (const auto& [name, source] : step.inputs) {
    if (const auto from = step_output(source)) needs.insert(from->first);
  }
  return needs;
}

std::set<std::string> names_of(const std::map<std::string, std::string>& map) {
  const auto keys = map | std::views::keys;
  return {keys.begin(), keys.end()};
}

// What a step names must be there: other steps and their outputs.
Result<void> check_names(const std::vector<Step>& steps, const Step& step, const std::set<std::string>& known, const json::Value& where) {
  for (const auto& other : step.after) {
    if (!known.contains(other))
      return fail_at(at_or(where["after"], where), fmt::format("step '{}' needs '{}', which is no step", step.name, other), did_you_mean(other, listed(known)));
  }
  for (const auto& [name, source] : step.inputs) {
    const auto& place = at_or(where["inputs"][name], where);
    if (known.contains(source))
      return fail_at(place, fmt::format("input '{}' of step '{}' is the step '{}' and not one of its outputs", name, step.name, source),
                     fmt::format("write '{}.' and the output's name", source));
    const auto from = step_output(source);
    if (!from) continue;
    const auto producer = std::ranges::find(steps, from->first, &Step::name);
    if (producer == steps.end())
      return fail_at(place, fmt::format("step '{}' needs '{}', which is no step", step.name, from->first), did_you_mean(from->first, listed(known)));
    if (!producer->outputs.contains(from->second)) {
      return fail_at(place, fmt::format("step '{}' takes '{}', but step '{}' has no output '{}'", step.name, source, from->first, from->second),
                     did_you_mean(from->second, listed(names_of(producer->outputs))));
    }
  }
  return {};
}

// Every ${parameters.x} must be declared: a slip of the pen would otherwise reach the command as it stands.
Result<void> check_references(std::string_view text, const std::set<std::string>& declared, const json::Value& where) {
  constexpr std::string_view kOpen = "${parameters.";
  for (auto at = text.find(kOpen); at != std::string_view::npos; at = text.find(kOpen, at + 1)) {
    const auto from = at + kOpen.size();
    const auto name = std::string(text.substr(from, text.find('}', from) - from));
    if (!declared.contains(name))
      return fail_at(where, fmt::format("'${{parameters.{}}}' is used, but no such parameter is declared", name), did_you_mean(name, listed(declared)));
  }
  return {};
}

Result<void> check_parameters(const Step& step, const std::set<std::string>& declared, const json::Value& where) {
  for (const auto& parameter : step.parameters.value_or(std::vector<std::string>{})) {
    if (!declared.contains(parameter)) {
      return fail_at(at_or(where["parameters"], where), fmt::format("step '{}' depends on the parameter '{}', which is not declared", step.name, parameter),
                     did_you_mean(parameter, listed(declared)));
    }
  }
  for (const auto& word : step.command) TRY(check_references(word, declared, at_or(where["command"], where)));
  for (const auto& [name, source] : step.inputs) TRY(check_references(source, declared, at_or(where["inputs"][name], where)));
  return {};
}

Result<Schedule> read_schedule(const ScheduleText& text, const json::Value& where) {
  Schedule schedule;
  if (text.every) schedule.every_ms = TRY(located(parse_duration_ms(*text.every), at_or(where["every"], where)));
  if (text.cron) TRY(located(next_cron(schedule.cron = *text.cron, 0), at_or(where["cron"], where)));
  if (text.every && schedule.every_ms < kMinuteMs) return fail_at(at_or(where["every"], where), "'every' must be at least a minute");
  if ((schedule.every_ms > 0) == !schedule.cron.empty()) return fail_at(where, "a schedule has either 'every' or 'cron'");
  return schedule;
}

// The steps in an order in which they can run; a circle or an unknown name is an error.
Result<std::vector<Step>> in_order(std::vector<Step> steps, const json::Value& where) {
  std::set<std::string> known, done;
  for (const auto& step : steps) {
    if (!known.insert(step.name).second) return fail_at(where, fmt::format("two steps are called '{}'", step.name));
  }
  const auto& items = *where.if_array();
  for (std::size_t i = 0; i < steps.size(); ++i) TRY(check_names(steps, steps[i], known, items[i]));
  std::vector<Step> ordered;
  while (!steps.empty()) {
    const auto ready = std::ranges::find_if(steps, [&](const Step& step) { return std::ranges::includes(done, needs_of(step)); });
    if (ready == steps.end()) {
      std::vector<std::string> names;
      for (const auto& step : steps) names.push_back(step.name);
      return fail_at(where, fmt::format("these steps wait for each other in a circle: {}", fmt::join(names, ", ")));
    }
    done.insert(ready->name);
    ordered.push_back(std::move(*ready));
    steps.erase(ready);
  }
  return ordered;
}

}  // namespace

const Step* Definition::step(std::string_view name) const {
  const auto found = std::ranges::find(steps, name, &Step::name);
  return found == steps.end() ? nullptr : &*found;
}

std::optional<std::pair<std::string, std::string>> step_output(std::string_view input) {
  if (input.contains('@') || input.contains('/')) return std::nullopt;
  const auto dot = input.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  return std::pair(std::string(input.substr(0, dot)), std::string(input.substr(dot + 1)));
}

Result<Definition> read_definition(const json::Value& value) {
  auto text = TRY(json::decode_strict<DefinitionText>(value));
  if (text.steps.empty()) return fail_at(value, "a pipeline needs at least one step under 'steps'");
  if (text.steps.size() > kMaxSteps) return fail_at(value, fmt::format("a pipeline has at most {} steps", kMaxSteps));
  Definition definition;
  const auto* items = value["steps"].if_array();
  std::vector<Step> steps;
  for (std::size_t i = 0; i < text.steps.size(); ++i) steps.push_back(TRY(read_step(std::move(text.steps[i]), (*items)[i])));
  std::set<std::string> declared;
  for (const auto& [name, preset] : text.parameters) declared.insert(name);
  for (std::size_t i = 0; i < steps.size(); ++i) TRY(check_parameters(steps[i], declared, (*items)[i]));
  definition.steps = TRY(in_order(std::move(steps), value["steps"]));
  definition.code = std::move(text.code);
  definition.parameters = std::move(text.parameters);
  definition.environment = std::move(text.environment);
  definition.repository = std::move(text.repository);
  if (text.schedule) definition.schedule = TRY(read_schedule(*text.schedule, value["schedule"]));
  if (text.max_active_runs && *text.max_active_runs < 1) return fail_at(value["max_active_runs"], "'max_active_runs' must be at least 1");
  definition.max_active_runs = text.max_active_runs;
  for (auto& on : text.on) definition.on.push_back({std::move(on.event), std::move(on.repo)});
  return definition;
}

}  // namespace gyre::pipelines
