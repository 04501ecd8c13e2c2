#include "tracking/sealer.h"

#include <fmt/format.h>

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
constexpr auto kPaidBatches =
    "SELECT number, points, body FROM metric_tail AS t WHERE run_id = $1 AND NOT EXISTS (SELECT 1 FROM metric_owed AS o WHERE o.run_id = t.run_id AND "
    "o.number = t.number) ORDER BY number LIMIT $2";

Result<Unsealed> read_unsealed(sql::Tx& tx, std::string_view run_id) {
  Unsealed unsealed;
  Result<void> unpacked;
  const sql::Value args[] = {sql::to_value(run_id), sql::to_value(kMaxSealedBatches)};
  TRY(tx.run_with(kPaidBatches, args, [&](std::span<const sql::Value> row) {
    unsealed.more |= unsealed.count >= kMaxSealedPoints;
    if (!unpacked || unsealed.more) return;
    unsealed.numbers.push_back(std::get<std::int64_t>(row[0]));
    unsealed.count += std::get<std::int64_t>(row[1]);
    unpacked = unpack_tail(std::get<sql::Bytes>(row[2]).view, unsealed.points);
  }));
  TRY(unpacked);
  unsealed.more |= static_cast<std::int64_t>(unsealed.numbers.size()) == kMaxSealedBatches;
  return unsealed;
}

// Fails unless every one of them was still there: what is sealed is taken out once.
Result<void> remove_batches(sql::Tx& tx, std::string_view run_id, std::span<const std::int64_t> numbers) {
  for (const auto number : numbers) {
    TRY(tx.exec("DELETE FROM metric_tail WHERE run_id = $1 AND number = $2", run_id, number));
    if (tx.changed_rows() != 1) return fail(Code::conflict, "another server sealed these points");
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
