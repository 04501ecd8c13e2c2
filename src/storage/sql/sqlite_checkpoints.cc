#include "storage/sql/sqlite_checkpoints.h"

#include <utility>

namespace gyre::sql {

SqliteCheckpoints::SqliteCheckpoints(std::unique_ptr<SqliteConnection> connection) : connection_(std::move(connection)), thread_([this] { work(); }) {}

SqliteCheckpoints::~SqliteCheckpoints() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void SqliteCheckpoints::committed(SqliteConnection& writer) {
  const int pages = writer.log_pages();
  if (pages < std::exchange(log_pages_, pages)) next_at_ = kStepPages, finish_at_ = kMostPages;  // it began anew
  if (pages >= next_at_) {
    next_at_ = pages + kStepPages;
    {
      const std::lock_guard lock(mutex_);
      wanted_ = true;
    }
    changed_.notify_one();
  }
  if (pages >= finish_at_) {
    finish_at_ = pages + kStepPages;        // a reader may hold on to the log
    const std::lock_guard alone(copying_);  // SQLite would turn away the second of two
    writer.checkpoint();
  }
}

void SqliteCheckpoints::work() {
  for (std::unique_lock lock(mutex_);;) {
    changed_.wait(lock, [this] { return wanted_ || closed_; });
    if (closed_) return;
    wanted_ = false;
    lock.unlock();
    {
      const std::lock_guard alone(copying_);
      connection_->checkpoint();
    }
    lock.lock();
  }
}

}  // namespace gyre::sql
