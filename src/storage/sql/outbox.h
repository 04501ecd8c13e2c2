// Events that rooms tell each other: written in the transaction that made them true, delivered at least once afterwards.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "storage/sql/migrate.h"

namespace gyre::outbox {

struct Event {
  std::int64_t seq = 0;  // order of delivery
  TimeMs at_ms = 0;
  std::string topic;    // "<kind>.<what happened>": "commit.created", "run.finished", "alert.opened"
  std::string subject;  // URN of the thing that it is about
  json::Value payload;
};

// Puts an event into the caller's transaction.
Result<void> publish(sql::Tx& tx, TimeMs at_ms, std::string_view topic, std::string_view subject, const json::Value& payload);

// A subscriber is called again with the same event after a failure or a crash, so it must be idempotent.
using Subscriber = std::function<Result<void>(const Event&)>;

// Delivers in order of `seq`, to each named subscriber on its own: each has its own position in the database.
class Dispatcher {
 public:
  explicit Dispatcher(sql::Db& db) : db_(db) {}

  // `topic_prefix` "" takes all. Before the first deliver() only.
  void subscribe(std::string name, std::string topic_prefix, Subscriber subscriber);

  // Hands over what is due now, at most kBatch events a subscriber; returns how many were handed over.
  // A subscriber that fails does not hold up the others; the first failure is returned at the end.
  Result<std::size_t> deliver();

  // Removes events older than kKeptMs that all subscribers have had; returns how many, at most kPurgeBatch.
  Result<std::int64_t> purge(TimeMs now_ms);

  // How far each subscriber is behind the latest event.
  struct Lag {
    std::string subscriber;
    std::int64_t events = 0;
  };
  Result<std::vector<Lag>> lags();

  static constexpr TimeMs kKeptMs = 7 * kDayMs;
  static constexpr std::int64_t kPurgeBatch = 10'000;
  static constexpr std::size_t kBatch = 256;

 private:
  struct Subscription {
    std::string name, topic_prefix;
    Subscriber subscriber;
  };

  sql::Db& db_;
  std::vector<Subscription> subscriptions_;
};

std::span<const sql::Migration> migrations();

}  // namespace gyre::outbox
