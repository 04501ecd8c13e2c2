#include "storage/sql/outbox.h"

#include <algorithm>
#include <map>
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

using Positions = std::map<std::string, std::int64_t, std::less<>>;  // by subscriber; one that is not there has had nothing

Result<Positions> read_positions(sql::Tx& tx) {
  Positions positions;
  TRY(tx.run_with("SELECT subscriber, seq FROM outbox_positions", {},
                  [&](std::span<const sql::Value> row) { positions.emplace(std::get<std::string_view>(row[0]), std::get<std::int64_t>(row[1])); }));
  return positions;
}

std::int64_t position_of(const Positions& positions, std::string_view subscriber) {
  const auto at = positions.find(subscriber);
  return at == positions.end() ? 0 : at->second;
}

Result<std::vector<Row>> due(sql::Tx& tx, std::int64_t after) {
  return tx.select<Row>("SELECT seq, at_ms, topic, subject, payload FROM outbox_events WHERE seq > $1 ORDER BY seq LIMIT $2", after,
                        static_cast<std::int64_t>(Dispatcher::kBatch));
}

Result<void> save(sql::Tx& tx, const Positions& positions) {
  constexpr std::string_view kColumns[] = {"subscriber", "seq"};
  std::vector<sql::Value> rows;
  for (const auto& [subscriber, seq] : positions) rows.insert(rows.end(), {sql::to_value(subscriber), sql::to_value(seq)});
  return tx.insert_many("outbox_positions", kColumns, rows, "ON CONFLICT (subscriber) DO UPDATE SET seq = excluded.seq");
}

// What comes after each of the positions at which somebody stands: most stand at the same.
using Due = std::map<std::int64_t, std::vector<Row>>;

Result<Event> to_event(const Row& row) { return Event{row.seq, row.at_ms, row.topic, row.subject, TRY(json::parse(row.payload))}; }

struct HandedOver {
  std::size_t events = 0;
  std::int64_t reached = 0;  // 0: it had none
  Result<void> outcome;
};

// Up to the first that fails.
HandedOver hand_over(const std::vector<Row>& rows, std::string_view topic_prefix, const Subscriber& subscriber) {
  HandedOver handed;
  for (const auto& row : rows) {
    if (row.topic.starts_with(topic_prefix)) {
      const auto event = to_event(row);
      handed.outcome = event ? subscriber(*event) : std::unexpected(event.error());
      if (!handed.outcome) break;
      ++handed.events;
    }
    handed.reached = row.seq;
  }
  return handed;
}

Result<std::int64_t> last_number(sql::Tx& tx) { return TRY(tx.select<Position>("SELECT last FROM outbox_counter WHERE one = 1")).front().seq; }

}  // namespace

// The counter row is locked until the commit, so that numbers become visible in their order.
Result<void> publish(sql::Tx& tx, TimeMs at_ms, std::string_view topic, std::string_view subject, const json::Value& payload) {
  const auto next = TRY(tx.select<Position>("UPDATE outbox_counter SET last = last + 1 WHERE one = 1 RETURNING last"));
  return tx.exec_late("INSERT INTO outbox_events (seq, at_ms, topic, subject, payload) VALUES ($1, $2, $3, $4, $5)", next.front().seq, at_ms, topic, subject,
                      json::to_text(payload));
}

void Dispatcher::subscribe(std::string name, std::string topic_prefix, Subscriber subscriber) {
  subscriptions_.push_back({std::move(name), std::move(topic_prefix), std::move(subscriber)});
}

Result<std::size_t> Dispatcher::deliver() {
  Positions positions, reached;
  const auto due_now = TRY(db_.read([&](sql::Tx& tx) -> Result<Due> {
    positions = TRY(read_positions(tx));
    Due found;
    for (const auto& [name, prefix, subscriber] : subscriptions_) {
      const auto [at, fresh] = found.try_emplace(position_of(positions, name));
      if (fresh) at->second = TRY(due(tx, at->first));
    }
    return found;
  }));

  std::size_t delivered = 0;
  std::optional<Error> first_failure;
  for (const auto& [name, prefix, subscriber] : subscriptions_) {
    const auto handed = hand_over(due_now.at(position_of(positions, name)), prefix, subscriber);
    delivered += handed.events;
    if (handed.reached > 0) reached[name] = handed.reached;
    if (!handed.outcome && !first_failure) first_failure = within("subscriber '" + name + "'", handed.outcome.error()).error();
  }
  if (!reached.empty()) TRY(db_.write([&](sql::Tx& tx) { return save(tx, reached); }));
  if (first_failure) return std::unexpected(std::move(*first_failure));
  return delivered;
}

Result<std::vector<Dispatcher::Lag>> Dispatcher::lags() {
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Lag>> {
    const auto last = TRY(last_number(tx));
    const auto positions = TRY(read_positions(tx));
    std::vector<Lag> lags;
    for (const auto& subscription : subscriptions_) lags.push_back({subscription.name, last - position_of(positions, subscription.name)});
    return lags;
  });
}

Result<std::int64_t> Dispatcher::purge(TimeMs now_ms) {
  return db_.write([&](sql::Tx& tx) -> Result<std::int64_t> {
    const auto positions = TRY(read_positions(tx));
    std::int64_t had_by_all = INT64_MAX;
    for (const auto& subscription : subscriptions_) had_by_all = std::min(had_by_all, position_of(positions, subscription.name));
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
