#include "storage/blob/write_behind.h"

#include <fcntl.h>

#include <algorithm>

namespace gyre::blob {
namespace {

constexpr std::int64_t kDiskBeginsBytes = 8 << 20;

}  // namespace

WriteBehind::~WriteBehind() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<void> WriteBehind::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto fits = std::min(bytes.size(), kBlockBytes - filling_.size());
    filling_.append(bytes.substr(0, fits));
    bytes.remove_prefix(fits);
    if (filling_.size() == kBlockBytes) TRY(hand_over());
  }
  return {};
}

bool WriteBehind::has_thread() try {
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  return true;
} catch (const std::system_error&) {  // the machine has no thread to give
  return false;
}

Result<void> WriteBehind::hand_over() {
  if (!has_thread()) return write_here();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !full_; });
  if (!outcome_) return outcome_;
  std::swap(filling_, writing_);
  filling_.clear();
  full_ = true;
  changed_.notify_all();
  return {};
}

Result<void> WriteBehind::finish() {
  if (thread_.joinable()) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !full_; });
    if (!outcome_) return outcome_;
  }
  return write_here();
}

Result<void> WriteBehind::write_here() {
  TRY(write_out(filling_));
  filling_.clear();
  return {};
}

void WriteBehind::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return full_ || ended_; });
    if (ended_) return;
    lock.unlock();
    auto outcome = write_out(writing_);
    lock.lock();
    if (outcome_) outcome_ = std::move(outcome);
    full_ = false;
    changed_.notify_all();
  }
}

Result<void> WriteBehind::write_out(std::string_view block) {
  TRY(write_fully(fd_.get(), block, path_));
  written_ += static_cast<std::int64_t>(block.size());
  if (written_ - begun_ < kDiskBeginsBytes) return {};
  ::sync_file_range(fd_.get(), begun_, written_ - begun_, SYNC_FILE_RANGE_WRITE);  // a hint: what fails shows at the sync
  begun_ = written_;
  return {};
}

}  // namespace gyre::blob
