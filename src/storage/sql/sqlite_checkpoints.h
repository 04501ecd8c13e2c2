// When the write-ahead log goes into the database file. Used inside this folder only. https://www.sqlite.org/wal.html#ckpt
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "storage/sql/sqlite_connection.h"

namespace gyre::sql {

// A thread copies pages beside the writer, so that no commit waits for a thousand of them. Under steady writing it never gets to the
// end of the log, which would grow for ever: from kMostPages on the writer copies what little is left, and the log begins anew.
class SqliteCheckpoints {
 public:
  static constexpr int kStepPages = 1000, kMostPages = 4000;  // of 4 KiB

  explicit SqliteCheckpoints(std::unique_ptr<SqliteConnection> connection);
  ~SqliteCheckpoints();

  // Called by the writing thread, outside of a transaction.
  void committed(SqliteConnection& writer);

 private:
  void work();

  int log_pages_ = 0, next_at_ = kStepPages, finish_at_ = kMostPages;  // the writing thread's

  const std::unique_ptr<SqliteConnection> connection_;  // the own thread's
  std::mutex copying_;                                  // of the log into the database
  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = false, closed_ = false;
  std::thread thread_;
};

}  // namespace gyre::sql
