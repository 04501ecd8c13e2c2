// Whether what runs have made is still there: every log and every output's content.
#include <fmt/format.h>

#include "pipelines/pipelines.h"

namespace gyre::pipelines {
namespace {

constexpr std::size_t kRunsAtOnce = 1000;

void check_step(blob::Store& blobs, const Run& run, const StepRun& step, Findings& findings) {
  if (!step.log_sha256.empty()) {
    ++findings.checked;
    if (!blobs.stat(blob::content_key(step.log_sha256))) findings.problems.push_back(fmt::format("pipelines: the log of {}/{} is missing", run.id, step.name));
  }
  for (const auto& output : step.outputs) {
    for (const auto& file : output.files) {
      ++findings.checked;
      const auto there = blobs.stat(blob::content_key(file.sha256));
      if (!there)
        findings.problems.push_back(fmt::format("pipelines: output {}/{} of {} is missing: {}", step.name, output.name, run.id, there.error().message));
    }
  }
}

}  // namespace

Result<Findings> Service::verify() {
  Findings findings;
  for (std::string before;;) {
    const auto some = TRY(runs("", kRunsAtOnce, before));
    if (some.empty()) return findings;
    for (const auto& brief : some) {
      const auto run = TRY(this->run(brief.id));
      for (const auto& step : run.steps) check_step(blobs_, run, step, findings);
    }
    before = some.back().id;
  }
}

}  // namespace gyre::pipelines
