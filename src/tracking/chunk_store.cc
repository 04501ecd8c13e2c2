#include "tracking/chunk_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/sort/pdqsort/pdqsort.hpp>

#include "storage/sql/lists.h"
#include "tracking/chunk_codec.h"

namespace gyre::tracking {
namespace {

constexpr std::size_t kChunksARead = 64;  // of one statement: so many numbers are bound

// "number IN ($2, ..., $65)"; a list that is shorter is filled up with its last, so that one statement serves all. The bounds keep PostgreSQL, which walks
// the index in order and compares, from walking all chunks of a long series.
const std::string& chunk_query() {
  static const auto kText =
      fmt::format("SELECT number, body FROM metric_chunks WHERE series_id = $1 AND number BETWEEN $2 AND ${} AND number IN ({}) ORDER BY number",
                  kChunksARead + 1, sql::places(kChunksARead, 2));
  return kText;
}

Result<void> read_block(sql::Tx& tx, std::int64_t series_id, std::span<const std::int64_t> numbers, const OnChunk& on_chunk) {
  std::vector<sql::Value> args{sql::to_value(series_id)};
  for (std::size_t i = 0; i < kChunksARead; ++i) args.push_back(sql::to_value(numbers[std::min(i, numbers.size() - 1)]));
  Points points;
  Result<void> decoded;
  std::size_t found = 0;
  TRY(tx.run_with(chunk_query(), args, [&](std::span<const sql::Value> row) {
    if (!decoded) return;
    points.clear();
    decoded = decode_chunk(std::get<sql::Bytes>(row[1]).view, points);
    if (decoded) on_chunk(std::get<std::int64_t>(row[0]), points);
    ++found;
  }));
  TRY(decoded);
  if (found != numbers.size())
    return fail(Code::internal, "a chunk of a curve is missing", fmt::format("series {}", series_id), "restore the database from a backup");
  return {};
}

}  // namespace

Result<std::vector<ChunkInfo>> read_chunk_infos(sql::Tx& tx, std::int64_t series_id) {
  std::vector<ChunkInfo> infos;
  Result<void> unpacked;
  const sql::Value args[] = {sql::to_value(series_id)};
  TRY(tx.run_with("SELECT number, body FROM metric_sheets WHERE series_id = $1 ORDER BY number", args, [&](std::span<const sql::Value> row) {
    const auto sheet = unpack_sheet(std::get<sql::Bytes>(row[1]).view);
    if (!sheet) {
      unpacked = std::unexpected(sheet.error());
      return;
    }
    auto number = std::get<std::int64_t>(row[0]) * kSheetChunks;
    for (const auto& summary : *sheet) infos.push_back({number++, summary});
  }));
  TRY(unpacked);
  return infos;
}

Result<void> read_chunks(sql::Tx& tx, std::int64_t series_id, std::span<const std::int64_t> numbers, const OnChunk& on_chunk) {
  for (; !numbers.empty(); numbers = numbers.subspan(std::min(kChunksARead, numbers.size()))) {
    TRY(read_block(tx, series_id, numbers.first(std::min(kChunksARead, numbers.size())), on_chunk));
  }
  return {};
}

Result<OpenEnd> read_open_end(sql::Tx& tx, std::int64_t series_id) {
  OpenEnd end;
  struct Row {
    std::int64_t number, revision;
  };
  const auto row = TRY(tx.select_one<Row>("SELECT number, revision FROM metric_sheets WHERE series_id = $1 ORDER BY number DESC LIMIT 1", series_id));
  if (!row) return end;
  end.sheet_number = row->number;
  end.revision = row->revision;
  Result<std::vector<Summary>> sheet;
  const sql::Value args[] = {sql::to_value(series_id), sql::to_value(row->number)};
  TRY(tx.run_with("SELECT body FROM metric_sheets WHERE series_id = $1 AND number = $2", args,
                  [&](std::span<const sql::Value> found) { sheet = unpack_sheet(std::get<sql::Bytes>(found[0]).view); }));
  end.sheet = TRY(std::move(sheet));
  if (end.sheet.empty() || end.sheet.back().count >= static_cast<std::int64_t>(kSealedChunkPoints)) return end;
  const std::int64_t last[] = {row->number * kSheetChunks + static_cast<std::int64_t>(end.sheet.size()) - 1};
  TRY(read_chunks(tx, series_id, last, [&](std::int64_t, const Points& points) { end.chunk = points; }));
  return end;
}

SealedSeries seal(std::int64_t series_id, OpenEnd end, Points points) {
  SealedSeries sealed{series_id, {}, {}};
  if (!end.chunk.empty()) {
    points.insert(points.begin(), end.chunk.begin(), end.chunk.end());
    end.sheet.pop_back();
  }
  // Batches are mostly sorted in themselves and come mostly in order, a pattern on which the standard library's sort falls back to a heap.
  boost::sort::pdqsort(points.begin(), points.end(), step_less);
  const auto close_sheet = [&] {
    std::int64_t count = 0;
    for (const auto& summary : end.sheet) count += summary.count;
    sealed.sheets.push_back({end.sheet_number, end.revision, count, pack_sheet(end.sheet)});
  };
  for (std::span<const Point> rest = points; !rest.empty();) {
    if (static_cast<std::int64_t>(end.sheet.size()) == kSheetChunks) {
      if (!sealed.chunks.empty()) close_sheet();  // else it was full before, and stays as it is
      end = {end.sheet_number + 1, 0, {}, {}};
    }
    const auto part = rest.first(std::min(kSealedChunkPoints, rest.size()));
    sealed.chunks.push_back({end.sheet_number * kSheetChunks + static_cast<std::int64_t>(end.sheet.size()), encode_chunk(part)});
    end.sheet.push_back(summary_of(part));
    rest = rest.subspan(part.size());
  }
  close_sheet();
  return sealed;
}

Result<void> write_sealed(sql::Tx& tx, const SealedSeries& sealed) {
  for (const auto& sheet : sealed.sheets) {
    if (sheet.revision == 0) {
      TRY(tx.exec("INSERT INTO metric_sheets (series_id, number, revision, points, body) VALUES ($1, $2, 1, $3, $4)", sealed.series_id, sheet.number,
                  sheet.points, sql::Bytes{sheet.body}));
      continue;
    }
    TRY(tx.exec("UPDATE metric_sheets SET revision = revision + 1, points = $1, body = $2 WHERE series_id = $3 AND number = $4 AND revision = $5", sheet.points,
                sql::Bytes{sheet.body}, sealed.series_id, sheet.number, sheet.revision));
    if (tx.changed_rows() == 0) return fail(Code::conflict, "another server sealed these points");
  }
  for (const auto& chunk : sealed.chunks) {
    TRY(tx.exec_late(
        "INSERT INTO metric_chunks (series_id, number, body) VALUES ($1, $2, $3) ON CONFLICT (series_id, number) DO UPDATE SET body = excluded.body",
        sealed.series_id, chunk.number, sql::Bytes{chunk.body}));
  }
  return {};
}

}  // namespace gyre::tracking
