// The folder that an attempt of a step works in, and the environment that tells the step of it.
#include <fmt/format.h>

#include <algorithm>

#include "base/decode.h"
#include "base/file.h"
#include "pipelines/advance.h"

namespace gyre::pipelines {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kParametersFile = "parameters.json";

}  // namespace

std::string variable_name(std::string_view prefix, std::string_view name) {
  std::string variable(prefix);
  for (const char c : name) variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return variable;
}

Result<void> Advance::prepare_folder(const StepRun& step, const Step& definition, const fs::path& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);  // what an attempt to start left behind
  TRY(make_folders(folder / "inputs"));
  TRY(make_folders(folder / "outputs"));
  TRY(place_code(folder));
  for (const auto& [name, source] : definition.inputs) TRY(place_input(pinned(step, name, source), folder / "inputs" / name));
  for (const auto& [name, path] : definition.outputs) {
    const auto target = folder / "outputs" / path;
    TRY(make_folders(path.ends_with('/') ? target : target.parent_path()));
  }
  return write_file_durably(folder / kParametersFile, json::encode(parameters_of(definition)));
}

Result<void> Advance::place_code(const fs::path& folder) {
  for (const auto& file : stored_.code) {
    const auto target = folder / file.path;
    TRY(make_folders(target.parent_path()));
    const auto content = TRY(blob::content_file(service_.blobs_, file.sha256, service_.options_.folder / "cache"));
    std::error_code error;
    fs::copy_file(content, target, fs::copy_options::overwrite_existing, error);
    if (error) return fail(Code::unavailable, fmt::format("cannot copy the code file '{}': {}", file.path, error.message()));
    fs::permissions(target, file.executable ? fs::perms(0755) : fs::perms(0644), error);
  }
  return {};
}

Result<void> Advance::place_input(const std::string& source, const fs::path& target) {
  const auto from = step_output(source);
  if (!from) {
    TRY(make_folders(target));
    TRY(service_.datasets_.materialize(source, target));
    return {};
  }
  for (const auto& output : step_run(from->first).outputs) {
    if (output.name != from->second) continue;
    for (const auto& file : output.files) {
      const auto place = output.folder ? target / file.path : target;
      TRY(make_folders(place.parent_path()));
      std::error_code error;
      fs::create_symlink(fs::absolute(TRY(blob::content_file(service_.blobs_, file.sha256, service_.options_.folder / "cache"))), place, error);
      if (error) return fail(Code::unavailable, fmt::format("cannot link the input '{}': {}", source, error.message()));
    }
  }
  return {};
}

std::map<std::string, std::string> Advance::environment_of(const StepRun& step, const Step& definition, const fs::path& folder) const {
  std::map<std::string, std::string> environment = {
      {"PATH", service_.options_.path},
      {"HOME", service_.options_.home},
      {"LANG", "C.UTF-8"},
      {"PYTHONUNBUFFERED", "1"},
      {"PYTHONDONTWRITEBYTECODE", "1"},
      {"GYRE_STEP_RUN", stored_.run.id + "/" + step.name},
      {"GYRE_NOW", to_iso(stored_.run.created_ms)},  // the same for every attempt: what is made again is the same
      {"GYRE_PARAMS", folder / kParametersFile},
      {"GYRE_COMMIT", stored_.run.commit},
      {"MLFLOW_TRACKING_URI", service_.options_.tracking_uri},
      {"MLFLOW_EXPERIMENT_NAME", stored_.run.pipeline},
  };
  // The system's CPUs are more than its own, and numeric libraries start a thread for each.
  const auto threads = std::to_string(std::max(1, static_cast<int>(definition.cpus)));
  for (const char* name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}) environment[name] = threads;
  if (!step.tracking_run.empty()) environment["MLFLOW_RUN_ID"] = step.tracking_run;
  if (definition.registers) environment["GYRE_MODEL"] = definition.registers->model;
  for (const auto& [name, source] : definition.inputs) environment[variable_name("GYRE_INPUT_", name)] = (folder / "inputs" / name).string();
  for (const auto& [name, path] : definition.outputs) environment[variable_name("GYRE_OUTPUT_", name)] = (folder / "outputs" / path).string();
  for (const auto& [name, value] : parameters_of(definition)) environment[variable_name("GYRE_PARAM_", name)] = json::unquoted(value);
  for (const auto& [name, value] : stored_.run.definition.environment) environment[name] = substituted(value);
  return environment;
}

}  // namespace gyre::pipelines
