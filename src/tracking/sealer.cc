#include "tracking/sealer.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/sql/lists.h"
#include "tracking/chunk_store.h"
#include "tracking/tail.h"

namespace gyre::tracking {
namespace {

struct Unsealed {
  TailPoints points;
  std::vector<std::int64_t> numbers;  // of the batches
  std::int64_t count = 0;
  bool more = false;
};

// A batch stays in the tail as long as it owes something to its series.
constexpr std::string_view kPaid = "NOT EXISTS (SELECT 1 FROM metric_owed AS o WHERE o.run_id = t.run_id AND o.number = t.number)";

// Which ones first: a database that sends all that it finds sends no body in vain.
Result<Unsealed> read_numbers(sql::Tx& tx, std::string_view run_id) {
  struct Row {
    std::int64_t number, points;
  };
  Unsealed unsealed;
  static const auto kText = fmt::format("SELECT number, points FROM metric_tail AS t WHERE run_id = $1 AND {} ORDER BY number LIMIT $2", kPaid);
  const auto rows = TRY(tx.select<Row>(kText, run_id, kMaxSealedBatches));
  for (const auto& [number, points] : rows) {
    if (unsealed.count >= kMaxSealedPoints) break;
    unsealed.numbers.push_back(number);
    unsealed.count += points;
  }
  unsealed.more = unsealed.numbers.size() < rows.size() || static_cast<std::int64_t>(rows.size()) == kMaxSealedBatches;
  return unsealed;
}

Result<Unsealed> read_unsealed(sql::Tx& tx, std::string_view run_id) {
  auto unsealed = TRY(read_numbers(tx, run_id));
  if (unsealed.numbers.empty()) return unsealed;
  static const auto kText = fmt::format("SELECT body FROM metric_tail AS t WHERE run_id = $1 AND number BETWEEN $2 AND $3 AND {} ORDER BY number", kPaid);
  Result<void> unpacked;
  const sql::Value args[] = {sql::to_value(run_id), sql::to_value(unsealed.numbers.front()), sql::to_value(unsealed.numbers.back())};
  TRY(tx.run_with(kText, args, [&](std::span<const sql::Value> row) {
    if (unpacked) unpacked = unpack_tail(std::get<sql::Bytes>(row[0]).view, unsealed.points);
  }));
  TRY(unpacked);
  return unsealed;
}

constexpr std::size_t kBatchesRemoved = 64;  // by one statement

// Fails unless every one of them was still there: what is sealed is taken out once.
Result<void> remove_batches(sql::Tx& tx, std::string_view run_id, std::span<const std::int64_t> numbers) {
  static const auto kRemoval = fmt::format("DELETE FROM metric_tail WHERE run_id = $1 AND number IN ({})", sql::places(kBatchesRemoved, 2));
  while (!numbers.empty()) {
    const auto block = numbers.first(std::min(kBatchesRemoved, numbers.size()));
    std::vector<sql::Value> args(1 + kBatchesRemoved, sql::to_value(block.back()));  // a short block is filled up with its last
    args[0] = sql::to_value(run_id);
    std::ranges::transform(block, args.begin() + 1, [](std::int64_t number) { return sql::to_value(number); });
    TRY(tx.run_with(kRemoval, args, [](std::span<const sql::Value>) {}));
    if (tx.changed_rows() != static_cast<std::int64_t>(block.size())) return fail(Code::conflict, "another server sealed these points");
    numbers = numbers.subspan(block.size());
  }
  return {};
}

struct Prepared {
  Unsealed unsealed;
  std::vector<SealedSeries> series;
};

Result<Prepared> prepare_sealing(sql::Db& db, std::string_view run_id) {
  std::vector<std::pair<std::int64_t, OpenEnd>> ends;
  Prepared prepared{TRY(db.read([&](sql::Tx& tx) -> Result<Unsealed> {
                      ends.clear();
                      auto unsealed = TRY(read_unsealed(tx, run_id));
                      for (const auto& [series, points] : unsealed.points) ends.emplace_back(series, TRY(read_open_end(tx, series)));
                      return unsealed;
                    })),
                    {}};
  for (auto& [series, end] : ends) prepared.series.push_back(seal(series, std::move(end), std::move(prepared.unsealed.points.at(series))));
  return prepared;
}

}  // namespace

Result<SealedPoints> seal_run(sql::Db& db, std::string_view run_id) {
  TRY(settle_owed(db, run_id));
  const auto prepared = TRY(prepare_sealing(db, run_id));
  if (prepared.unsealed.numbers.empty()) return SealedPoints{};
  const auto written = db.write([&](sql::Tx& tx) -> Result<void> {
    TRY(remove_batches(tx, run_id, prepared.unsealed.numbers));
    for (const auto& series : prepared.series) TRY(write_sealed(tx, series));
    return {};
  });
  if (!written && written.error().code == Code::conflict) return SealedPoints{};
  TRY(written);
  return SealedPoints{prepared.unsealed.count, prepared.unsealed.more};
}

Result<DutyState> Sealer::run_due(TimeMs now_ms) {
  DutyState state;
  state.worked = TRY(settler_.run_due(now_ms));
  if (!swept_ms_ || now_ms - *swept_ms_ >= kSweepEveryMs) TRY(sweep(now_ms));
  if (const auto run = book_.due(now_ms)) {
    const auto sealed = TRY(seal_run(db_, *run));
    if (sealed.points == 0) book_.forget(*run);
    book_.sealed(*run, sealed.points);
    state.worked = true;
  }
  if (const auto next = book_.next_due_ms()) state.due_at(*next);
  if (const auto next = settler_.next_due_ms()) state.due_at(*next);
  return state;
}

// Runs that another process left, or that the book had no room for.
Result<void> Sealer::sweep(TimeMs now_ms) {
  struct Row {
    std::string run_id;
  };
  struct Held {
    std::int64_t points;
  };
  swept_ms_ = now_ms;
  return db_.read([&](sql::Tx& tx) -> Result<void> {
    if (TRY(is_owed(tx))) settler_.noted(now_ms);
    for (int i = 0; i < kSweepRuns; ++i) {
      const auto next = TRY(tx.select_one<Row>("SELECT run_id FROM metric_tail WHERE run_id > $1 ORDER BY run_id LIMIT 1", swept_run_));
      swept_run_ = next ? next->run_id : "";
      if (!next) return {};
      const auto held = TRY(tx.select<Held>("SELECT CAST(SUM(points) AS BIGINT) FROM metric_tail WHERE run_id = $1", swept_run_)).front();
      book_.adopt(swept_run_, held.points, now_ms);
    }
    return {};
  });
}

}  // namespace gyre::tracking
