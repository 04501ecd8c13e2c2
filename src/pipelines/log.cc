// Reading the log of a step: what was kept of attempts that have ended, then what its present job has written.
#include <fmt/format.h>

#include <algorithm>

#include "pipelines/store.h"

namespace gyre::pipelines {
namespace {

// Whether its job may still write: also that of a cancelled step, until it is tidied away.
bool is_live(const StepRun& step) { return step.status == "running" || (step.status == "cancelled" && !step.job.empty()); }
bool is_over(const StepRun& step) { return step.status != "waiting" && !is_live(step); }

}  // namespace

Result<std::int64_t> Service::kept_log_bytes(const StepRun& step) {
  return step.log_sha256.empty() ? 0 : TRY(blobs_.stat(blob::content_key(step.log_sha256))).size_bytes;
}

Result<std::int64_t> Service::live_log_bytes(const StepRun& step) {
  if (!is_live(step)) return 0;
  const auto chunk = launcher_.logs(step.job, 0);
  if (!chunk && chunk.error().code == Code::not_found) return 0;  // about to begin
  if (!chunk) return std::unexpected(chunk.error());
  return chunk->total_bytes;
}

Result<std::int64_t> Service::log_bytes(const StepRun& step) { return TRY(kept_log_bytes(step)) + TRY(live_log_bytes(step)); }

Result<LogPart> Service::log(std::string_view id, std::string_view name, std::int64_t offset, std::size_t limit) {
  const auto run = TRY(this->run(id));
  const auto step = std::ranges::find(run.steps, name, &StepRun::name);
  if (step == run.steps.end()) return fail(Code::not_found, fmt::format("run '{}' has no step '{:.80}'", id, name));
  const auto kept = TRY(kept_log_bytes(*step));
  const auto total = kept + TRY(live_log_bytes(*step));
  limit = std::min(limit, exec::kMaxLogChunkBytes);
  if (offset < 0) offset = std::max<std::int64_t>(0, total + offset);

  LogPart part{.text = {}, .offset = offset, .next_offset = offset, .total_bytes = total, .complete = false};
  if (offset < kept) {
    StringSink sink(exec::kMaxLogChunkBytes);
    TRY(blob::get_content(blobs_, step->log_sha256, {offset, static_cast<std::int64_t>(limit)}, sink));
    part.text = std::move(sink.text);
  } else if (offset < total) {
    auto chunk = launcher_.logs(step->job, offset - kept);
    if (!chunk && chunk.error().code == Code::not_found) return part;  // it has just ended: the next call finds it kept
    if (!chunk) return std::unexpected(chunk.error());
    part.text = std::move(chunk->text);
    part.text.resize(std::min(part.text.size(), limit));
  }
  part.next_offset = offset + static_cast<std::int64_t>(part.text.size());
  part.complete = is_over(*step) && part.next_offset >= total;
  return part;
}

}  // namespace gyre::pipelines
