#include "tracking/run_pages.h"

#include <fmt/format.h>

#include "tracking/filter_syntax.h"
#include "tracking/rules.h"
#include "tracking/run_narrowing.h"

namespace gyre::tracking {
namespace {

constexpr std::string_view kThere = "0";  // the first key of a run that has what it is sorted by
constexpr std::size_t kRunColumnCount = 9;

std::string fingerprint(const Search& search) {
  std::string text = search.filter + '\n' + search.view;
  for (const auto& id : search.experiment_ids) text += '\n' + id;
  for (const auto& item : search.order_by) text += '\n' + item;
  return text;
}

// Archived runs are those of their own view, and of those that leave nothing out.
std::string archived_condition(std::string_view view) {
  if (view != "ACTIVE_ONLY" && view != "ARCHIVED_ONLY") return "";
  return fmt::format(" AND r.id {} (SELECT run_id FROM run_tags WHERE key = 'gyre.archived')", view == "ARCHIVED_ONLY" ? "IN" : "NOT IN");
}

// Whoever skips many rows finds the page's runs first: the columns of those that are skipped are not read.
std::string page_text(Statement& statement, std::int64_t limit, std::int64_t skip) {
  std::string columns, order;
  for (const auto& key : statement.keys) {
    columns += ", " + key.text;
    if (key.text == kThere) continue;  // a number alone would be a column's
    order += fmt::format("{}{} {}", order.empty() ? "" : ", ", key.text, key.descending ? "DESC" : "ASC");
  }
  for (const auto& column : statement.columns) columns += ", " + column;
  const auto most = statement.bind(limit);
  auto where = statement.where;
  if (skip > 0)
    where += fmt::format(" AND r.id IN (SELECT r.id FROM {} WHERE {} ORDER BY {} LIMIT {} OFFSET {})", statement.from, statement.where, order, most,
                         statement.bind(skip));
  return fmt::format("SELECT {}{} FROM {} WHERE {} ORDER BY {} LIMIT {}", kRunColumns, columns, statement.from, where, order, most);
}

// The way along the index of the metric that runs are sorted by first of all.
struct Walk {
  std::string key;  // of the metric
  bool descending = false;
  std::optional<Bound> from;  // the value at which the page before it ended
};

// Nothing where runs are sorted by something else, or the page begins behind those that have the metric.
std::optional<Walk> walk_of(const Search& search, const CursorValues& after) {
  const auto item = parse_order(search.order_by.empty() ? "" : search.order_by.front());
  if (!item || item->value.kind != Node::Kind::field || (item->value.entity != "metric" && item->value.entity != "metrics")) return std::nullopt;
  if (!after.empty() && (!after[1] || after[0] != Bound(std::int64_t{0}))) return std::nullopt;
  return Walk{item->value.text, item->descending, after.empty() ? std::nullopt : after[1]};
}

// The value at which so many entries of the index are used up; nothing: the index ends before.
Result<std::optional<double>> end_of_walk(sql::Tx& tx, const Walk& walk, std::int64_t entries) {
  const auto text =
      fmt::format("SELECT latest_value FROM metric_series WHERE key = $1 AND latest_value IS NOT NULL{} ORDER BY latest_value {} LIMIT 1 OFFSET {}",
                  walk.from ? fmt::format(" AND latest_value {} $2", walk.descending ? "<=" : ">=") : "", walk.descending ? "DESC" : "ASC", entries);
  std::vector<Bound> values{walk.key};
  if (walk.from) values.push_back(*walk.from);
  std::optional<double> end;
  TRY(tx.run_with(text, to_args(values), [&](std::span<const sql::Value> row) { sql::from_value(row[0], end); }));
  return end;
}

// Only entries before `end` count: of those that are equal to it the walk may know a part.
Statement along_index(const Statement& whole, const Walk& walk, std::optional<double> end) {
  auto made = whole;
  made.from = "metric_series AS o CROSS JOIN runs AS r";
  made.where = fmt::format("o.key = ${} AND o.latest_value IS NOT NULL AND r.id = o.run_id AND {}", whole.first_of_order, whole.where);
  made.keys[0].text = std::string(kThere);
  made.keys[1].text = "o.latest_value";
  if (walk.from) made.where += fmt::format(" AND o.latest_value {} {}", walk.descending ? "<=" : ">=", made.bind(*walk.from));
  if (end) made.where += fmt::format(" AND o.latest_value {} {}", walk.descending ? ">" : "<", made.bind(*end));
  return made;
}

Result<FoundRuns> read_page(sql::Tx& tx, Statement statement, const Search& search, const CursorValues& after, std::int64_t skip) {
  if (!after.empty()) statement.where += " AND " + behind(statement.keys, after, [&](const Bound& value) { return statement.bind(value); });
  const auto text = page_text(statement, search.limit + 1, skip);
  const auto keys = statement.keys.size();
  FoundRuns found;
  std::string end;
  TRY(tx.run_with(text, statement.args(), [&](std::span<const sql::Value> row) {
    if (static_cast<std::int64_t>(found.rows.size()) == search.limit) {
      found.next = std::move(end);
      return;
    }
    found.rows.push_back(sql::to_record<RunRow>(row.first(kRunColumnCount)));
    auto& columns = found.columns.emplace_back();
    for (const auto& value : row.subspan(kRunColumnCount + keys)) columns.push_back(owned(value));
    if (static_cast<std::int64_t>(found.rows.size()) == search.limit) end = write_cursor(row.subspan(kRunColumnCount, keys), fingerprint(search));
  }));
  return found;
}

}  // namespace

OwnedValue owned(const sql::Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* text = std::get_if<std::string_view>(&value)) return std::string(*text);
  return std::nullopt;
}

Result<Statement> statement_of(const Search& search, const FilterContext& context) {
  auto filter = TRY(compile(search.filter, run_fields(), 1, context));
  Statement made;
  made.values = std::move(filter.values);
  std::string places;
  for (const auto& id : search.experiment_ids) {
    if (const auto number = parse_experiment_id(id)) places += fmt::format("{}{}", places.empty() ? "" : ", ", made.bind(*number));
  }
  if (places.empty()) places = "NULL";
  made.where = fmt::format("r.experiment_id IN ({}) AND {}{} AND {}", places, lifecycle_condition("r.lifecycle", search.view), archived_condition(search.view),
                           filter.text);
  return made;
}

Result<void> add_order(Statement& statement, const Search& search, const FilterContext& context) {
  statement.first_of_order = statement.values.size() + 1;
  auto order = TRY(order_keys(search.order_by, run_fields(), statement.first_of_order, context));
  statement.add(std::move(order.values));
  statement.keys = std::move(order.keys);
  statement.keys.push_back({"r.start_ms", true});
  statement.keys.push_back({"r.id", false});
  return {};
}

Result<CursorValues> cursor_of(const Search& search, const Statement& statement) {
  if (search.after.empty()) return CursorValues{};
  return read_cursor(search.after, fingerprint(search), statement.keys.size());
}

Result<FoundRuns> read_runs(sql::Tx& tx, const Statement& statement, const Search& search, const CursorValues& after, std::int64_t skip) {
  const auto few = TRY(narrowed(tx, statement, search.filter));
  const auto walk = few.from == statement.from ? walk_of(search, after) : std::nullopt;
  for (const auto entries : {kFirstWalk, kMaxWalked}) {
    if (!walk || skip + search.limit > entries) continue;
    const auto end = TRY(end_of_walk(tx, *walk, entries));
    auto found = TRY(read_page(tx, along_index(statement, *walk, end), search, after, skip));
    if (!found.next.empty()) return found;
    if (!end) break;  // that was the whole index
  }
  return read_page(tx, few, search, after, skip);
}

Result<std::int64_t> count_runs(sql::Tx& tx, const Statement& whole, std::string_view filter) {
  const auto statement = TRY(narrowed(tx, whole, filter));
  std::int64_t n = 0;
  TRY(tx.run_with(fmt::format("SELECT COUNT(*) FROM {} WHERE {}", statement.from, statement.where), statement.args(),
                  [&](std::span<const sql::Value> row) { sql::from_value(row[0], n); }));
  return n;
}

}  // namespace gyre::tracking
