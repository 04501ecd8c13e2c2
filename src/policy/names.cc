// What a policy names must be there, and its pipeline must bring what the gates ask for: a slip of the pen would otherwise come
// to light only when it is to act, after a whole training.
#include <fmt/format.h>

#include <algorithm>

#include "policy/mover.h"

namespace gyre::policy {
namespace {

std::unexpected<Error> as_mistake(const Error& error) {
  return fail(error.code == Code::not_found ? Code::invalid : error.code, error.message, error.detail, error.fix);
}

const pipelines::Step* registering_step(const pipelines::Definition& pipeline, std::string_view model) {
  const auto found = std::ranges::find_if(pipeline.steps, [&](const pipelines::Step& step) { return step.registers && step.registers->model == model; });
  return found == pipeline.steps.end() ? nullptr : &*found;
}

}  // namespace

Result<void> check_registers(const Definition& definition, const pipelines::Pipeline& pipeline) {
  const auto* step = registering_step(pipeline.definition, definition.model);
  if (!step) {
    return fail(Code::invalid,
                fmt::format("no step of pipeline '{}' registers versions of '{}', so it can bring no candidate", pipeline.name, definition.model), {},
                fmt::format("let the step that trains say registers: {{model: {}, evidence: {{reference: OUTPUT, training: OUTPUT}}}}", definition.model));
  }
  const auto& evidence = step->registers->evidence;
  const auto lacks = [&](std::string_view kind, std::string_view why, std::string_view fix) {
    return fail(Code::invalid, fmt::format("step '{}' of pipeline '{}' registers versions without evidence '{}': {}", step->name, pipeline.name, kind, why), {},
                std::string(fix));
  };
  const auto training = evidence.find("training");
  constexpr std::string_view kTrainingFix =
      "under 'registers.evidence' let training name an output that is JSON with \"to\", the last day of the training data, as {\"to\": \"2001-04-03\"}";
  if (training == evidence.end()) return lacks("training", "a gate could not tell which rows the candidate has seen", kTrainingFix);
  if (!step->outputs.at(training->second).ends_with(".json"))
    return lacks("training", fmt::format("its output '{}' is not JSON", training->second), kTrainingFix);
  const bool needs_reference = definition.when.bootstrap || definition.gates.latency_p99_ms > 0;
  if (needs_reference && !evidence.contains("reference")) {
    return lacks("reference", "a first model and its latency are measured on it",
                 "under 'registers.evidence' let reference name an output in Parquet: held-out rows with the model's inputs, outputs and the label");
  }
  return {};
}

Result<void> Service::check_names(const Definition& definition) {
  const auto endpoint = serving_.endpoint(definition.endpoint);
  if (!endpoint) return as_mistake(endpoint.error());
  if (endpoint->config.model != definition.model) {
    return fail(Code::invalid,
                fmt::format("endpoint '{}' answers with model '{}', so a candidate of '{}' could not take over there", definition.endpoint,
                            endpoint->config.model, definition.model),
                {}, fmt::format("model: {}", endpoint->config.model));
  }
  const auto pipeline = pipelines_.pipeline(definition.pipeline);
  if (!pipeline) return as_mistake(pipeline.error());
  TRY(check_registers(definition, *pipeline));
  for (const auto& [name, value] : definition.parameters) {
    if (pipeline->definition.parameters.contains(name)) continue;
    std::vector<std::string> known;
    for (const auto& [parameter, otherwise] : pipeline->definition.parameters) known.push_back(parameter);
    return fail(Code::invalid, fmt::format("pipeline '{}' has no parameter '{:.80}'", definition.pipeline, name), {},
                known.empty() ? "it has none" : fmt::format("its parameters are {}", fmt::join(known, ", ")));
  }
  const auto monitor = TRY(monitoring_.monitor_of(definition.endpoint));
  if (!monitor)
    return fail(Code::invalid, fmt::format("endpoint '{}' has no monitor that names its prediction, which gates measure", definition.endpoint), {},
                "put one under 'monitors' in the project file");
  std::vector<std::string> known;
  for (const auto& rule : monitor->definition.rules) known.push_back(rule.name);
  for (const auto& alert : definition.when.alerts) {
    if (std::ranges::find(known, alert) != known.end()) continue;
    return fail(Code::invalid, fmt::format("no monitor of endpoint '{}' has an alert '{:.80}'", definition.endpoint, alert), {},
                known.empty() ? "apply a monitor with alerts first" : fmt::format("its alerts are {}", fmt::join(known, ", ")));
  }
  return {};
}

}  // namespace gyre::policy
