// What a step depends on: parameters put into its texts, inputs pinned to commits, and the key that all of it makes.
#include "base/decode.h"
#include "base/hash.h"
#include "pipelines/advance.h"

namespace gyre::pipelines {
namespace {

constexpr std::string_view kKeyVersion = "2";  // of how keys are made

}  // namespace

std::map<std::string, json::Value> Advance::parameters_of(const Step& definition) const {
  if (!definition.parameters) return stored_.run.parameters;
  std::map<std::string, json::Value> chosen;
  for (const auto& name : *definition.parameters) chosen[name] = stored_.run.parameters.at(name);
  return chosen;
}

// In one pass: a value that looks like a reference stays as it is.
std::string Advance::substituted(std::string_view text) const {
  constexpr std::string_view kParameters = "parameters.";
  std::string out;
  for (;;) {
    const auto open = text.find("${");
    const auto close = text.find('}', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) return out.append(text);
    const auto word = text.substr(open + 2, close - open - 2);
    out.append(text.substr(0, open));
    const auto parameter =
        word.starts_with(kParameters) ? stored_.run.parameters.find(std::string(word.substr(kParameters.size()))) : stored_.run.parameters.end();
    if (word == "commit") {
      out += stored_.run.commit.substr(std::min(stored_.run.commit.find('@') + 1, stored_.run.commit.size()));
    } else if (parameter != stored_.run.parameters.end()) {
      out += json::unquoted(parameter->second);
    } else {
      out.append("${");  // the shell's, perhaps
      text.remove_prefix(open + 2);
      continue;
    }
    text.remove_prefix(close + 1);
  }
}

// What a branch or tag meant when the step first began is what each attempt reads.
Result<void> Advance::pin_inputs(StepRun& step, const Step& definition) {
  for (const auto& [name, source] : definition.inputs) {
    if (!step_output(source) && !step.inputs.contains(name)) step.inputs[name] = TRY(service_.datasets_.resolve(substituted(source))).pinned();
  }
  return {};
}

std::string Advance::pinned(const StepRun& step, const std::string& name, const std::string& source) const {
  const auto found = step.inputs.find(name);
  return found == step.inputs.end() ? substituted(source) : found->second;
}

Result<std::string> Advance::input_identity(const std::string& source) {
  Sha256 hash;
  if (const auto from = step_output(source)) {
    for (const auto& output : step_run(from->first).outputs) {
      if (output.name != from->second) continue;
      for (const auto& file : output.files) hash.update(file.path + " " + file.sha256 + "\n");
    }
    return hash.finish_hex();
  }
  for (const auto& file : TRY(service_.datasets_.files(source))) hash.update(file.relative + " " + file.sha256 + "\n");
  return hash.finish_hex();
}

// What a step's result depends on: its command, code, parameters, environment and inputs, and what it shall give.
Result<std::string> Advance::cache_key(const StepRun& step, const Step& definition) {
  json::Writer writer;
  writer.begin_array();
  writer.string(kKeyVersion);
  for (const auto& word : definition.command) writer.string(substituted(word));
  for (const auto& file : stored_.code) writer.string(file.path + " " + file.sha256);
  writer.raw(json::encode(parameters_of(definition)));
  writer.raw(json::encode(stored_.run.definition.environment));
  for (const auto& [name, path] : definition.outputs) writer.string(name + " " + path);
  for (const auto& [name, source] : definition.inputs) writer.string(name + " " + TRY(input_identity(pinned(step, name, source))));
  if (definition.registers) writer.string(definition.registers->model + " " + json::encode(definition.registers->evidence));
  writer.end_array();
  return sha256_hex(writer.text());
}

}  // namespace gyre::pipelines
