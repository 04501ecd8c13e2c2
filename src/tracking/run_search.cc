// Runs by filter and order, a page at a time. A page begins behind the last run of the one before it, by the values that it was
// sorted by: runs that arrive meanwhile make it neither skip nor repeat one.
#include <fmt/format.h>

#include "tracking/cursor.h"
#include "tracking/engine.h"
#include "tracking/filter.h"
#include "tracking/filter_syntax.h"
#include "tracking/rules.h"
#include "tracking/run_rows.h"

namespace gyre::tracking {
namespace {

constexpr std::string_view kThere = "0";  // the first key of a run that has what it is sorted by

// A search as one statement's parts; all values are bound, in the order of their numbers.
struct Statement {
  std::string from = "runs AS r", where;
  std::vector<OrderKey> keys;
  std::vector<Bound> values;
  std::size_t first_of_order = 0;  // the number of the first value that the order binds

  std::string bind(Bound value) {
    values.push_back(std::move(value));
    return fmt::format("${}", values.size());
  }
  std::vector<sql::Value> args() const { return to_args(values); }
};

Result<Statement> statement_of(const Search& search, const FilterContext& context) {
  auto filter = TRY(compile(search.filter, run_fields(), 1, context));
  Statement made;
  made.values = std::move(filter.values);
  std::string places;
  for (const auto& id : search.experiment_ids) {
    if (const auto number = parse_experiment_id(id)) places += fmt::format("{}{}", places.empty() ? "" : ", ", made.bind(*number));
  }
  if (places.empty()) places = "NULL";
  made.where = fmt::format("r.experiment_id IN ({}) AND {} AND {}", places, lifecycle_condition("r.lifecycle", search.view), filter.text);
  return made;
}

Result<void> add_order(Statement& statement, const Search& search, const FilterContext& context) {
  statement.first_of_order = statement.values.size() + 1;
  auto order = TRY(order_keys(search.order_by, run_fields(), statement.first_of_order, context));
  statement.values.insert(statement.values.end(), std::move_iterator(order.values.begin()), std::move_iterator(order.values.end()));
  statement.keys = std::move(order.keys);
  statement.keys.push_back({"r.start_ms", true});
  statement.keys.push_back({"r.id", false});
  return {};
}

std::string fingerprint(const Search& search) {
  std::string text = search.filter + '\n' + search.view;
  for (const auto& id : search.experiment_ids) text += '\n' + id;
  for (const auto& item : search.order_by) text += '\n' + item;
  return text;
}

std::string page_text(Statement& statement, std::int64_t limit) {
  std::string columns, order;
  for (const auto& key : statement.keys) {
    columns += ", " + key.text;
    if (key.text == kThere) continue;  // a number alone would be a column's
    order += fmt::format("{}{} {}", order.empty() ? "" : ", ", key.text, key.descending ? "DESC" : "ASC");
  }
  return fmt::format("SELECT {}{} FROM {} WHERE {} ORDER BY {} LIMIT {}", kRunColumns, columns, statement.from, statement.where, order, statement.bind(limit));
}

// Where runs are sorted by a metric first of all, those that have it stand in the order of an index: the first page is read off its
// end, without looking at all runs. Nothing where the page begins behind them.
std::optional<Statement> along_index(const Statement& whole, const Search& search, const CursorValues& values) {
  const auto item = search.order_by.empty() ? Result<OrderItem>(fail(Code::invalid, "")) : parse_order(search.order_by.front());
  if (!item || item->value.kind != Node::Kind::field || (item->value.entity != "metric" && item->value.entity != "metrics")) return std::nullopt;
  if (!values.empty() && (!values[1] || values[0] != Bound(std::int64_t{0}))) return std::nullopt;
  auto made = whole;
  made.from = "metric_series AS o CROSS JOIN runs AS r";
  made.where = fmt::format("o.key = ${} AND o.latest_value IS NOT NULL AND r.id = o.run_id AND {}", whole.first_of_order, whole.where);
  made.keys[0].text = std::string(kThere);
  made.keys[1].text = "o.latest_value";
  if (!values.empty()) made.where += fmt::format(" AND o.latest_value {} {}", item->descending ? "<=" : ">=", made.bind(*values[1]));
  return made;
}

struct Found {
  std::vector<RunRow> rows;
  std::string next;
  bool more = false;
};

Result<Found> read_page(sql::Tx& tx, Statement statement, const Search& search, const CursorValues& values) {
  constexpr std::size_t kFirstKey = 9;  // behind the columns of the run
  if (!values.empty()) statement.where += " AND " + behind(statement.keys, values, [&](const Bound& value) { return statement.bind(value); });
  const auto text = page_text(statement, search.limit + 1);
  Found found;
  TRY(tx.run_with(text, statement.args(), [&](std::span<const sql::Value> row) {
    found.more = static_cast<std::int64_t>(found.rows.size()) == search.limit;
    if (found.more) return;
    found.rows.push_back(sql::to_record<RunRow>(row.first(kFirstKey)));
    if (static_cast<std::int64_t>(found.rows.size()) == search.limit) found.next = write_cursor(row.subspan(kFirstKey), fingerprint(search));
  }));
  return found;
}

}  // namespace

Result<Page<Run>> Service::search_runs(const Search& search) {
  const FilterContext context{db_.dialect(), clock_.now_ms()};
  auto statement = TRY(statement_of(search, context));
  TRY(add_order(statement, search, context));
  const auto values = search.after.empty() ? CursorValues{} : TRY(read_cursor(search.after, fingerprint(search), statement.keys.size()));
  const auto quick = along_index(statement, search, values);
  TRY(engine_->settler.settle());
  return db_.read([&](sql::Tx& tx) -> Result<Page<Run>> {
    auto found = quick ? TRY(read_page(tx, *quick, search, values)) : Found{};
    if (!found.more) found = TRY(read_page(tx, statement, search, values));
    return Page<Run>{.rows = TRY(with_data(tx, found.rows)), .next = found.more ? std::move(found.next) : ""};
  });
}

Result<std::int64_t> Service::count_runs(const Search& search) {
  const auto statement = TRY(statement_of(search, {db_.dialect(), clock_.now_ms()}));
  TRY(engine_->settler.settle());
  return db_.read([&](sql::Tx& tx) -> Result<std::int64_t> {
    std::int64_t n = 0;
    TRY(tx.run_with(fmt::format("SELECT COUNT(*) FROM runs AS r WHERE {}", statement.where), statement.args(),
                    [&](std::span<const sql::Value> row) { sql::from_value(row[0], n); }));
    return n;
  });
}

}  // namespace gyre::tracking
