// What is left to do when a step has ended: its log is kept, its job and folder go. The step's row names its job for as
// long as that is not done, so that a crash leaves nothing behind.
#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "pipelines/store.h"

namespace gyre::pipelines {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kKeptLogBytes = 64 << 20;
constexpr std::string_view kCut = "\ngyre: the rest of this log is not kept\n";

std::string_view tracked_status(std::string_view step_status) {
  return step_status == "succeeded" ? "FINISHED" : step_status == "cancelled" ? "KILLED" : "FAILED";
}

}  // namespace

// One text of all attempts: what was kept before, then the output of the step's present job, then `footer`.
Result<void> Service::keep_log(StepRun& step, std::string_view footer) {
  StringSink sink(static_cast<std::size_t>(kKeptLogBytes) * 2);
  if (!step.log_sha256.empty()) TRY(blob::get_content(blobs_, step.log_sha256, {}, sink));
  auto& text = sink.text;
  for (std::int64_t at = 0;;) {
    const auto chunk = launcher_.logs(step.job, at);
    if (!chunk && chunk.error().code == Code::not_found) break;
    if (!chunk) return std::unexpected(chunk.error());
    if (chunk->text.empty()) break;
    if (static_cast<std::int64_t>(text.size() + chunk->text.size()) > kKeptLogBytes) {
      text += kCut;
      break;
    }
    text += chunk->text;
    at = chunk->next_offset;
  }
  text += footer;
  StringSource source(text);
  step.log_sha256 = TRY(blob::put_content(blobs_, source)).sha256;
  return {};
}

fs::path Service::folder_of(std::string_view run, const StepRun& step) const { return options_.folder / run / fmt::format("{}-{}", step.name, step.attempt); }

Result<void> Service::remove_job(std::string_view run, const StepRun& step) {
  if (!step.job.empty()) TRY(launcher_.remove(step.job));
  std::error_code ignored;
  fs::remove_all(folder_of(run, step), ignored);
  fs::remove(options_.folder / run, ignored);  // when it is empty
  return {};
}

// False while its job still runs.
Result<bool> Service::tidy(std::string_view run, StepRun step) {
  const auto state = launcher_.poll(step.job);
  if (!state && state.error().code != Code::not_found) return std::unexpected(state.error());
  if (state && state->phase == exec::Phase::running) {
    TRY(launcher_.stop(step.job, exec::kDefaultGraceMs));
    return false;
  }
  if (step.status == "cancelled") TRY(keep_log(step, "gyre: cancelled\n"));
  if (!step.tracking_run.empty()) {
    const auto tracked = tracking_.run(step.tracking_run);
    if (tracked && tracked->info.status == "RUNNING")
      TRY(tracking_.update_run(step.tracking_run, {.status = std::string(tracked_status(step.status)), .name = {}, .end_ms = step.finished_ms}));
  }
  TRY(remove_job(run, step));
  TRY(db_.write([&](sql::Tx& tx) { return forget_job(tx, run, step); }));
  return true;
}

Result<void> Service::tidy_all(DutyState& state) {
  for (auto& [run, step] : TRY(db_.read([](sql::Tx& tx) { return select_untidy(tx); }))) {
    const auto done = tidy(run, std::move(step));
    if (!done) log::report(log::Level::warn, fmt::format("tidying up after a step of {} failed", run), done.error());
    state.worked |= done.value_or(false);
    state.busy |= done && !*done;
  }
  return {};
}

}  // namespace gyre::pipelines
