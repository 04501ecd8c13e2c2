// Runs by filter and order, a page at a time. A page begins behind the last run of the one before it, by the values that it was
// sorted by: runs that arrive meanwhile make it neither skip nor repeat one.
#include <fmt/format.h>

#include "tracking/cursor.h"
#include "tracking/filter.h"
#include "tracking/rules.h"
#include "tracking/run_rows.h"

namespace gyre::tracking {
namespace {

// A search as one statement's parts; all values are bound, in the order of their numbers.
struct Statement {
  std::string where;
  std::vector<OrderKey> keys;
  std::vector<Bound> values;

  std::string bind(Bound value) {
    values.push_back(std::move(value));
    return fmt::format("${}", values.size());
  }
  std::vector<sql::Value> args() const { return to_args(values); }
};

Result<Statement> statement_of(const Search& search, const FilterContext& context) {
  auto filter = TRY(compile(search.filter, run_fields(), 1, context));
  Statement made{"", {}, std::move(filter.values)};
  std::string places;
  for (const auto& id : search.experiment_ids) {
    if (const auto number = parse_experiment_id(id)) places += fmt::format("{}{}", places.empty() ? "" : ", ", made.bind(*number));
  }
  if (places.empty()) places = "NULL";
  made.where = fmt::format("r.experiment_id IN ({}) AND {} AND {}", places, lifecycle_condition("r.lifecycle", search.view), filter.text);
  return made;
}

Result<void> add_order(Statement& statement, const Search& search, const FilterContext& context) {
  auto order = TRY(order_keys(search.order_by, run_fields(), statement.values.size() + 1, context));
  statement.values.insert(statement.values.end(), std::move_iterator(order.values.begin()), std::move_iterator(order.values.end()));
  statement.keys = std::move(order.keys);
  statement.keys.push_back({"r.start_ms", true});
  statement.keys.push_back({"r.id", false});
  return {};
}

// What comes behind a row of those values: the first key that differs decides. A missing value is the same for all rows whose flag,
// the key before it, is the same.
void begin_behind(Statement& statement, const CursorValues& values) {
  std::string behind, equal;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& key = statement.keys[i];
    if (!values[i]) {
      equal += fmt::format("{} IS NULL AND ", key.text);
      continue;
    }
    const auto place = statement.bind(*values[i]);
    behind += fmt::format("{}({}{} {} {})", behind.empty() ? "" : " OR ", equal, key.text, key.descending ? "<" : ">", place);
    equal += fmt::format("{} = {} AND ", key.text, place);
  }
  statement.where += fmt::format(" AND ({})", behind);
}

std::string page_text(Statement& statement, std::int64_t limit) {
  std::string columns, order;
  for (const auto& key : statement.keys) {
    columns += ", " + key.text;
    order += fmt::format("{}{} {}", order.empty() ? "" : ", ", key.text, key.descending ? "DESC" : "ASC");
  }
  return fmt::format("SELECT {}{} FROM runs AS r WHERE {} ORDER BY {} LIMIT {}", kRunColumns, columns, statement.where, order, statement.bind(limit));
}

std::string fingerprint(const Search& search) {
  std::string text = search.filter + '\n' + search.view;
  for (const auto& id : search.experiment_ids) text += '\n' + id;
  for (const auto& item : search.order_by) text += '\n' + item;
  return text;
}

}  // namespace

Result<Page<Run>> Service::search_runs(const Search& search) {
  const FilterContext context{db_.dialect(), clock_.now_ms()};
  auto statement = TRY(statement_of(search, context));
  TRY(add_order(statement, search, context));
  if (!search.after.empty()) begin_behind(statement, TRY(read_cursor(search.after, fingerprint(search), statement.keys.size())));
  const auto text = page_text(statement, search.limit + 1);
  const auto args = statement.args();
  return db_.read([&](sql::Tx& tx) -> Result<Page<Run>> {
    constexpr std::size_t kFirstKey = 9;  // behind the columns of the run
    Page<Run> page;
    std::vector<RunRow> rows;
    bool more = false;
    TRY(tx.run_with(text, args, [&](std::span<const sql::Value> row) {
      if (static_cast<std::int64_t>(rows.size()) < search.limit) {
        rows.push_back(sql::to_record<RunRow>(row.first(kFirstKey)));
        if (static_cast<std::int64_t>(rows.size()) == search.limit) page.next = write_cursor(row.subspan(kFirstKey), fingerprint(search));
      } else {
        more = true;
      }
    }));
    if (!more) page.next.clear();
    page.rows = TRY(with_data(tx, rows));
    return page;
  });
}

Result<std::int64_t> Service::count_runs(const Search& search) {
  const auto statement = TRY(statement_of(search, {db_.dialect(), clock_.now_ms()}));
  return db_.read([&](sql::Tx& tx) -> Result<std::int64_t> {
    std::int64_t n = 0;
    TRY(tx.run_with(fmt::format("SELECT COUNT(*) FROM runs AS r WHERE {}", statement.where), statement.args(), [&](std::span<const sql::Value> row) { sql::from_value(row[0], n); }));
    return n;
  });
}

}  // namespace gyre::tracking
