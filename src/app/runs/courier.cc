#include "app/runs/courier.h"

#include "app/cli/interrupt.h"

namespace gyre::runs {

Courier::Courier(const cli::Invocation& call, RunFolder& folder, Pace pace)
    : folder_(folder), pace_(pace), remote_(call), sync_(remote_, folder.path()), thread_([this] { run(); }) {}

Courier::~Courier() {
  {
    const std::lock_guard lock(mutex_);
    leave_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// Whether it came through.
bool Courier::round(FolderSync::Files files) {
  std::optional<Error> trouble;
  if (const auto synced = folder_.sync(); !synced) trouble = synced.error();
  if (const auto sent = sync_.step(files); !sent) trouble = sent.error();
  const std::lock_guard lock(mutex_);
  trouble_ = trouble;
  return !trouble;
}

void Courier::run() {
  auto files_ns = monotonic_ns();
  for (;;) {
    const bool with_files = monotonic_ns() - files_ns >= pace_.files_each_ms * 1'000'000;
    if (with_files) files_ns = monotonic_ns();
    const bool came = round(with_files ? FolderSync::Files::too : FolderSync::Files::not_yet);
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, std::chrono::milliseconds(came ? pace_.each_ms : pace_.away_each_ms), [this] { return leave_; })) return;
  }
}

Result<Synced> Courier::finish(std::int64_t patience_ms) {
  {
    const std::lock_guard lock(mutex_);
    leave_ = true;
  }
  changed_.notify_all();
  thread_.join();
  auto until_ns = monotonic_ns() + patience_ms * 1'000'000;
  for (;;) {
    folder_.sync();
    const auto done = sync_.all();
    if (done) return sync_.synced();
    if (done.error().code != Code::unavailable || monotonic_ns() > until_ns || cli::interrupted()) return std::unexpected(done.error());
    cli::rest_ms(static_cast<int>(std::min<std::int64_t>(pace_.each_ms, 200)));
  }
}

}  // namespace gyre::runs
