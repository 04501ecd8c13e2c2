#include "storage/sql/outbox.h"

#include <algorithm>
#include <optional>

#include "storage/sql/tail.h"

namespace gyre::outbox {
namespace {

constexpr char kTables[] = {
#embed "migrations/0001_outbox.sql"
};

struct Row {
  std::int64_t seq, at_ms;
  std::string topic, subject, payload;
};

struct Position {
  std::int64_t seq;
};

Result<std::int64_t> position_of(sql::Tx& tx, std::string_view subscriber) {
  const auto found = TRY(tx.select_one<Position>("SELECT seq FROM outbox_positions WHERE subscriber = $1", subscriber));
  return found ? found->seq : 0;
}

Result<std::vector<Row>> due(sql::Tx& tx, std::int64_t after) {
  return tx.select<Row>("SELECT seq, at_ms, topic, subject, payload FROM outbox_events WHERE seq > $1 ORDER BY seq LIMIT $2", after,
                        static_cast<std::int64_t>(Dispatcher::kBatch));
}

Result<void> save_position(sql::Db& db, std::string_view subscriber, std::int64_t seq) {
  return db.write([&](sql::Tx& tx) {
    return tx.exec("INSERT INTO outbox_positions (subscriber, seq) VALUES ($1, $2) ON CONFLICT (subscriber) DO UPDATE SET seq = excluded.seq", subscriber, seq);
  });
}

Result<std::int64_t> last_number(sql::Tx& tx) { return TRY(tx.select<Position>("SELECT last FROM outbox_counter WHERE one = 1")).front().seq; }

Result<Event> to_event(const Row& row) { return Event{row.seq, row.at_ms, row.topic, row.subject, TRY(json::parse(row.payload))}; }

}  // namespace

// The counter row is locked until the commit, so that numbers become visible in their order.
Result<void> publish(sql::Tx& tx, TimeMs at_ms, std::string_view topic, std::string_view subject, const json::Value& payload) {
  const auto next = TRY(tx.select<Position>("UPDATE outbox_counter SET last = last + 1 WHERE one = 1 RETURNING last"));
  return tx.exec("INSERT INTO outbox_events (seq, at_ms, topic, subject, payload) VALUES ($1, $2, $3, $4, $5)", next.front().seq, at_ms, topic, subject,
                 json::to_text(payload));
}

void Dispatcher::subscribe(std::string name, std::string topic_prefix, Subscriber subscriber) {
  subscriptions_.push_back({std::move(name), std::move(topic_prefix), std::move(subscriber)});
}

Result<std::size_t> Dispatcher::deliver() {
  std::size_t delivered = 0;
  std::optional<Error> first_failure;
  for (const auto& subscription : subscriptions_) {
    const auto outcome = deliver_to(subscription, delivered);
    if (!outcome && !first_failure) first_failure = within("subscriber '" + subscription.name + "'", outcome.error()).error();
  }
  if (first_failure) return std::unexpected(std::move(*first_failure));
  return delivered;
}

Result<void> Dispatcher::deliver_to(const Subscription& subscription, std::size_t& delivered) {
  std::int64_t after = 0;
  const auto rows = TRY(db_.read([&](sql::Tx& tx) -> Result<std::vector<Row>> {
    after = TRY(position_of(tx, subscription.name));
    return due(tx, after);
  }));
  auto reached = after;
  Result<void> outcome;
  for (const auto& row : rows) {
    if (row.topic.starts_with(subscription.topic_prefix)) {
      outcome = subscription.subscriber(TRY(to_event(row)));
      if (!outcome) break;
      ++delivered;
    }
    reached = row.seq;
  }
  if (reached != after) TRY(save_position(db_, subscription.name, reached));
  return outcome;
}

Result<std::vector<Dispatcher::Lag>> Dispatcher::lags() {
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Lag>> {
    const auto last = TRY(last_number(tx));
    std::vector<Lag> lags;
    for (const auto& subscription : subscriptions_) lags.push_back({subscription.name, last - TRY(position_of(tx, subscription.name))});
    return lags;
  });
}

Result<std::int64_t> Dispatcher::purge(TimeMs now_ms) {
  return db_.write([&](sql::Tx& tx) -> Result<std::int64_t> {
    std::int64_t had_by_all = INT64_MAX;
    for (const auto& subscription : subscriptions_) had_by_all = std::min(had_by_all, TRY(position_of(tx, subscription.name)));
    TRY(tx.exec("DELETE FROM outbox_events WHERE seq IN (SELECT seq FROM outbox_events WHERE seq <= $1 AND at_ms < $2 ORDER BY seq LIMIT $3)", had_by_all,
                now_ms - kKeptMs, kPurgeBatch));
    return tx.changed_rows();
  });
}

Result<void> Tail::begin() {
  position_ = TRY(db_.read(last_number));
  return {};
}

Result<std::vector<Event>> Tail::next() {
  std::vector<Event> events;
  for (const auto& row : TRY(db_.read([&](sql::Tx& tx) { return due(tx, position_); }))) events.push_back(TRY(to_event(row)));
  if (!events.empty()) position_ = events.back().seq;
  return events;
}

Result<std::int64_t> Tail::lag() { return TRY(db_.read(last_number)) - position_; }

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"outbox/0001_outbox", {kTables, sizeof kTables}}};
  return kAll;
}

}  // namespace gyre::outbox
