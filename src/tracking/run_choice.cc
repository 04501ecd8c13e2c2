#include "tracking/run_choice.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "storage/sql/lists.h"
#include "tracking/run_columns.h"
#include "tracking/run_pages.h"

namespace gyre::tracking {
namespace {

constexpr std::size_t kIdsARead = 256;  // of one statement

ChosenRun chosen(const RunRow& row, const std::vector<RunColumn>& fields, std::span<const OwnedValue> values) {
  ChosenRun run{row.id, row.name, row.start_ms, {}};
  for (const auto& field : fields) run.cells.push_back(cell_of(field, values));
  return run;
}

void tell_kinds(const std::vector<RunColumn>& fields, ChosenRuns& found) {
  found.kinds.clear();
  for (const auto& field : fields) found.kinds.push_back(field.kind);
}

Result<ChosenRuns> searched(sql::Tx& tx, const Search& search, const std::vector<std::string>& fields, const FilterContext& context) {
  auto statement = TRY(statement_of(search, context));
  const auto counted = statement;
  TRY(add_order(statement, search, context));
  const auto columns = TRY(add_columns(statement, fields, "group", context));
  const auto rows = TRY(read_runs(tx, statement, search, {}));
  ChosenRuns found;
  tell_kinds(columns, found);
  for (std::size_t i = 0; i < rows.rows.size(); ++i) found.runs.push_back(chosen(rows.rows[i], columns, rows.columns[i]));
  found.matched = rows.next.empty() ? static_cast<std::int64_t>(found.runs.size()) : TRY(count_runs(tx, counted, search.filter));
  return found;
}

constexpr std::size_t kRunColumnCount = 9;

Result<void> read_block(sql::Tx& tx, std::span<const std::string> ids, const std::vector<std::string>& fields, const FilterContext& context,
                        ChosenRuns& found) {
  Statement statement;
  std::string places;
  for (const auto& id : ids) places += fmt::format("{}{}", places.empty() ? "" : ", ", statement.bind(id));
  const auto columns = TRY(add_columns(statement, fields, "group", context));
  tell_kinds(columns, found);
  std::string asked(kRunColumns);
  for (const auto& column : statement.columns) asked += ", " + column;
  const auto text = fmt::format("SELECT {} FROM {} WHERE r.id IN ({}) AND r.lifecycle <> 'purging'", asked, statement.from, places);
  return tx.run_with(text, statement.args(), [&](std::span<const sql::Value> row) {
    std::vector<OwnedValue> values;
    for (const auto& value : row.subspan(kRunColumnCount)) values.push_back(owned(value));
    found.runs.push_back(chosen(sql::to_record<RunRow>(row.first(kRunColumnCount)), columns, values));
  });
}

Result<ChosenRuns> named(sql::Tx& tx, const std::vector<std::string>& ids, const std::vector<std::string>& fields, const FilterContext& context) {
  ChosenRuns found;
  std::unordered_map<std::string_view, std::size_t> places;
  std::vector<std::string> once;
  for (const auto& id : ids) {
    if (places.emplace(id, once.size()).second) once.push_back(id);
  }
  for (std::span<const std::string> rest = once; !rest.empty();) {
    const auto block = rest.first(std::min(kIdsARead, rest.size()));
    TRY(read_block(tx, block, fields, context, found));
    rest = rest.subspan(block.size());
  }
  std::ranges::sort(found.runs, {}, [&](const ChosenRun& run) { return places.at(run.id); });
  found.matched = static_cast<std::int64_t>(found.runs.size());
  return found;
}

}  // namespace

std::vector<std::string> ChosenRuns::ids() const {
  std::vector<std::string> all;
  for (const auto& run : runs) all.push_back(run.id);
  return all;
}

Result<ChosenRuns> choose_runs(sql::Tx& tx, const RunChoice& choice, const std::vector<std::string>& fields, std::size_t most, const FilterContext& context) {
  const auto asked = choice.search ? static_cast<std::size_t>(std::max<std::int64_t>(choice.search->limit, 0)) : choice.ids.size();
  if (asked > most) return fail(Code::invalid, fmt::format("{} runs are asked for; at most {} are drawn", asked, most), {}, "let the selection be narrower");
  return choice.search ? searched(tx, *choice.search, fields, context) : named(tx, choice.ids, fields, context);
}

}  // namespace gyre::tracking
