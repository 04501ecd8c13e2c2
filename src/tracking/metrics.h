// How points come in. Inside tracking/ only.
#pragma once

#include "tracking/id_blocks.h"
#include "tracking/tail.h"
#include "tracking/tracking.h"

namespace gyre::tracking {

// Puts a batch's points into the tail, and says of how many series they are. Uses at most metrics.size() + 1 numbers from
// `first_id` on, from IdBlocks.
Result<std::int64_t> append_metrics(sql::Tx& tx, std::string_view run_id, std::span<const Metric> metrics, std::int64_t first_id);
// Makes or updates their series, and says which points are whose.
Result<TailPoints> put_series(sql::Tx& tx, std::string_view run_id, std::span<const Metric> metrics, std::int64_t first_id);

// Packs the points that an older Gyre kept one a row.
Result<void> move_old_points(sql::Db& db, IdBlocks& ids);

}  // namespace gyre::tracking
