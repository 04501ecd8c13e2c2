// The states of a run's steps: waiting, running, over; and of the run when they are.
#include "pipelines/advance.h"

#include <fmt/format.h>

#include <algorithm>

#include "governance/governance.h"

namespace gyre::pipelines {
namespace {

constexpr std::int64_t kFirstRetryMs = 1000;
constexpr int kMaxBackOff = 10;  // doublings
constexpr int kMaxLost = 3;      // attempts that vanished and are made again

bool is_over(std::string_view status) { return status != "waiting" && status != "running"; }
bool is_good(std::string_view status) { return status == "succeeded" || status == "cached"; }

// What went wrong and what to do about it, as one sentence: it is all that people see of it.
std::string with_remedy(const Error& error) { return error.fix.empty() ? error.message : fmt::format("{} ({})", error.message, error.fix); }

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
    state_.busy |= step.status == "running";
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
  state_.worked = true;
  return service_.db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(check_active(tx, stored_.run.id));
    TRY(update_step(tx, stored_.run.id, step));
    if (topic.empty()) return {};
    for (const auto& [name, source] : step.inputs) {
      const auto ref = TRY(datasets::parse_ref(source));
      TRY(governance::link(tx, {datasets::commit_urn(ref.repo, ref.name), governance::urn("pipeline-run", stored_.run.id), "read", now_ms_}));
    }
    return outbox::publish(
        tx, now_ms_, topic, governance::urn("step", stored_.run.id + "/" + step.name),
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
  if (step.not_before_ms > now_ms_) return state_.due_at(step.not_before_ms), Result<void>();
  if (step.cache_key.empty()) {  // nothing that it depends on changes once it is ready
    if (const auto done = pin_inputs(step, definition); !done) return end_badly(step, definition, with_remedy(done.error()), false);
    const auto key = cache_key(step, definition);
    if (!key) return end_badly(step, definition, with_remedy(key.error()), key.error().code == Code::unavailable);
    step.cache_key = *key;
    if (cpus_left_ < definition.cpus) TRY(save(step));
  }
  if (definition.cache && step.attempt == 0 && TRY(take_from_cache(step))) return {};
  if (cpus_left_ < definition.cpus && cpus_left_ < service_.options_.cpus) {  // a step larger than the budget runs alone
    state_.busy = true;
    return {};
  }
  cpus_left_ -= definition.cpus;
  return begin_attempt(step, definition);
}

// Whether an earlier success with this key stands in for it.
Result<bool> Advance::take_from_cache(StepRun& step) {
  auto hit = TRY(service_.db_.read([&](sql::Tx& tx) { return find_cached(tx, step.cache_key); }));
  if (!hit) return false;
  step.status = "cached";
  step.cached_from = hit->run;
  step.tracking_run = hit->step.tracking_run;
  step.outputs = std::move(hit->step.outputs);
  step.started_ms = step.finished_ms = now_ms_;
  TRY(save(step, "step.finished"));
  return true;
}

Result<void> Advance::begin_attempt(StepRun& step, const Step& definition) {
  if (!step.job.empty()) TRY(service_.remove_job(stored_.run.id, step));  // of the attempt before
  ++step.attempt;
  step.job = fmt::format("{}.{}.{}", stored_.run.id, step.name, step.attempt);
  step.status = "running";
  step.error.clear();
  step.ending.clear();
  step.started_ms = now_ms_;
  step.machine_started_ms = RealClock().now_ms();
  step.machine_finished_ms = 0;
  if (definition.tracked && step.tracking_run.empty()) step.tracking_run = TRY(tracking_run_for(step));
  TRY(save(step, "step.started"));
  return launch(step, definition);
}

Result<std::string> Advance::tracking_run_for(const StepRun& step) {
  const auto& run = stored_.run;
  const tracking::NewRun fresh{.experiment_id = {},
                               .name = fmt::format("{}-{}", run.pipeline, step.name),
                               .user = "gyre",
                               .start_ms = now_ms_,
                               .tags = {{"gyre.pipeline", run.pipeline}, {"gyre.pipeline_run", run.id}, {"gyre.step", step.name}}};
  auto id = TRY(service_.tracking_.ensure_run(run.id + "/" + step.name, run.pipeline, fresh)).info.id;
  TRY(service_.db_.write(
      [&](sql::Tx& tx) { return governance::link(tx, {governance::urn("pipeline-run", run.id), governance::urn("run", id), "tracked", now_ms_}); }));
  return id;
}

Result<void> Advance::launch(StepRun& step, const Step& definition) {
  const auto folder = service_.folder_of(stored_.run.id, step);
  if (const auto prepared = prepare_folder(step, definition, folder); !prepared)
    return end_badly(step, definition, with_remedy(prepared.error()), prepared.error().code == Code::unavailable);
  exec::Spec spec{.job = step.job,
                  .argv = {},
                  .environment = environment_of(step, definition, folder),
                  .folder = folder,
                  .limits = {definition.timeout_ms, definition.memory_bytes, definition.cpus}};
  for (const auto& word : definition.command) spec.argv.push_back(substituted(word));
  if (const auto started = service_.launcher_.start(spec); !started) return end_badly(step, definition, with_remedy(started.error()), true);
  state_.worked = state_.busy = true;
  return {};
}

Result<void> Advance::end_well(StepRun& step, const Step& definition) {
  const auto folder = service_.folder_of(stored_.run.id, step);
  auto outputs = collect_outputs(definition, folder);
  if (!outputs) return end_badly(step, definition, with_remedy(outputs.error()), outputs.error().code == Code::unavailable);
  step.outputs = std::move(*outputs);
  if (const auto attached = attach_evidence(step, definition); !attached)
    return end_badly(step, definition, with_remedy(attached.error()), attached.error().code == Code::unavailable);
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
    state_.due_at(step.not_before_ms);
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
    for (const auto& version : TRY(service_.registry_.versions("", step.tracking_run, kMaxVersionsOfStep, 0))) {
      run.versions.push_back({version.model, version.version});
      versions.emplace_back(json::Object{{"model", version.model}, {"version", version.version}});
    }
  }
  state_.worked = true;
  return service_.db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(check_active(tx, run.id));
    TRY(finish_run(tx, run));
    return outbox::publish(tx, now_ms_, "pipeline-run.finished", governance::urn("pipeline-run", run.id),
                           json::Object{{"pipeline", run.pipeline}, {"run", run.id}, {"status", run.status}, {"error", run.error}, {"versions", versions}});
  });
}

}  // namespace gyre::pipelines
