#include "tracking/series_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "storage/sql/lists.h"
#include "tracking/chunk_codec.h"
#include "tracking/tail.h"

namespace gyre::tracking {
namespace {

// So many ids are bound by one statement: one, or a short or a long list. Few lengths, so that the cache of prepared statements serves
// them again; a list is filled up with what no row has.
constexpr std::size_t kListLengths[] = {1, 16, 256};
constexpr std::size_t kMostChunksRead = 128;  // in memory at once
constexpr std::size_t kChunkListLengths[] = {1, 16, kMostChunksRead};
constexpr std::int64_t kNoId = -1;

std::size_t length_for(std::span<const std::size_t> lengths, std::size_t count) {
  const auto at = std::ranges::lower_bound(lengths, count);
  return at == lengths.end() ? lengths.back() : *at;
}

// Runs `text_of(length)` for all items, a list at a time; what is bound before the list is `before`.
template <class Item, class TextOf>
Result<void> for_lists(sql::Tx& tx, std::span<const Item> items, const sql::Value& filler, std::span<const sql::Value> before, TextOf text_of,
                       const sql::Tx::RowSink& on_row) {
  while (!items.empty()) {
    const auto length = length_for(kListLengths, items.size());
    const auto block = items.first(std::min(length, items.size()));
    std::vector<sql::Value> args(before.begin(), before.end());
    for (const auto& item : block) args.push_back(sql::to_value(item));
    args.resize(before.size() + length, filler);
    TRY(tx.run_with(text_of(length), args, on_row));
    items = items.subspan(block.size());
  }
  return {};
}

using RunPlaces = std::unordered_map<std::string_view, std::size_t>;

RunPlaces places_of(std::span<const std::string> run_ids) {
  RunPlaces runs;
  for (std::size_t i = 0; i < run_ids.size(); ++i) runs[run_ids[i]] = i;
  return runs;
}

Result<std::vector<Series>> read_rows(sql::Tx& tx, const SeriesWish& wish, const RunPlaces& runs) {
  std::vector<Series> all;
  std::int64_t points = 0;
  std::vector<sql::Value> keys;
  for (const auto& key : wish.keys) keys.push_back(sql::to_value(key));
  const auto text_of = [&](std::size_t length) {
    const auto among_keys = keys.empty() ? "" : fmt::format("key IN ({}) AND ", sql::places(keys.size()));
    return fmt::format("SELECT id, run_id, key, points FROM metric_series WHERE {}run_id IN ({})", among_keys, sql::places(length, keys.size() + 1));
  };
  TRY(for_lists(tx, wish.run_ids, sql::to_value(""), keys, text_of, [&](std::span<const sql::Value> row) {
    auto& series = all.emplace_back();
    series.id = std::get<std::int64_t>(row[0]);
    series.run = runs.at(std::get<std::string_view>(row[1]));
    series.key = std::get<std::string_view>(row[2]);
    series.paid = std::get<std::int64_t>(row[3]);
    points += series.paid;
  }));
  if (points > wish.most_points)
    return fail(Code::invalid, fmt::format("the curves hold {} points; at most {} are drawn at once", points, wish.most_points), {},
                "ask for fewer runs or keys");
  std::ranges::sort(all, [](const Series& a, const Series& b) { return a.run != b.run ? a.run < b.run : a.key < b.key; });
  if (all.size() > wish.most) all.resize(wish.most);
  return all;
}

Result<void> add_chunks(sql::Tx& tx, std::span<Series> all) {
  std::unordered_map<std::int64_t, Series*> by_id;
  std::vector<std::int64_t> ids;
  for (auto& series : all) {
    by_id[series.id] = &series;
    ids.push_back(series.id);
  }
  const auto text_of = [](std::size_t length) {
    return fmt::format("SELECT series_id, number, body FROM metric_sheets WHERE series_id IN ({}) ORDER BY series_id, number", sql::places(length));
  };
  Result<void> unpacked;
  TRY(for_lists<std::int64_t>(tx, ids, sql::to_value(kNoId), {}, text_of, [&](std::span<const sql::Value> row) {
    const auto sheet = unpack_sheet(std::get<sql::Bytes>(row[2]).view);
    if (!sheet) {
      unpacked = std::unexpected(sheet.error());
      return;
    }
    auto number = std::get<std::int64_t>(row[1]) * kSheetChunks;
    for (const auto& summary : *sheet) by_id.at(std::get<std::int64_t>(row[0]))->chunks.push_back({number++, summary});
  }));
  return unpacked;
}

Result<void> add_tails(sql::Tx& tx, std::span<const std::string> run_ids, std::span<Series> all) {
  std::unordered_map<std::string_view, std::vector<std::int64_t>> ids;  // of each run
  std::unordered_map<std::int64_t, Series*> by_id;
  std::vector<std::string_view> runs;
  for (auto& series : all) {
    auto& of_run = ids[run_ids[series.run]];
    if (of_run.empty()) runs.push_back(run_ids[series.run]);
    of_run.push_back(series.id);
    by_id[series.id] = &series;
  }
  const auto text_of = [](std::size_t length) { return fmt::format("SELECT run_id, body FROM metric_tail WHERE run_id IN ({})", sql::places(length)); };
  Result<void> unpacked;
  TailPoints points;
  TRY(for_lists<std::string_view>(tx, runs, sql::to_value(""), {}, text_of, [&](std::span<const sql::Value> row) {
    if (unpacked) unpacked = unpack_tail(std::get<sql::Bytes>(row[1]).view, points, ids.at(std::get<std::string_view>(row[0])));
  }));
  TRY(unpacked);
  for (auto& [id, list] : points) {
    std::ranges::sort(list, step_less);
    by_id.at(id)->tail = std::move(list);
  }
  return {};
}

std::string chunks_text(std::size_t length) {
  std::string rows;
  for (std::size_t i = 0; i < length; ++i) rows += fmt::format("{}(CAST(${} AS BIGINT), CAST(${} AS BIGINT))", i == 0 ? "" : ", ", 2 * i + 1, 2 * i + 2);
  return fmt::format(
      "SELECT c.series_id, c.number, c.body FROM (VALUES {}) AS w CROSS JOIN metric_chunks AS c WHERE c.series_id = w.column1 AND c.number = w.column2", rows);
}

const std::string& chunks_text_of(std::size_t length) {
  static const auto kTexts = [] {
    std::map<std::size_t, std::string> texts;
    for (const auto one : kChunkListLengths) texts[one] = chunks_text(one);
    return texts;
  }();
  return kTexts.at(length);
}

bool same(const ChunkKey& a, const ChunkKey& b) { return a.series == b.series && a.number == b.number; }

// The points of at most a list's chunks, each at its key's place.
Result<void> read_list(sql::Tx& tx, std::span<const ChunkKey> keys, std::vector<Points>& slots) {
  const auto length = length_for(kChunkListLengths, keys.size());
  std::vector<sql::Value> args;
  for (const auto& [series, number] : keys) args.insert(args.end(), {sql::to_value(series), sql::to_value(number)});
  args.resize(2 * length, sql::to_value(kNoId));
  for (std::size_t i = 0; i < keys.size(); ++i) slots[i].clear();
  std::size_t expected = 0, found = 0;  // rows mostly come in the order of the list
  Result<void> decoded;
  TRY(tx.run_with(chunks_text_of(length), args, [&](std::span<const sql::Value> row) {
    const ChunkKey key{std::get<std::int64_t>(row[0]), std::get<std::int64_t>(row[1])};
    if (expected >= keys.size() || !same(keys[expected], key))
      expected = static_cast<std::size_t>(std::ranges::find_if(keys, [&](const ChunkKey& one) { return same(one, key); }) - keys.begin());
    if (decoded) decoded = decode_chunk(std::get<sql::Bytes>(row[2]).view, slots[expected]);
    ++expected;
    ++found;
  }));
  TRY(decoded);
  if (found != keys.size())
    return fail(Code::internal, "a chunk of a curve is missing", fmt::format("series {}", keys.front().series), "restore the database from a backup");
  return {};
}

}  // namespace

std::int64_t Series::points() const {
  auto sum = static_cast<std::int64_t>(tail.size());
  for (const auto& chunk : chunks) sum += chunk.summary.count;
  return sum;
}

Result<std::vector<Series>> find_series(sql::Tx& tx, const SeriesWish& wish) { return read_rows(tx, wish, places_of(wish.run_ids)); }

Result<void> load_series(sql::Tx& tx, std::span<const std::string> run_ids, std::span<Series> series) {
  TRY(add_chunks(tx, series));
  return add_tails(tx, run_ids, series);
}

Result<std::vector<Series>> read_series(sql::Tx& tx, const SeriesWish& wish) {
  auto all = TRY(find_series(tx, wish));
  TRY(load_series(tx, wish.run_ids, all));
  return all;
}

Result<void> read_chunks(sql::Tx& tx, std::span<const ChunkKey> keys, const OnPlacedChunk& on_chunk) {
  std::vector<Points> slots(std::min(keys.size(), kMostChunksRead));
  for (std::size_t start = 0; start < keys.size(); start += slots.size()) {
    const auto list = keys.subspan(start, std::min(slots.size(), keys.size() - start));
    TRY(read_list(tx, list, slots));
    for (std::size_t i = 0; i < list.size(); ++i) TRY(on_chunk(start + i, slots[i]));
  }
  return {};
}

}  // namespace gyre::tracking
