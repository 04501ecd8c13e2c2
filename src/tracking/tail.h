// Points that are not sealed yet: one row a batch, in which all its series stand together. Inside tracking/ only.
#pragma once

#include <map>
#include <span>

#include "storage/sql/db.h"
#include "tracking/point.h"

namespace gyre::tracking {

using TailPoints = std::map<std::int64_t, Points>;  // by series

struct TailEntry {
  std::int64_t series = 0;
  Point point;
};

std::string pack_tail(std::vector<TailEntry> entries);
// Adds to `out`: all series, or those in `only`.
Result<void> unpack_tail(std::string_view bytes, TailPoints& out, std::span<const std::int64_t> only = {});

Result<void> append_tail(sql::Tx& tx, std::string_view run_id, std::int64_t number, std::int64_t points, std::string_view body);
// The unsealed points of some series of a run, in no order.
Result<TailPoints> read_tail(sql::Tx& tx, std::string_view run_id, std::span<const std::int64_t> only = {});

}  // namespace gyre::tracking
