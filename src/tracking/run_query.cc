// Runs with chosen columns, and how many they are.
#include "tracking/run_query.h"

#include <cmath>

#include "tracking/chunk_store.h"
#include "tracking/run_columns.h"
#include "tracking/run_query_state.h"
#include "tracking/tail.h"

namespace gyre::tracking {
namespace {

struct SeriesId {
  std::int64_t id;
};

// Of all points of one series.
Result<std::optional<Summary>> summary_of(sql::Tx& tx, std::string_view run_id, std::string_view key) {
  const auto series = TRY(tx.select_one<SeriesId>("SELECT id FROM metric_series WHERE run_id = $1 AND key = $2", run_id, key));
  if (!series) return std::nullopt;
  Summary sum;
  for (const auto& chunk : TRY(read_chunk_infos(tx, series->id))) sum.add(chunk.summary);
  const std::int64_t only[] = {series->id};
  for (const auto& [id, points] : TRY(read_tail(tx, run_id, only))) {
    for (const auto& point : points) sum.add(summary_of(point));
  }
  return sum;
}

Cell statistic_of(const Summary& sum, std::string_view statistic) {
  if (statistic == "count") return static_cast<double>(sum.count);
  if (sum.count == 0) return {};
  return statistic == "min" ? sum.min : sum.max;
}

// Statistics of the same metric are read once a run.
Result<void> add_statistics(sql::Tx& tx, const std::vector<RunColumn>& columns, RunTable::Row& row) {
  std::map<std::string, std::optional<Summary>> known;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].statistic.empty()) continue;
    const auto [at, is_new] = known.try_emplace(columns[i].metric);
    if (is_new) at->second = TRY(summary_of(tx, row.info.id, columns[i].metric));
    if (at->second) row.cells[i] = statistic_of(*at->second, columns[i].statistic);
  }
  return {};
}

Result<void> check_skip(const Search& search, std::int64_t skip) {
  if (skip == 0) return {};
  if (skip < 0 || skip > kMaxSkipped)
    return fail(Code::invalid, fmt::format("'offset' must be between 0 and {}, not {}", kMaxSkipped, skip), {}, "narrow the filter, or read on by cursor");
  if (!search.after.empty()) return fail(Code::invalid, "a page begins at an offset or behind a cursor, not at both", {}, "leave one out");
  return {};
}

Result<void> check_count(std::size_t count, std::size_t most, std::string_view what) {
  if (count > most) return fail(Code::invalid, fmt::format("{} {} are asked for; at most {} are answered", count, what, most));
  return {};
}

}  // namespace

RunQueries::RunQueries(sql::Db& db, const Clock& clock) : db_(db), clock_(clock), state_(std::make_unique<State>(db)) {}
RunQueries::~RunQueries() = default;

Result<RunTable> RunQueries::rows(const Search& search, const std::vector<std::string>& columns, std::int64_t skip) {
  TRY(check_count(columns.size(), kMaxColumns, "columns"));
  TRY(check_skip(search, skip));
  const FilterContext context{db_.dialect(), clock_.now_ms()};
  auto statement = TRY(statement_of(search, context));
  TRY(add_order(statement, search, context));
  const auto chosen = TRY(add_columns(statement, columns, "column", context));
  const auto after = TRY(cursor_of(search, statement));
  TRY(state_->settler.settle());
  return db_.read([&](sql::Tx& tx) -> Result<RunTable> {
    auto found = TRY(read_runs(tx, statement, search, after, skip));
    RunTable table{.kinds = {}, .rows = {}, .next = std::move(found.next)};
    for (const auto& column : chosen) table.kinds.push_back(column.kind);
    for (std::size_t i = 0; i < found.rows.size(); ++i) {
      auto& row = table.rows.emplace_back(found.rows[i].info(), std::vector<Cell>());
      for (const auto& column : chosen) row.cells.push_back(column.statistic.empty() ? cell_of(column, found.columns[i]) : Cell());
      TRY(add_statistics(tx, chosen, row));
    }
    return table;
  });
}

Result<std::int64_t> RunQueries::count(const Search& search) {
  const auto statement = TRY(statement_of(search, {db_.dialect(), clock_.now_ms()}));
  TRY(state_->settler.settle());
  return db_.read([&](sql::Tx& tx) { return count_runs(tx, statement, search.filter); });
}

}  // namespace gyre::tracking
