// Series of one run or of many, with all that tells where their points lie, in few statements. Inside tracking/ only.
#pragma once

#include <functional>

#include "tracking/chunk_store.h"

namespace gyre::tracking {

struct Series {
  std::int64_t id = 0;
  std::size_t run = 0;  // its place among the runs that were asked for
  std::string key;
  std::int64_t paid = 0;          // points as its row counts them: without those that are owed
  std::vector<ChunkInfo> chunks;  // by number
  Points tail;                    // by_step

  std::int64_t points() const;
};

struct SeriesWish {
  std::span<const std::string> run_ids;
  std::span<const std::string> keys = {};  // none: all
  std::size_t most = SIZE_MAX;             // the first by run and key
  std::int64_t most_points = INT64_MAX;    // `invalid` where there are more
};
// In the order of the runs; of a run by key.
Result<std::vector<Series>> read_series(sql::Tx& tx, const SeriesWish& wish);
// The same in two parts: which there are, and then, for some of them, where their points lie.
Result<std::vector<Series>> find_series(sql::Tx& tx, const SeriesWish& wish);
Result<void> load_series(sql::Tx& tx, std::span<const std::string> run_ids, std::span<Series> series);

struct ChunkKey {
  std::int64_t series = 0, number = 0;
};
// Hands over the points of those chunks in that order, `place` being each one's place in it. Few of them are in memory at a time.
using OnPlacedChunk = std::function<Result<void>(std::size_t place, const Points& points)>;
Result<void> read_chunks(sql::Tx& tx, std::span<const ChunkKey> keys, const OnPlacedChunk& on_chunk);

}  // namespace gyre::tracking
