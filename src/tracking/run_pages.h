// Runs by filter and order, a page at a time, with values of one's choice beside each. Inside tracking/ only.
#pragma once

#include <fmt/format.h>

#include "tracking/cursor.h"
#include "tracking/run_rows.h"

namespace gyre::tracking {

// A search as one statement's parts; all values are bound, in the order of their numbers.
struct Statement {
  std::string from = "runs AS r", where;
  std::vector<OrderKey> keys;
  std::vector<std::string> columns;  // read beside the run
  std::vector<Bound> values;
  std::size_t first_of_order = 0;  // the number of the first value that the order binds

  std::string bind(Bound value) {
    values.push_back(std::move(value));
    return fmt::format("${}", values.size());
  }
  void add(std::vector<Bound> more) { values.insert(values.end(), std::move_iterator(more.begin()), std::move_iterator(more.end())); }
  std::vector<sql::Value> args() const { return to_args(values); }
};

// Which runs; then in which order.
Result<Statement> statement_of(const Search& search, const FilterContext& context);
Result<void> add_order(Statement& statement, const Search& search, const FilterContext& context);

using OwnedValue = std::optional<Bound>;  // nothing: NULL
OwnedValue owned(const sql::Value& value);

struct FoundRuns {
  std::vector<RunRow> rows;
  std::vector<std::vector<OwnedValue>> columns;  // of each row
  std::string next;                              // empty: that was all
};
// `invalid` where the search's token is of another search.
Result<CursorValues> cursor_of(const Search& search, const Statement& statement);
// `skip`: so many runs of the order are left out first, for those who jump. A page by its place knows nothing of runs that came meanwhile;
// one behind a cursor does.
Result<FoundRuns> read_runs(sql::Tx& tx, const Statement& statement, const Search& search, const CursorValues& after, std::int64_t skip = 0);

Result<std::int64_t> count_runs(sql::Tx& tx, const Statement& statement, std::string_view filter);

// So many entries of the index of the metric that runs are sorted by are looked at for one page: few first, which mostly do, then more.
// Where they do not fill it, all runs are looked at instead: a filter that matches little would make the walk along the index the longer way.
constexpr std::int64_t kFirstWalk = 1000, kMaxWalked = 20'000;

}  // namespace gyre::tracking
