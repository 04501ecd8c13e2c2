#include "tracking/key_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/case.h"

namespace gyre::tracking {
namespace {

// Runs of one statement: many where they have few keys, few where they have many or it is not known yet.
constexpr std::size_t kManyRuns = 100, kFewRuns = 4;
constexpr std::int64_t kFewKeys = 50;
constexpr std::int64_t kRowsAPiece = 20'000;  // about: then a piece ends, however few runs it is of

std::string_view table_of(KeyKind kind) { return kind == KeyKind::metric ? "metric_series" : kind == KeyKind::param ? "run_params" : "run_tags"; }

struct RunStart {
  std::string id;
  std::int64_t start_ms;
};

// Always as many places, so that two prepared statements serve all; what is left over is bound to the last run.
std::string count_text(KeyKind kind, std::size_t runs) {
  std::string places;
  for (std::size_t i = 1; i <= runs; ++i) places += fmt::format("{}${}", i > 1 ? ", " : "", i);
  return fmt::format("SELECT key, COUNT(*) FROM {} WHERE run_id IN ({}) GROUP BY key", table_of(kind), places);
}

// What one piece adds to a walk.
struct Piece {
  std::vector<RunStart> runs;
  bool is_last = false;
  std::int64_t rows = 0;
  std::unordered_map<std::string, std::int64_t> counts;
};

// How many keys those runs have.
Result<std::int64_t> count_keys(sql::Tx& tx, KeyKind kind, std::span<const RunStart> runs, std::size_t places, Piece& piece) {
  std::vector<sql::Value> ids;
  for (std::size_t i = 0; i < places; ++i) ids.push_back(sql::to_value(runs[std::min(i, runs.size() - 1)].id));
  std::int64_t rows = 0;
  TRY(tx.run_with(count_text(kind, places), ids, [&](std::span<const sql::Value> row) {
    const auto n = std::get<std::int64_t>(row[1]);
    piece.counts[std::string(std::get<std::string_view>(row[0]))] += n;
    rows += n;
  }));
  return rows;
}

// The piece keeps the runs that were counted.
Result<void> count_keys(sql::Tx& tx, KeyKind kind, Piece& piece) {
  std::size_t done = 0;
  for (auto width = kFewRuns; done < piece.runs.size() && piece.rows < kRowsAPiece;) {
    const auto runs = std::span<const RunStart>(piece.runs).subspan(done, std::min(width, piece.runs.size() - done));
    const auto rows = TRY(count_keys(tx, kind, runs, width, piece));
    piece.rows += rows;
    done += runs.size();
    width = rows <= kFewKeys * std::ssize(runs) ? kManyRuns : kFewRuns;
  }
  piece.is_last = done == piece.runs.size() && std::ssize(piece.runs) < ExperimentKeys::kRunsAPiece;
  piece.runs.resize(done);
  return {};
}

bool before(const KeyCount::Key& a, const KeyCount::Key& b) { return a.runs != b.runs ? a.runs > b.runs : a.text < b.text; }

std::vector<std::string> words_of(std::string_view match) {
  std::vector<std::string> words;
  for (std::size_t at = 0; (at = match.find_first_not_of(" \t", at)) != std::string_view::npos;) {
    const auto end = std::min(match.find_first_of(" \t", at), match.size());
    words.push_back(lower(match.substr(at, end - at)));
    at = end;
  }
  return words;
}

using Found = std::vector<const KeyCount::Key*>;

Found matching(const KeyCount& count, const std::vector<std::string>& words) {
  Found found;
  for (const auto& key : count.keys) {
    if (std::ranges::all_of(words, [&](const std::string& word) { return key.lowered.contains(word); })) found.push_back(&key);
  }
  return found;
}

}  // namespace

Result<void> walk_on(sql::Db& db, std::int64_t experiment, KeyKind kind, KeyWalk& walk) {
  const auto piece = TRY(db.read([&](sql::Tx& tx) -> Result<Piece> {
    Piece piece;
    piece.runs =
        TRY(tx.select<RunStart>("SELECT id, start_ms FROM runs WHERE experiment_id = $1 AND lifecycle = 'active' AND start_ms <= $2 AND "
                                "(start_ms < $2 OR id < $3) ORDER BY start_ms DESC, id DESC LIMIT $4",
                                experiment, walk.before_ms, walk.before_id, ExperimentKeys::kRunsAPiece));
    TRY(count_keys(tx, kind, piece));
    return piece;
  }));
  walk.rows += piece.rows;
  for (const auto& [key, runs] : piece.counts) {
    if (walk.counts.size() < ExperimentKeys::kMaxKeys || walk.counts.contains(key)) walk.counts[key] += runs;
  }
  walk.runs += std::ssize(piece.runs);
  walk.ended = piece.is_last;
  if (!piece.runs.empty()) walk.before_ms = piece.runs.back().start_ms, walk.before_id = piece.runs.back().id;
  return {};
}

KeyCount sorted(const KeyWalk& walk) {
  KeyCount count{.keys = {}, .runs = walk.runs, .rows = walk.rows};
  count.keys.reserve(walk.counts.size());
  for (const auto& [key, runs] : walk.counts) count.keys.push_back({key, lower(key), runs});
  std::ranges::sort(count.keys, before);
  return count;
}

void add_new(KeyCount& whole, const KeyWalk& newer) {
  std::unordered_set<std::string> known;
  for (const auto& key : whole.keys) known.insert(key.text);
  std::vector<KeyCount::Key> fresh;
  for (const auto& [key, runs] : newer.counts) {
    if (!known.contains(key)) fresh.push_back({key, lower(key), runs});
  }
  if (fresh.empty()) return;
  std::ranges::move(fresh, std::back_inserter(whole.keys));
  std::ranges::sort(whole.keys, before);
}

KeyPage page_of(const KeyCount& count, const KeySearch& search) {
  const auto words = words_of(search.match);
  auto found = matching(count, words);
  if (search.by_name) std::ranges::sort(found, {}, [](const KeyCount::Key* key) -> std::string_view { return key->text; });
  if (!words.empty()) std::ranges::stable_partition(found, [&](const KeyCount::Key* key) { return key->lowered.starts_with(words.front()); });
  KeyPage page{.rows = {}, .total = std::ssize(found)};
  const auto first = std::min(search.offset, found.size()), end = std::min(found.size(), first + search.limit);
  for (auto i = first; i < end; ++i) page.rows.push_back({found[i]->text, found[i]->runs});
  if (end < found.size()) page.next_offset = static_cast<std::int64_t>(end);
  return page;
}

}  // namespace gyre::tracking
