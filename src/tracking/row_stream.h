// The rows of a query of any size, a block of them in memory at a time. Inside tracking/ only.
#pragma once

#include "storage/sql/db.h"

namespace gyre::tracking {

constexpr std::int64_t kStreamBlock = 5000;

// `on_row` fails: no further row is read.
using StreamSink = std::function<Result<void>(std::span<const sql::Value> row)>;
Result<void> stream_rows(sql::Tx& tx, sql::Dialect dialect, const std::string& query, std::span<const sql::Value> args, const StreamSink& on_row);

}  // namespace gyre::tracking
