// Events for what only shows them: each server shows all, whoever hands them to rooms.
#pragma once

#include <atomic>

#include "storage/sql/outbox.h"

namespace gyre::outbox {

// Follows the events of all servers from begin() on; its position is in memory. next() is for one thread, lag() for any.
class Tail {
 public:
  explicit Tail(sql::Db& db) : db_(db) {}
  Result<void> begin();
  // In order, at most Dispatcher::kBatch.
  Result<std::vector<Event>> next();
  Result<std::int64_t> lag();

 private:
  sql::Db& db_;
  std::atomic<std::int64_t> position_ = 0;
};

}  // namespace gyre::outbox
