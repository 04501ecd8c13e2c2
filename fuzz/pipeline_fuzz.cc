// A pipeline's YAML: what is taken keeps its promises (steps in an order that can run); what is refused says where.
#include <set>

#include "base/yaml.h"
#include "fuzz/fuzz.h"
#include "pipelines/definition.h"

using namespace gyre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document = yaml::parse(fuzz::text_of(data, size));
  if (!document) {
    fuzz::require(document.error().code == Code::invalid || document.error().code == Code::exhausted, "a refused text is the caller's mistake",
                  document.error().message);
    return 0;
  }
  const auto definition = pipelines::read_definition(*document);
  if (!definition) {
    fuzz::require(definition.error().code == Code::invalid, "a refused pipeline is the caller's mistake", definition.error().message);
    return 0;
  }
  fuzz::require(!definition->steps.empty() && definition->steps.size() <= pipelines::kMaxSteps, "the number of steps is bounded");
  std::set<std::string> before;
  for (const auto& step : definition->steps) {
    for (const auto& [name, input] : step.inputs) {
      if (const auto from = pipelines::step_output(input)) fuzz::require(before.contains(from->first), "what a step takes is made before it", input);
    }
    for (const auto& other : step.after) fuzz::require(before.contains(other), "what a step waits for stands before it", other);
    fuzz::require(before.insert(step.name).second, "a step's name is its own", step.name);
  }
  return 0;
}
