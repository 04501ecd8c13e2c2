// How points come in. Inside tracking/ only.
#pragma once

#include "tracking/id_blocks.h"
#include "tracking/series_book.h"
#include "tracking/tail.h"
#include "tracking/tracking.h"

namespace gyre::tracking {

// A batch's points, made ready outside of the transaction that writes them.
struct Grouped {
  std::vector<std::string_view> keys;  // each once; they are the metrics'
  std::vector<TailEntry> entries;      // their series is a place in `keys`
};
Grouped group(std::span<const Metric> metrics);

// Where all series are known and they are many: the row of the tail that holds the points. Their series are then owed what they add
// (owed.h).
std::optional<std::string> pack_known(const Grouped& points, const SeriesIds& known);
constexpr std::size_t kMaxPaidAtOnce = 8;  // series of a batch whose rows are changed in the batch's own transaction

// Puts a batch's points into the tail and adds them to their series, which are made where they are not there; says which those are.
// Uses at most keys.size() + 1 numbers from `first_id` on, from IdBlocks.
Result<SeriesIds> append_metrics(sql::Tx& tx, std::string_view run_id, const Grouped& points, std::int64_t first_id);

// Packs the points that an older Gyre kept one a row.
Result<void> move_old_points(sql::Db& db, IdBlocks& ids);

}  // namespace gyre::tracking
