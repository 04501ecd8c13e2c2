// Sealed points in the database: chunks, and the sheets that tell what is in them. Inside tracking/ only.
#pragma once

#include <functional>

#include "storage/sql/db.h"
#include "tracking/summary.h"

namespace gyre::tracking {

constexpr std::int64_t kSheetChunks = 256;

// One sealed chunk as its sheet tells it.
struct ChunkInfo {
  std::int64_t number = 0;
  Summary summary;
};

// All sealed chunks of a series, by number.
Result<std::vector<ChunkInfo>> read_chunk_infos(sql::Tx& tx, std::int64_t series_id);

// Hands over the points of those chunks, whose numbers rise, one chunk after the other. Points are by_step among themselves.
using OnChunk = std::function<void(std::int64_t number, const Points& points)>;
Result<void> read_chunks(sql::Tx& tx, std::int64_t series_id, std::span<const std::int64_t> numbers, const OnChunk& on_chunk);

// The end of a series: its last sheet and, while that is not full, its last chunk.
struct OpenEnd {
  std::int64_t sheet_number = 0, revision = 0;  // 0: there is none yet
  std::vector<Summary> sheet;                   // of that sheet
  Points chunk;                                 // of the last chunk where it can take more
};
Result<OpenEnd> read_open_end(sql::Tx& tx, std::int64_t series_id);

// What a sealing puts in for one series.
struct SealedSheet {
  std::int64_t number = 0, revision = 0, points = 0;
  std::string body;
};
struct SealedChunk {
  std::int64_t number = 0;
  std::string body;
};
struct SealedSeries {
  std::int64_t series_id = 0;
  std::vector<SealedSheet> sheets;
  std::vector<SealedChunk> chunks;
};
// Sorts, cuts and compresses `points` behind `end`.
SealedSeries seal(std::int64_t series_id, OpenEnd end, Points points);
// `conflict` when another server sealed the same series meanwhile.
Result<void> write_sealed(sql::Tx& tx, const SealedSeries& sealed);

}  // namespace gyre::tracking
