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
constexpr int kMaxBackOff = 10;          // doublings
constexpr int kMaxLost = 3;              // attempts that vanished and are made again
constexpr std::size_t kMaxOutputFiles = 20'000;
constexpr std::string_view kCacheVersion = "2";  // of how keys are made

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

std::string ending_of(const exec::State& state) {
  if (state.phase == exec::Phase::lost) return "lost";
  switch (state.ending) {
    case exec::Ending::exited: return fmt::format("exit {}", state.exit_code);
    case exec::Ending::signalled: return fmt::format("signal {}", state.signal);
    case exec::Ending::timed_out: return "time-out";
    case exec::Ending::out_of_memory: return "memory";
    case exec::Ending::stopped: return "stopped";
    case exec::Ending::too_much_output: return "too much output";
  }
  return "";
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::string plain(const json::Value& value) { return value.if_string() ? *value.if_string() : json::to_text(value); }

}  // namespace

double Advance::cpus_of(const Run& run) {
  double cpus = 0;
  for (const auto& step : run.steps) {
    if (step.status == "running") cpus += run.definition.step(step.name)->cpus;
  }
  return cpus;
}

// What the running steps use has been taken from `cpus_left_` before.
Result<void> Advance::go() {
  for (auto& step : stored_.run.steps) {
    if (step.status != "running") continue;
    const auto* definition = stored_.run.definition.step(step.name);
    TRY(watch(step, *definition));
    if (step.status != "running") cpus_left_ += definition->cpus;
    busy_ |= step.status == "running";
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
    TRY(check_active(tx, stored_.run.id));
    TRY(update_step(tx, stored_.run.id, step));
    if (topic.empty()) return {};
    for (const auto& [name, source] : step.inputs) {
      const auto ref = TRY(datasets::parse_ref(source));
      TRY(governance::link(tx, {datasets::commit_urn(ref.repo, ref.name), governance::urn("pipeline-run", stored_.run.id), "read", now_ms_}));
    }
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
  if (state->started_ms > 0) step.machine_started_ms = state->started_ms;
  step.machine_finished_ms = state->finished_ms > 0 ? state->finished_ms : RealClock().now_ms();
  step.ending = ending_of(*state);
  step.max_memory_bytes = std::max(step.max_memory_bytes, state->max_memory_bytes);
  if (state->phase == exec::Phase::finished && state->ending == exec::Ending::exited && state->exit_code == 0) return end_well(step, definition);
  if (state->phase == exec::Phase::lost && step.lost < kMaxLost) ++step.lost;
  return end_badly(step, definition, why_of(*state), true);
}

Result<void> Advance::begin(StepRun& step, const Step& definition) {
  if (step.not_before_ms > now_ms_) {
    next_due_ms_ = std::min(next_due_ms_.value_or(INT64_MAX), step.not_before_ms);
    return {};
  }
  if (step.cache_key.empty()) {  // nothing that it depends on changes once it is ready
    if (const auto done = pin_inputs(step, definition); !done) return end_badly(step, definition, done.error().message, false);
    const auto key = cache_key(step, definition);
    if (!key) return end_badly(step, definition, key.error().message, key.error().code == Code::unavailable);
    step.cache_key = *key;
    if (cpus_left_ < definition.cpus) TRY(save(step));
  }
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
  if (!step.job.empty()) TRY(service_.remove_job(stored_.run.id, step));  // of the attempt before
  ++step.attempt;
  step.job = fmt::format("{}.{}.{}", stored_.run.id, step.name, step.attempt);
  step.status = "running";
  step.error.clear();
  step.ending.clear();
  step.started_ms = now_ms_;
  step.machine_started_ms = RealClock().now_ms();
  step.machine_finished_ms = 0;
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

Result<void> Advance::launch(StepRun& step, const Step& definition) {
  const auto folder = service_.folder_of(stored_.run.id, step);
  std::error_code ignored;
  fs::remove_all(folder, ignored);  // what an attempt to start left behind
  Result<void> prepared = make_folders(folder / "inputs");
  if (prepared) prepared = make_folders(folder / "outputs");
  if (prepared) prepared = place_code(folder);
  for (const auto& [name, source] : definition.inputs) {
    if (prepared) prepared = place_input(pinned(step, name, source), folder / "inputs" / name);
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
  const auto folder = service_.folder_of(stored_.run.id, step);
  auto outputs = collect_outputs(definition, folder);
  if (!outputs) return end_badly(step, definition, outputs.error().message, outputs.error().code == Code::unavailable);
  step.outputs = std::move(*outputs);
  if (const auto attached = attach_evidence(step, definition); !attached) return end_badly(step, definition, attached.error().message, attached.error().code == Code::unavailable);
  step.status = "succeeded";
  step.finished_ms = now_ms_;
  TRY(service_.keep_log(step, ""));
  return save(step, "step.finished");
}

Result<void> Advance::end_badly(StepRun& step, const Step& definition, std::string why, bool may_retry) {
  step.error = std::move(why);
  const bool again = may_retry && step.attempt <= definition.retries + step.lost;
  if (step.status == "running") {
    TRY(service_.keep_log(step, fmt::format("gyre: attempt {}: {}{}\n", step.attempt, step.error, again ? "; it is made again" : "")));
  }
  if (again) {
    step.status = "waiting";
    step.not_before_ms = now_ms_ + (kFirstRetryMs << std::min(step.attempt, kMaxBackOff));
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
    const auto parameter = word.starts_with(kParameters) ? stored_.run.parameters.find(std::string(word.substr(kParameters.size()))) : stored_.run.parameters.end();
    if (word == "commit") {
      out += stored_.run.commit.substr(std::min(stored_.run.commit.find('@') + 1, stored_.run.commit.size()));
    } else if (parameter != stored_.run.parameters.end()) {
      out += plain(parameter->second);
    } else {
      out.append("${");  // the shell's, perhaps
      text.remove_prefix(open + 2);
      continue;
    }
    text.remove_prefix(close + 1);
  }
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
  writer.string(kCacheVersion);
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
  if (definition.registers) environment["GYRE_MODEL"] = definition.registers->model;
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
    if (files.size() > kMaxOutputFiles) return fail(Code::invalid, fmt::format("the output '{}' has {} files; at most {} are kept", name, files.size(), kMaxOutputFiles), {}, "pack them into one");
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
