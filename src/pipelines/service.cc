#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/decode.h"
#include "base/file.h"
#include "base/log.h"
#include "base/nearest.h"
#include "governance/governance.h"
#include "pipelines/advance.h"
#include "pipelines/cron.h"
#include "pipelines/names.h"
#include "pipelines/store.h"

namespace gyre::pipelines {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxCodeFiles = 2000;
constexpr std::uintmax_t kMaxCodeBytes = 64 << 20;

bool is_left_out(std::string_view name) { return name.starts_with('.') || name == "__pycache__" || name == "node_modules" || name.ends_with(".pyc"); }

// Keeps the code by content, so that a run uses what was applied and not what the folder holds later.
Result<std::vector<CodeFile>> keep_code(blob::Store& blobs, const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return fail(Code::not_found, fmt::format("the code folder '{}' is not there", folder.string()));
  std::vector<fs::path> found;  // counted before any of it is kept
  std::uintmax_t bytes = 0;
  for (auto at = fs::recursive_directory_iterator(folder, error); !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (is_left_out(at->path().filename().string())) {
      at.disable_recursion_pending();
      continue;
    }
    if (!at->is_regular_file(error)) continue;
    bytes += at->file_size(error);
    found.push_back(at->path());
    if (found.size() > kMaxCodeFiles || bytes > kMaxCodeBytes) {
      return fail(Code::invalid, fmt::format("the code folder '{}' has more than {} files or {} bytes", folder.string(), kMaxCodeFiles, kMaxCodeBytes), {},
                  "set 'code' to a folder of the scripts alone");
    }
  }
  if (error)
    return fail(Code::unavailable, fmt::format("the code folder '{}' cannot be read through: {}", folder.string(), error.message()), {},
                "give this user read access to all of it");
  std::vector<CodeFile> files;
  for (const auto& path : found) {
    const auto content = TRY(blob::put_file_content(blobs, path));
    files.push_back({path.lexically_relative(folder).generic_string(), content.sha256, ::access(path.c_str(), X_OK) == 0});
  }
  std::ranges::sort(files, {}, &CodeFile::path);
  return files;
}

Result<std::optional<TimeMs>> next_run(const Definition& definition, TimeMs after_ms) {
  if (!definition.schedule) return std::nullopt;
  if (definition.schedule->every_ms > 0) return (after_ms / definition.schedule->every_ms + 1) * definition.schedule->every_ms;
  return TRY(next_cron(definition.schedule->cron, after_ms));
}

bool is_worth_another_try(const Error& error) { return error.code == Code::unavailable || error.code == Code::exhausted || error.code == Code::conflict; }

}  // namespace

Result<Pipeline> Service::apply(std::string_view name, const json::Value& value, const fs::path& folder, std::string_view actor) {
  const auto definition = TRY(read_definition(value));
  TRY(check_names(definition, value, datasets_));
  const auto code = TRY(keep_code(blobs_, folder / definition.code));
  const auto text = json::to_text(value);
  const auto now_ms = clock_.now_ms();
  const auto next = TRY(next_run(definition, now_ms));
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    const auto there = TRY(select_pipelines(tx, name));
    const bool same = !there.empty() && json::to_text(there.front().definition_value) == text && json::encode(TRY(select_code(tx, name))) == json::encode(code);
    if (same) return {};
    TRY(put_pipeline(tx, name, text, code, now_ms, next));
    const auto urn = governance::urn("pipeline", name);
    TRY(governance::put_node(tx, {urn, "pipeline", std::string(name), now_ms, {}}));
    return governance::audit(tx, {now_ms, std::string(actor), there.empty() ? "pipeline.create" : "pipeline.change", urn,
                                  json::Object{{"steps", static_cast<std::int64_t>(definition.steps.size())}}});
  }));
  return pipeline(name);
}

Result<std::vector<Pipeline>> Service::list() {
  return db_.read([](sql::Tx& tx) { return select_pipelines(tx, ""); });
}

Result<Pipeline> Service::pipeline(std::string_view name) {
  auto found = TRY(db_.read([&](sql::Tx& tx) { return select_pipelines(tx, name); }));
  if (found.empty() || name.empty())
    return fail(Code::not_found, fmt::format("there is no pipeline '{:.80}'", name), {}, "gyre pipe apply gyre.yaml makes those of a project file");
  return std::move(found.front());
}

Result<std::string> Service::start(const Start& start) {
  const auto pipeline = TRY(this->pipeline(start.pipeline));
  Run run;
  run.id = make_id("pr");
  run.pipeline = pipeline.name;
  run.status = "running";
  run.trigger = start.trigger;
  run.key = start.key;
  run.created_ms = clock_.now_ms();
  run.machine_created_ms = RealClock().now_ms();
  run.definition = pipeline.definition;
  run.parameters = pipeline.definition.parameters;
  for (const auto& [name, value] : start.parameters) {
    if (!run.parameters.contains(name)) {
      std::vector<std::string> known;
      for (const auto& [parameter, preset] : pipeline.definition.parameters) known.push_back(parameter);
      return fail(Code::invalid, fmt::format("pipeline '{}' has no parameter '{:.80}'", pipeline.name, name), {}, did_you_mean(name, known));
    }
    run.parameters[name] = value;
  }
  for (const auto& step : pipeline.definition.steps) {
    run.steps.emplace_back().name = step.name;
    run.steps.back().status = "waiting";
  }
  if (const auto repository = repository_of(pipeline.definition); !repository.empty()) {
    if (TRY(datasets_.refs(repository)).empty())
      return fail(Code::not_found, fmt::format("no commit yet on {}@{}", repository, datasets::kMainBranch), {},
                  fmt::format("gyre repo put {}@{}/PATH FILE makes one", repository, datasets::kMainBranch));
    run.commit = fmt::format("{}@{}", repository, TRY(datasets_.resolve(repository)).commit.id);
  }
  return db_.write([&](sql::Tx& tx) -> Result<std::string> {
    if (!run.key.empty()) {
      if (auto there = TRY(find_run_by_key(tx, run.key))) return *std::move(there);
    }
    if (TRY(count_active(tx, "")) >= static_cast<std::int64_t>(kMaxActiveRuns)) {
      return fail(Code::exhausted, fmt::format("{} pipeline runs are going on, which is as many as may", kMaxActiveRuns), {},
                  "wait for one to end, or cancel one");
    }
    TRY(insert_run(tx, run, pipeline.definition_value, TRY(select_code(tx, pipeline.name))));
    const auto urn = governance::urn("pipeline-run", run.id);
    TRY(governance::put_node(tx, {urn, "pipeline-run", run.id, run.created_ms, json::Object{{"pipeline", run.pipeline}, {"trigger", run.trigger}}}));
    TRY(governance::link(tx, {governance::urn("pipeline", run.pipeline), urn, "ran", run.created_ms}));
    if (!run.commit.empty()) TRY(governance::link(tx, {governance::urn("commit", run.commit), urn, "read", run.created_ms}));
    TRY(governance::audit(tx, {run.created_ms, start.trigger, "pipeline-run.start", urn, {}}));
    TRY(outbox::publish(tx, run.created_ms, "pipeline-run.started", urn, json::Object{{"pipeline", run.pipeline}, {"run", run.id}, {"trigger", run.trigger}}));
    return run.id;
  });
}

Result<Run> Service::run(std::string_view id) {
  return TRY(db_.read([&](sql::Tx& tx) { return select_run(tx, id); })).run;
}

Result<std::vector<Run>> Service::runs(std::string_view pipeline, std::size_t limit, std::string_view before) {
  return db_.read([&](sql::Tx& tx) { return select_runs(tx, pipeline, limit, before); });
}

Result<std::int64_t> Service::count_runs(std::string_view pipeline) {
  return db_.read([&](sql::Tx& tx) { return count_runs_of(tx, pipeline); });
}

Result<std::int64_t> Service::count_active_runs(std::string_view pipeline) {
  return db_.read([&](sql::Tx& tx) { return count_active(tx, pipeline); });
}

Result<Summary> Service::summary(std::string_view pipeline) {
  return db_.read([&](sql::Tx& tx) { return select_summary(tx, pipeline); });
}

Result<std::map<std::string, std::vector<RegisteredVersion>>> Service::trained_on(const std::vector<std::string>& commits) {
  return db_.read([&](sql::Tx& tx) { return select_trained_on(tx, commits); });
}

// The wish is durable first; the duty stops what runs, and goes on stopping it after a crash.
Result<void> Service::cancel(std::string_view id, std::string_view actor) {
  std::vector<std::string> jobs;
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    jobs.clear();
    auto run = TRY(select_run(tx, id)).run;
    if (run.status != "running") return {};
    run.status = "cancelled";
    run.error = fmt::format("cancelled by {}", actor);
    run.finished_ms = clock_.now_ms();
    for (auto& step : run.steps) {
      if (step.status != "waiting" && step.status != "running") continue;
      if (step.status == "running") jobs.push_back(step.job);
      step.status = "cancelled";
      step.finished_ms = run.finished_ms;
      TRY(update_step(tx, run.id, step));
    }
    TRY(finish_run(tx, run));
    const auto urn = governance::urn("pipeline-run", run.id);
    TRY(governance::audit(tx, {run.finished_ms, std::string(actor), "pipeline-run.cancel", urn, {}}));
    return outbox::publish(tx, run.finished_ms, "pipeline-run.finished", urn,
                           json::Object{{"pipeline", run.pipeline}, {"run", run.id}, {"status", run.status}, {"versions", json::Array{}}});
  }));
  for (const auto& job : jobs) (void)launcher_.stop(job, exec::kDefaultGraceMs);
  return {};
}

namespace {

// The pipeline run whose step reports to that run of tracking; nothing where a tag claims it and it is not so.
Result<std::optional<std::string>> owner_of(Service& pipelines, const tracking::Run& tracked) {
  const auto tag = std::ranges::find(tracked.tags, "gyre.pipeline_run", &tracking::Tag::key);
  if (tag == tracked.tags.end()) return std::nullopt;
  const auto owner = pipelines.run(tag->value);
  if (!owner && owner.error().code == Code::not_found) return std::nullopt;
  if (!owner) return std::unexpected(owner.error());
  const bool is_its = std::ranges::find(owner->steps, tracked.info.id, &StepRun::tracking_run) != owner->steps.end();
  return is_its ? std::optional(owner->id) : std::nullopt;
}

// Who is asked to stop and is a job of ours, is stopped.
Result<void> obey_stop(Service& pipelines, tracking::Service& tracking, const outbox::Event& event) {
  const auto tracked = tracking.run(event.payload["run"].string_or(""));
  if (!tracked && tracked.error().code == Code::not_found) return {};
  if (!tracked) return std::unexpected(tracked.error());
  const auto owner = TRY(owner_of(pipelines, *tracked));
  return owner ? pipelines.cancel(*owner, event.payload["by"].string_or("")) : Result<void>();
}

}  // namespace

Result<void> Service::on_event(const outbox::Event& event) {
  if (event.topic == "run.stop") TRY(obey_stop(*this, tracking_, event));
  for (const auto& pipeline : TRY(list())) {
    for (const auto& trigger : pipeline.definition.on) {
      if (trigger.event != event.topic || (!trigger.repo.empty() && event.payload["repo"].string_or("") != trigger.repo)) continue;
      const auto started = start({pipeline.name, {}, "event " + event.topic, fmt::format("event-{}-{}", event.seq, pipeline.name)});
      if (started) continue;
      if (is_worth_another_try(started.error())) return std::unexpected(started.error());
      log::report(log::Level::warn, fmt::format("the event {} could not start pipeline '{}'", event.topic, pipeline.name), started.error());
    }
  }
  return {};
}

// A moment that finds the pipeline still running is left out.
Result<void> Service::start_from_schedule(const Pipeline& pipeline) {
  if (TRY(count_active_runs(pipeline.name)) > 0) {
    log::info("a scheduled run was left out: the one before it still runs", {{"pipeline", pipeline.name}});
    return {};
  }
  TRY(start({pipeline.name, {}, "schedule", fmt::format("schedule-{}-{}", pipeline.name, *pipeline.next_run_ms)}));
  return {};
}

Result<bool> Service::start_scheduled(TimeMs now_ms, DutyState& state) {
  bool worked = false;
  for (const auto& pipeline : TRY(list())) {
    if (!pipeline.next_run_ms) continue;
    auto next = pipeline.next_run_ms;
    if (*next <= now_ms) {
      if (const auto started = start_from_schedule(pipeline); !started)
        log::report(log::Level::warn, fmt::format("the schedule could not start pipeline '{}'", pipeline.name), started.error());
      next = TRY(next_run(pipeline.definition, now_ms));  // those missed while the server was away are not made up for
      TRY(db_.write([&](sql::Tx& tx) { return set_next_run(tx, pipeline.name, next); }));
      worked = true;
    }
    state.due_at(*next);
  }
  return worked;
}

Result<DutyState> Service::run_due(TimeMs now_ms) {
  DutyState state;
  state.worked = TRY(start_scheduled(now_ms, state));
  TRY(tidy_all(state));
  std::optional<Error> trouble;  // of the first run that has some; the others go on
  std::vector<StoredRun> active;
  for (const auto& id : TRY(db_.read([](sql::Tx& tx) { return select_active(tx); }))) {
    auto stored = db_.read([&](sql::Tx& tx) { return select_run(tx, id); });
    if (stored) active.push_back(std::move(*stored));
    if (!stored && !trouble) trouble = stored.error();
  }
  double cpus_left = options_.cpus;
  for (const auto& stored : active) cpus_left -= Advance::cpus_of(stored.run);
  std::map<std::string, std::int64_t> going;
  for (auto& stored : active) {
    const auto most = stored.run.definition.max_active_runs;
    if (most && ++going[stored.run.pipeline] > *most) continue;
    Advance advance(*this, std::move(stored), now_ms, cpus_left);
    const auto done = advance.go();
    if (!done && done.error().code != Code::cancelled && !trouble) trouble = done.error();
    state.add(advance.state());
  }
  if (trouble) return std::unexpected(*trouble);
  return state;
}

}  // namespace gyre::pipelines
