#include "tracking/run_sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/hash.h"
#include "tracking/key_text.h"

namespace gyre::tracking {
namespace {

constexpr std::int64_t kScannedAtOnce = 10'000;
constexpr std::size_t kRunsARead = 100;  // of one statement: so many ids are bound

struct Candidate {
  std::uint64_t place;  // in the order that ids give
  std::string id;
  std::vector<Cell> cells;
  auto key() const { return std::tie(place, id); }
};

// The kMaxSampledRuns first by their places: a sample that does not hang on when a run was made or what it is called.
void keep_first(std::vector<Candidate>& candidates, std::size_t most) {
  const auto by_place = [](const Candidate& a, const Candidate& b) { return a.key() < b.key(); };
  std::ranges::sort(candidates, by_place);
  if (candidates.size() > most) candidates.resize(most);
}

// A parameter's values, by the place of their run: most runs of a search may not have it.
using Values = std::vector<std::pair<std::size_t, std::string>>;

// Parameters of the sample's runs by key.
Result<std::map<std::string, Values>> read_params(sql::Db& db, RunSample& sample) {
  std::string places;
  for (std::size_t i = 1; i <= kRunsARead; ++i) places += fmt::format("{}${}", i > 1 ? ", " : "", i);
  const auto text = fmt::format("SELECT run_id, key, value FROM run_params WHERE run_id IN ({})", places);
  std::map<std::string, Values> params;
  std::int64_t values = 0;
  for (std::size_t first = 0; first < sample.ids.size(); first += kRunsARead) {
    const auto count = std::min(kRunsARead, sample.ids.size() - first);
    std::vector<sql::Value> ids;
    std::map<std::string_view, std::size_t> place_of;
    for (std::size_t i = 0; i < kRunsARead; ++i) ids.push_back(sql::to_value(sample.ids[first + std::min(i, count - 1)]));
    for (std::size_t i = 0; i < count; ++i) place_of[sample.ids[first + i]] = first + i;
    struct Row {
      std::string run, key, value;
    };
    const auto rows = TRY(db.read([&](sql::Tx& tx) -> Result<std::vector<Row>> {
      std::vector<Row> rows;
      TRY(tx.run_with(text, ids, [&](std::span<const sql::Value> row) { rows.push_back(sql::to_record<Row>(row)); }));
      return rows;
    }));
    for (const auto& row : rows) params[row.key].emplace_back(place_of[row.run], row.value);
    values += std::ssize(rows);
    if (values >= kMaxParamValues && first + count < sample.ids.size()) {
      sample.sampled -= std::ssize(sample.ids) - static_cast<std::int64_t>(first + count);
      sample.ids.resize(first + count);
      sample.target.resize(first + count);
    }
  }
  return params;
}

// Of those that vary the kMaxImportanceParams that most runs have; how many vary and go.
std::int64_t keep_commonest(std::vector<ParamColumn>& columns) {
  std::erase_if(columns, [](const ParamColumn& column) { return !column.varies(); });
  std::ranges::stable_sort(columns, std::greater(), &ParamColumn::n);
  const auto over = std::ssize(columns) - static_cast<std::int64_t>(kMaxImportanceParams);
  if (over > 0) columns.resize(kMaxImportanceParams);
  return std::max<std::int64_t>(0, over);
}

}  // namespace

Result<RunSample> take_sample(RunQueries& queries, const ImportanceQuery& query) {
  auto search = query.search;
  search.order_by.clear();
  search.limit = kScannedAtOnce;
  std::vector<std::string> columns{query.target};
  columns.insert(columns.end(), query.params.begin(), query.params.end());
  RunSample sample;
  std::vector<Candidate> candidates;
  for (;;) {
    auto table = TRY(queries.rows(search, columns));
    if (table.kinds.front() == ColumnKind::text || table.kinds.front() == ColumnKind::time)
      return fail(Code::invalid, fmt::format("'target' {:.100} is no number", query.target), {}, "for example metrics.loss, or max(metrics.auc)");
    sample.runs += std::ssize(table.rows);
    for (auto& row : table.rows) candidates.push_back({stable_hash(row.info.id), std::move(row.info.id), std::move(row.cells)});
    keep_first(candidates, kMaxSampledRuns);
    search.after = table.next;
    if (table.next.empty()) break;
    if (sample.runs >= kMaxScannedRuns) {
      sample.runs = TRY(queries.count(query.search));
      break;
    }
  }
  sample.sampled = std::ssize(candidates);
  for (auto& candidate : candidates) {
    const auto* number = std::get_if<double>(&candidate.cells.front());
    if (!number || !std::isfinite(*number)) {
      ++(number ? sample.nan : sample.missing);
      continue;
    }
    sample.ids.push_back(std::move(candidate.id));
    sample.target.push_back(*number);
    candidate.cells.erase(candidate.cells.begin());
    sample.cells.push_back(std::move(candidate.cells));
  }
  return sample;
}

Result<ParamColumns> read_columns(sql::Db& db, const ImportanceQuery& query, RunSample& sample) {
  std::vector<ParamColumn> columns;
  std::int64_t left_out = 0;
  for (std::size_t i = 0; i < query.params.size(); ++i) {
    std::vector<Cell> cells;
    for (const auto& row : sample.cells) cells.push_back(row[i]);
    columns.push_back(column_of(query.params[i], std::move(cells)));
  }
  if (!query.params.empty()) {
    left_out = keep_commonest(columns);
    return ParamColumns{std::move(columns), left_out};
  }
  for (auto& [key, values] : TRY(read_params(db, sample))) {
    std::vector<Cell> cells(sample.ids.size());
    for (auto& [place, value] : values) cells[place] = std::move(value);
    columns.push_back(column_of("params." + key_text(key), std::move(cells)));
    // Of more than are looked at the commonest stay; so many at once bound what is held in memory.
    if (columns.size() < 2 * kMaxImportanceParams) continue;
    left_out += keep_commonest(columns);
  }
  left_out += keep_commonest(columns);
  return ParamColumns{std::move(columns), left_out};
}

}  // namespace gyre::tracking
