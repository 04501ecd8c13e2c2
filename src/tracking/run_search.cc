// Runs by filter and order, a page at a time. A page begins behind the last run of the one before it, by the values that it was
// sorted by: runs that arrive meanwhile make it neither skip nor repeat one.
#include <fmt/format.h>

#include "tracking/engine.h"
#include "tracking/run_pages.h"

namespace gyre::tracking {

Result<Page<Run>> Service::search_runs(const Search& search) {
  const FilterContext context{db_.dialect(), clock_.now_ms()};
  auto statement = TRY(statement_of(search, context));
  TRY(add_order(statement, search, context));
  const auto after = TRY(cursor_of(search, statement));
  TRY(engine_->settler.settle());
  return db_.read([&](sql::Tx& tx) -> Result<Page<Run>> {
    auto found = TRY(read_runs(tx, statement, search, after));
    return Page<Run>{.rows = TRY(with_data(tx, found.rows)), .next = std::move(found.next)};
  });
}

Result<std::int64_t> Service::count_runs(const Search& search) {
  const auto statement = TRY(statement_of(search, {db_.dialect(), clock_.now_ms()}));
  TRY(engine_->settler.settle());
  return db_.read([&](sql::Tx& tx) { return tracking::count_runs(tx, statement, search.filter); });
}

}  // namespace gyre::tracking
