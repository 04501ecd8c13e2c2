#include "pipelines/advance.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/decode.h"
#include "base/file.h"
#include "base/hash.h"
#include "governance/governance.h"

namespace gyre::pipelines {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFirstRetryMs = 1000;
constexpr std::size_t kKeptLogBytes = 64 << 20;

bool is_over(std::string_view status) { return status != "waiting" && status != "running"; }
bool is_good(std::string_view status) { return status == "succeeded" || status == "cached"; }

std::string why_of(const exec::State& state) {
  if (!state.reason.empty()) return state.reason;
  if (state.phase == exec::Phase::lost) return "the job vanished without a record of its end (the machine was restarted)";
  switch (state.ending) {
    case exec::Ending::exited: return fmt::format("exit code {}", state.exit_code);
    case exec::Ending::signalled: return fmt::format("ended by signal {}", state.signal);
    case exec::Ending::timed_out: return "timed out";
    case exec::Ending::out_of_memory: return fmt::format("used more memory than it may ({} MiB at the most)", state.max_memory_bytes >> 20);
    case exec::Ending::stopped: return "stopped";
    case exec::Ending::too_much_output: return "wrote too much output";
  }
  return "failed";
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::string plain(const json::Value& value) { return value.if_string() ? *value.if_string() : json::to_text(value); }

}  // namespace

Result<void> Advance::go() {
  for (auto& step : stored_.run.steps) {
    const auto* definition = stored_.run.definition.step(step.name);
    if (step.status == "running") TRY(watch(step, *definition));
  }
  for (auto& step : stored_.run.steps) {
    const auto* definition = stored_.run.definition.step(step.name);
    if (step.status == "running") {
      busy_ = true;
      cpus_left_ -= definition->cpus;
    }
  }
  for (auto& step : stored_.run.steps) {
    const auto* definition = stored_.run.definition.step(step.name);
    if (step.status == "waiting" && is_ready(*definition)) TRY(begin(step, *definition));
  }
  return finish_if_done();
}

bool Advance::is_ready(const Step& definition) const {
  const auto ended_well = [&](std::string_view name) {
    const auto found = std::ranges::find(stored_.run.steps, name, &StepRun::name);
    return found != stored_.run.steps.end() && is_good(found->status);
  };
  for (const auto& name : definition.after) {
    if (!ended_well(name)) return false;
  }
  return std::ranges::all_of(definition.inputs, [&](const auto& input) {
    const auto from = step_output(input.second);
    return !from || ended_well(from->first);
  });
}

StepRun& Advance::step_run(std::string_view name) { return *std::ranges::find(stored_.run.steps, name, &StepRun::name); }

Result<void> Advance::save(const StepRun& step, std::string_view topic) {
  worked_ = true;
  return service_.db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(update_step(tx, stored_.run.id, step));
    if (topic.empty()) return {};
    return outbox::publish(tx, now_ms_, topic, governance::urn("step", stored_.run.id + "/" + step.name),
                           json::Object{{"pipeline", stored_.run.pipeline}, {"run", stored_.run.id}, {"step", step.name}, {"status", step.status}, {"attempt", step.attempt}});
  });
}

Result<void> Advance::watch(StepRun& step, const Step& definition) {
  auto state = service_.launcher_.poll(step.job);
  if (!state && state.error().code == Code::not_found) return launch(step, definition);  // killed between the record and the start
  if (!state) return std::unexpected(state.error());
  if (state->phase == exec::Phase::running) return {};
  step.cpu_ms += state->cpu_ms;
  step.max_memory_bytes = std::max(step.max_memory_bytes, state->max_memory_bytes);
  if (state->phase == exec::Phase::finished && state->ending == exec::Ending::exited && state->exit_code == 0) return end_well(step, definition);
  return end_badly(step, definition, why_of(*state), true);
}

Result<void> Advance::begin(StepRun& step, const Step& definition) {
  if (step.not_before_ms > now_ms_) {
    next_due_ms_ = std::min(next_due_ms_.value_or(INT64_MAX), step.not_before_ms);
    return {};
  }
  const auto key = cache_key(definition);
  if (!key) return end_badly(step, definition, key.error().message, false);
  step.cache_key = *key;
  if (definition.cache && step.attempt == 0) {
    if (auto hit = TRY(service_.db_.read([&](sql::Tx& tx) { return find_cached(tx, step.cache_key); }))) {
      step.status = "cached";
      step.cached_from = hit->run;
      step.tracking_run = hit->step.tracking_run;
      step.outputs = std::move(hit->step.outputs);
      step.started_ms = step.finished_ms = now_ms_;
      return save(step, "step.finished");
    }
  }
  if (cpus_left_ < definition.cpus && cpus_left_ < service_.options_.cpus) {  // a step larger than the budget runs alone
    busy_ = true;
    return {};
  }
  cpus_left_ -= definition.cpus;
  ++step.attempt;
  step.job = fmt::format("{}.{}.{}", stored_.run.id, step.name, step.attempt);
  step.status = "running";
  step.error.clear();
  step.started_ms = now_ms_;
  if (definition.tracked && step.tracking_run.empty()) {
    const tracking::NewRun fresh{.experiment_id = {}, .name = fmt::format("{}-{}", stored_.run.pipeline, step.name), .user = "gyre", .start_ms = now_ms_,
                                 .tags = {{"gyre.pipeline", stored_.run.pipeline}, {"gyre.pipeline_run", stored_.run.id}, {"gyre.step", step.name}}};
    step.tracking_run = TRY(service_.tracking_.ensure_run(stored_.run.id + "/" + step.name, stored_.run.pipeline, fresh)).info.id;
    TRY(service_.db_.write([&](sql::Tx& tx) {
      return governance::link(tx, {governance::urn("pipeline-run", stored_.run.id), governance::urn("run", step.tracking_run), "tracked", now_ms_});
    }));
  }
  TRY(save(step, "step.started"));
  return launch(step, definition);
}

fs::path Advance::folder_of(const StepRun& step) const { return service_.options_.folder / stored_.run.id / fmt::format("{}-{}", step.name, step.attempt); }

Result<void> Advance::launch(StepRun& step, const Step& definition) {
  const auto folder = folder_of(step);
  std::error_code ignored;
  fs::remove_all(folder, ignored);  // what an attempt to start left behind
  Result<void> prepared = make_folders(folder / "inputs");
  if (prepared) prepared = make_folders(folder / "outputs");
  if (prepared) prepared = place_code(folder);
  for (const auto& [name, source] : definition.inputs) {
    if (prepared) prepared = place_input(substituted(source), folder / "inputs" / name);
  }
  for (const auto& [name, path] : definition.outputs) {
    const auto target = folder / "outputs" / path;
    if (prepared) prepared = make_folders(path.ends_with('/') ? target : target.parent_path());
  }
  if (prepared) prepared = write_file_durably(folder / "parameters.json", json::encode(parameters_of(definition)));
  if (!prepared) return end_badly(step, definition, prepared.error().message, prepared.error().code == Code::unavailable);

  exec::Spec spec{.job = step.job, .argv = {}, .environment = environment_of(step, definition, folder), .folder = folder, .limits = {definition.timeout_ms, definition.memory_bytes, 0}};
  for (const auto& word : definition.command) spec.argv.push_back(substituted(word));
  if (const auto started = service_.launcher_.start(spec); !started) return end_badly(step, definition, started.error().message, true);
  worked_ = busy_ = true;
  return {};
}

Result<void> Advance::end_well(StepRun& step, const Step& definition) {
  const auto folder = folder_of(step);
  auto outputs = collect_outputs(definition, folder);
  if (!outputs) return end_badly(step, definition, outputs.error().message, outputs.error().code == Code::unavailable);
  step.outputs = std::move(*outputs);
  if (const auto attached = attach_evidence(step, definition); !attached) return end_badly(step, definition, attached.error().message, attached.error().code == Code::unavailable);
  step.status = "succeeded";
  step.finished_ms = now_ms_;
  StringSink log(kKeptLogBytes);
  for (std::int64_t at = 0;;) {
    const auto chunk = TRY(service_.launcher_.logs(step.job, at));
    if (chunk.text.empty() || !log.write(chunk.text)) break;
    at = chunk.next_offset;
  }
  StringSource source(log.text);
  step.log_sha256 = TRY(blob::put_content(service_.blobs_, source)).sha256;
  TRY(save(step, "step.finished"));
  (void)service_.launcher_.remove(step.job);
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  return {};
}

Result<void> Advance::end_badly(StepRun& step, const Step& definition, std::string why, bool may_retry) {
  step.error = std::move(why);
  if (may_retry && step.attempt <= definition.retries) {
    step.status = "waiting";
    step.not_before_ms = now_ms_ + (kFirstRetryMs << std::min(step.attempt, 10));
    next_due_ms_ = std::min(next_due_ms_.value_or(INT64_MAX), step.not_before_ms);
  } else {
    step.status = "failed";
    step.finished_ms = now_ms_;
  }
  return save(step, "step.finished");
}

Result<void> Advance::finish_if_done() {
  auto& run = stored_.run;
  const bool failed = std::ranges::any_of(run.steps, [](const StepRun& step) { return step.status == "failed"; });
  const bool running = std::ranges::any_of(run.steps, [](const StepRun& step) { return step.status == "running"; });
  if (failed && !running) {
    for (auto& step : run.steps) {
      if (step.status != "waiting") continue;
      step.status = "skipped";
      TRY(save(step));
    }
  }
  if (!std::ranges::all_of(run.steps, [](const StepRun& step) { return is_over(step.status); })) return {};
  run.status = failed ? "failed" : "succeeded";
  run.finished_ms = now_ms_;
  json::Array versions;
  for (const auto& step : run.steps) {
    if (step.status == "failed") run.error = fmt::format("step '{}': {}", step.name, step.error);
    const auto* definition = run.definition.step(step.name);
    if (!is_good(step.status) || !definition->registers) continue;
    for (const auto& version : TRY(service_.registry_.versions("", step.tracking_run, 100, 0))) {
      run.versions.push_back({version.model, version.version});
      versions.emplace_back(json::Object{{"model", version.model}, {"version", version.version}});
    }
  }
  worked_ = true;
  return service_.db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(finish_run(tx, run));
    return outbox::publish(tx, now_ms_, "pipeline-run.finished", governance::urn("pipeline-run", run.id),
                           json::Object{{"pipeline", run.pipeline}, {"run", run.id}, {"status", run.status}, {"error", run.error}, {"versions", versions}});
  });
}

std::map<std::string, json::Value> Advance::parameters_of(const Step& definition) const {
  if (!definition.parameters) return stored_.run.parameters;
  std::map<std::string, json::Value> chosen;
  for (const auto& name : *definition.parameters) chosen[name] = stored_.run.parameters.at(name);
  return chosen;
}

std::string Advance::substituted(std::string_view text) const {
  std::string out(text);
  const auto put = [&](const std::string& word, const std::string& value) {
    for (auto at = out.find(word); at != std::string::npos; at = out.find(word, at + value.size())) out.replace(at, word.size(), value);
  };
  put("${commit}", stored_.run.commit.substr(std::min(stored_.run.commit.find('@') + 1, stored_.run.commit.size())));
  for (const auto& [name, value] : stored_.run.parameters) put("${parameters." + name + "}", plain(value));
  return out;
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

// What a step's result depends on: its command, code, parameters and inputs.
Result<std::string> Advance::cache_key(const Step& definition) {
  json::Writer writer;
  writer.begin_array();
  for (const auto& word : definition.command) writer.string(substituted(word));
  for (const auto& file : stored_.code) writer.string(file.path + " " + file.sha256);
  writer.raw(json::encode(parameters_of(definition)));
  writer.raw(json::encode(stored_.run.definition.environment));
  for (const auto& [name, path] : definition.outputs) writer.string(name + " " + path);
  for (const auto& [name, source] : definition.inputs) writer.string(name + " " + TRY(input_identity(substituted(source))));
  writer.end_array();
  return sha256_hex(writer.text());
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
      {"PATH", service_.options_.path},      {"HOME", service_.options_.home},         {"LANG", "C.UTF-8"},
      {"PYTHONUNBUFFERED", "1"},             {"PYTHONDONTWRITEBYTECODE", "1"},         {"GYRE_STEP_RUN", stored_.run.id + "/" + step.name},
      {"GYRE_NOW", to_iso(step.started_ms)}, {"GYRE_PARAMS", folder / "parameters.json"}, {"GYRE_COMMIT", stored_.run.commit},
      {"MLFLOW_TRACKING_URI", service_.options_.tracking_uri}, {"MLFLOW_EXPERIMENT_NAME", stored_.run.pipeline}};
  if (!step.tracking_run.empty()) environment["MLFLOW_RUN_ID"] = step.tracking_run;
  for (const auto& [name, source] : definition.inputs) environment["GYRE_INPUT_" + upper(name)] = (folder / "inputs" / name).string();
  for (const auto& [name, path] : definition.outputs) environment["GYRE_OUTPUT_" + upper(name)] = (folder / "outputs" / path).string();
  for (const auto& [name, value] : parameters_of(definition)) environment["GYRE_PARAM_" + upper(name)] = plain(value);
  for (const auto& [name, value] : stored_.run.definition.environment) environment[name] = substituted(value);
  return environment;
}

Result<std::vector<Output>> Advance::collect_outputs(const Step& definition, const fs::path& folder) {
  std::vector<Output> outputs;
  for (const auto& [name, path] : definition.outputs) {
    auto& output = outputs.emplace_back(name);
    output.folder = path.ends_with('/');
    const auto place = folder / "outputs" / path;
    std::error_code error;
    std::vector<fs::path> files;
    if (output.folder) {
      for (auto at = fs::recursive_directory_iterator(place, error); !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
        if (at->is_regular_file(error)) files.push_back(at->path());
      }
    } else if (fs::is_regular_file(place, error)) {
      files.push_back(place);
    }
    if (files.empty()) return fail(Code::invalid, fmt::format("the step ended well, but did not write its output '{}' ({})", name, path), {}, "write it to $GYRE_OUTPUT_" + upper(name));
    std::ranges::sort(files);
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
  const auto versions = TRY(service_.registry_.versions(definition.registers->model, step.tracking_run, 100, 0));
  if (versions.empty()) {
    return fail(Code::invalid, fmt::format("the step ended well, but registered no version of '{}'", definition.registers->model), {}, "mlflow.register_model(…) within the run that MLFLOW_RUN_ID names");
  }
  for (const auto& version : versions) {
    for (const auto& [kind, name] : definition.registers->evidence) {
      const auto output = std::ranges::find(step.outputs, name, &Output::name);
      const auto& file = output->files.front();
      registry::Evidence evidence{kind, file.sha256, file.size_bytes, {}, now_ms_};
      if (file.path.ends_with(".json")) {
        StringSink sink(1 << 20);
        TRY(blob::get_content(service_.blobs_, file.sha256, {}, sink));
        evidence.body = TRY(json::parse(sink.text));
      }
      TRY(service_.registry_.put_evidence(version.model, version.version, evidence));
    }
    TRY(service_.registry_.put_evidence(version.model, version.version,
                                        {"pipeline-run", "", 0, json::Object{{"run", stored_.run.id}, {"pipeline", stored_.run.pipeline}, {"step", step.name}, {"commit", stored_.run.commit}}, now_ms_}));
    TRY(service_.db_.write([&](sql::Tx& tx) {
      return governance::link(tx, {governance::urn("pipeline-run", stored_.run.id), governance::urn("model-version", version.ref()), "registered", now_ms_});
    }));
  }
  return {};
}

}  // namespace gyre::pipelines
