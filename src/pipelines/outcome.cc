// How a step ended, and what it has made: its outputs, kept by content, and the evidence of versions that it registered.
#include <fmt/format.h>

#include <algorithm>

#include "base/folder.h"
#include "governance/governance.h"
#include "pipelines/advance.h"

namespace gyre::pipelines {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxOutputFiles = 20'000;
constexpr std::size_t kMaxEvidenceBytes = 1 << 20;  // of a JSON output that is kept with the version itself

// The files of an output, at most one more than are kept; none where it was not written.
Result<std::vector<fs::path>> files_at(const fs::path& place, bool folder) {
  std::error_code error;
  std::vector<fs::path> files;
  if (!folder && fs::is_regular_file(place, error)) files.push_back(place);
  if (!folder || !is_there(place)) return files;
  for (auto at = fs::recursive_directory_iterator(place, error); !error && at != fs::recursive_directory_iterator() && files.size() <= kMaxOutputFiles;
       at.increment(error)) {
    if (at->is_regular_file(error)) files.push_back(at->path());
  }
  if (error) return fail(Code::invalid, fmt::format("the output folder '{}' cannot be read through: {}", place.string(), error.message()));
  std::ranges::sort(files);
  return files;
}

Result<json::Value> read_evidence(blob::Store& blobs, std::string_view kind, const datasets::File& file) {
  StringSink sink(kMaxEvidenceBytes);
  if (const auto got = blob::get_content(blobs, file.sha256, {}, sink); !got) return within(fmt::format("evidence '{}'", kind), got.error());
  auto body = json::parse(sink.text);
  if (!body) return within(fmt::format("evidence '{}'", kind), body.error());
  return body;
}

}  // namespace

std::string why_of(const exec::State& state) {
  if (!state.reason.empty()) return state.reason;
  if (state.phase == exec::Phase::lost) return "the job vanished without a record of its end (the machine was restarted)";
  switch (state.ending) {
    case exec::Ending::exited:
      return fmt::format("exit code {}", state.exit_code);
    case exec::Ending::signalled:
      return fmt::format("ended by signal {}", state.signal);
    case exec::Ending::timed_out:
      return "timed out";
    case exec::Ending::out_of_memory:
      return fmt::format("used more memory than it may ({} MiB at the most)", state.max_memory_bytes >> 20);
    case exec::Ending::stopped:
      return "stopped";
    case exec::Ending::too_much_output:
      return "wrote too much output";
  }
  return "failed";
}

std::string ending_of(const exec::State& state) {
  if (state.phase == exec::Phase::lost) return "lost";
  switch (state.ending) {
    case exec::Ending::exited:
      return fmt::format("exit {}", state.exit_code);
    case exec::Ending::signalled:
      return fmt::format("signal {}", state.signal);
    case exec::Ending::timed_out:
      return "time-out";
    case exec::Ending::out_of_memory:
      return "memory";
    case exec::Ending::stopped:
      return "stopped";
    case exec::Ending::too_much_output:
      return "too much output";
  }
  return "";
}

Result<std::vector<Output>> Advance::collect_outputs(const Step& definition, const fs::path& folder) {
  std::vector<Output> outputs;
  for (const auto& [name, path] : definition.outputs) {
    auto& output = outputs.emplace_back(name);
    output.folder = path.ends_with('/');
    const auto place = folder / "outputs" / path;
    const auto files = TRY(files_at(place, output.folder));
    if (files.size() > kMaxOutputFiles)
      return fail(Code::invalid, fmt::format("the output '{}' has more than {} files, which is as many as are kept", name, kMaxOutputFiles), {},
                  "pack them into one");
    if (files.empty()) {
      return fail(Code::invalid, fmt::format("the step ended well, but did not write its output '{}' ({})", name, path), {},
                  "write it to $" + variable_name("GYRE_OUTPUT_", name));
    }
    for (const auto& file : files) {
      const auto content = TRY(blob::put_file_content(service_.blobs_, file));
      datasets::File one;
      one.path = one.relative = output.folder ? file.lexically_relative(place).generic_string() : file.filename().string();
      one.sha256 = content.sha256;
      one.size_bytes = content.size_bytes;
      output.files.push_back(std::move(one));
    }
  }
  return outputs;
}

Result<void> Advance::attach_evidence(const StepRun& step, const Step& definition) {
  if (!definition.registers) return {};
  const auto versions = TRY(service_.registry_.versions(definition.registers->model, step.tracking_run, kMaxVersionsOfStep, 0));
  if (versions.empty()) {
    return fail(Code::invalid, fmt::format("the step ended well, but registered no version of '{}'", definition.registers->model), {},
                "within the run that MLFLOW_RUN_ID names, as mlflow.start_run() takes it up: mlflow.onnx.log_model(model, name=\"model\", "
                "registered_model_name=os.environ[\"GYRE_MODEL\"])");
  }
  for (const auto& version : versions) {
    for (const auto& [kind, name] : definition.registers->evidence) {
      const auto& file = std::ranges::find(step.outputs, name, &Output::name)->files.front();
      registry::Evidence evidence{kind, file.sha256, file.size_bytes, {}, now_ms_};
      if (file.path.ends_with(".json")) evidence.body = TRY(read_evidence(service_.blobs_, kind, file));
      TRY(service_.registry_.put_evidence(version.model, version.version, evidence));
    }
    const json::Object made_by{{"run", stored_.run.id}, {"pipeline", stored_.run.pipeline}, {"step", step.name}, {"commit", stored_.run.commit}};
    TRY(service_.registry_.put_evidence(version.model, version.version, {"pipeline-run", "", 0, made_by, now_ms_}));
    TRY(service_.db_.write([&](sql::Tx& tx) {
      return governance::link(tx, {governance::urn("pipeline-run", stored_.run.id), governance::urn("model-version", version.ref()), "registered", now_ms_});
    }));
  }
  return {};
}

}  // namespace gyre::pipelines
