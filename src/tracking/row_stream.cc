#include "tracking/row_stream.h"

#include <fmt/format.h>

namespace gyre::tracking {

Result<void> stream_rows(sql::Tx& tx, sql::Dialect dialect, const std::string& query, std::span<const sql::Value> args, const StreamSink& on_row) {
  Result<void> outcome;
  std::int64_t rows = 0;
  const auto take = [&](std::span<const sql::Value> row) {
    ++rows;
    if (outcome) outcome = on_row(row);
  };
  if (dialect == sql::Dialect::sqlite) {  // hands its rows over one by one
    TRY(tx.run_with(query, args, take));
    return outcome;
  }
  TRY(tx.run_with("DECLARE gyre_rows NO SCROLL CURSOR FOR " + query, args));
  do {
    rows = 0;
    TRY(tx.run_with(fmt::format("FETCH {} FROM gyre_rows", kStreamBlock), {}, take));
  } while (outcome && rows == kStreamBlock);
  TRY(tx.run_with("CLOSE gyre_rows", {}));
  return outcome;
}

}  // namespace gyre::tracking
