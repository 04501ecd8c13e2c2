#include "app/cli/run_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/cli/paging.h"
#include "app/cli/run_tree.h"

namespace gyre::cli {
namespace {

constexpr std::int64_t kMostGroups = 500;

json::Value list_of(const std::vector<std::string>& texts) {
  json::Array list;
  for (const auto& text : texts) list.emplace_back(text);
  return list;
}

// An option that is repeated, or holds several values with commas, or both.
std::vector<std::string> values_of(const Invocation& call, std::string_view option) {
  std::vector<std::string> values;
  for (const auto& text : call.list(option)) {
    for (auto& value : split_values(text)) values.push_back(std::move(value));
  }
  return values;
}

json::Value question_of(const Invocation& call, const std::string& experiment) {
  json::Value question = json::Object{};
  if (!experiment.empty()) question.set("experiments", json::Array{experiment});
  question.set("filter", call.option("filter"));
  return question;
}

std::string cell(const json::Value& value, std::string_view kind) {
  if (value.is_null()) return nothing();
  if (kind == "time") return moment(value);
  if (kind == "duration") return duration(value);
  return kind == "number" ? figure(value) : text(value);
}

std::vector<std::string> kinds_of(const json::Value& columns) {
  std::vector<std::string> kinds;
  for (const auto& column : items(columns)) kinds.push_back(column["kind"].string_or("text"));
  return kinds;
}

// For people the mean with half its interval; what is known of few runs says so.
std::string mean_of(const json::Value& told) {
  const auto mean = number(told["mean"]), high = number(told["high"]);
  if (!mean) return nothing();
  const auto text = human() ? human_number(*mean) : figure(told["mean"]);
  return high ? fmt::format("{} {} {}", text, utf8() ? "±" : "+-", human_number(*high - *mean, 2)) : text;
}

void add_figure_columns(std::vector<Table::Column>& columns, const std::string& name) {
  if (human()) {
    columns.insert(columns.end(), {{safe(name), true}, {"SD", true, 3}, {"MIN", true, 2}, {"MAX", true, 2}, {"N", true, 1}});
    return;
  }
  for (const auto* part : {"n", "nan", "mean", "deviation", "low", "high", "min", "max"}) columns.push_back({fmt::format("{}.{}", safe(name), part), true});
}

void add_figure_cells(std::vector<std::string>& cells, const json::Value& told) {
  const auto has_nan = told["nan"].int_or(0) > 0;
  if (human()) {
    const auto n = has_nan ? fmt::format("{} and {} NaN", count(told["n"]), count(told["nan"])) : count(told["n"]);
    cells.insert(cells.end(), {mean_of(told), figure(told["deviation"]), figure(told["min"]), figure(told["max"]), n});
    return;
  }
  for (const auto* part : {"n", "nan", "mean", "deviation", "low", "high", "min", "max"}) cells.push_back(figure(told[part]));
}

}  // namespace

std::vector<std::string> split_values(std::string_view text) {
  std::vector<std::string> values(1);
  char quote = 0;
  int depth = 0;
  for (const char c : text) {
    if (quote == 0 && depth == 0 && c == ',') {
      values.emplace_back();
      continue;
    }
    values.back() += c;
    if (quote != 0) {
      quote = c == quote ? char{0} : quote;
    } else if (c == '\'' || c == '"' || c == '`') {
      quote = c;
    } else {
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    }
  }
  for (auto& value : values) {
    value.erase(0, std::min(value.find_first_not_of(' '), value.size()));
    value.erase(value.find_last_not_of(' ') + 1);
  }
  std::erase(values, "");
  return values;
}

Result<int> show_run_columns(const Invocation& call, Remote& remote, const std::string& experiment, const std::string& sort) {
  auto question = question_of(call, experiment);
  if (!sort.empty()) question.set("sort", json::Array{sort});
  const auto wanted = values_of(call, "columns");
  auto columns_asked = wanted;
  if (is_tree(call) && !call.json) columns_asked.emplace_back("parent_run_id");
  question.set("columns", list_of(columns_asked));
  const auto all = TRY(list_posted(remote, "/api/v1/runs/query", std::move(question), call));
  const auto kinds = kinds_of(all.document["columns"]);
  const auto now = human() ? remote.now_ms() : 0;
  std::vector<Table::Column> columns{{"RUN"}, {"STATUS"}};
  for (std::size_t i = 0; i < wanted.size(); ++i)
    columns.push_back({.title = safe(wanted[i]), .right = kinds.size() > i && kinds[i] != "text", .even = kinds.size() > i && kinds[i] == "number"});
  columns.insert(columns.end(), {{"STARTED", false, 2}, {"ID", false, 1}});
  ListView view{"run-table/1", "no run matches", "runs", Table(columns)};
  const auto cells_of = [&](const json::Value& row, const std::string& branch) {
    std::vector<std::string> cells{branch + text(row["name"]), state_of(row)};
    const auto& values = items(row["cells"]);
    for (std::size_t i = 0; i < wanted.size(); ++i) cells.push_back(cell(i < values.size() ? values[i] : json::Value(), i < kinds.size() ? kinds[i] : ""));
    const auto id = row["id"].string_or("");
    cells.push_back(age(row["started_at"], now));
    cells.push_back(human() ? id.substr(0, 8) : id);
    return cells;
  };
  const auto parent_of = [&](const json::Value& row) {
    const auto& values = items(row["cells"]);
    return values.size() > wanted.size() ? values.back().string_or("") : std::string();
  };
  return show_tree(call, all, std::move(view), parent_of, cells_of);
}

Result<int> show_run_groups(const Invocation& call, Remote& remote, const std::string& experiment) {
  auto question = question_of(call, experiment);
  const auto by = values_of(call, "group"), figures = values_of(call, "columns");
  question.set("by", list_of(by));
  question.set("figures", list_of(figures));
  auto sort = call.option("sort");
  if (sort.starts_with('-')) sort = sort.substr(1) + " DESC";
  question.set("sort", sort);
  question.set("limit", std::min(TRY(wanted_rows(call)), kMostGroups));
  Rows all;
  all.document = TRY(remote.post("/api/v1/runs/groups", question));
  all.rows = items(all.document["rows"]);
  all.total = all.document["total"].int_or(0);
  const auto kinds = kinds_of(all.document["by"]);
  std::vector<Table::Column> columns;
  for (const auto& field : by) columns.push_back({safe(field)});
  columns.push_back({"RUNS", true});
  for (const auto& name : figures) add_figure_columns(columns, name);
  if (call.quiet) {
    for (const auto& row : all.rows) fmt::print("{}\n", text(row["filter"]));
    return kDone;
  }
  ListView view{"run-groups/1", "no run matches", "groups", Table(columns)};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < by.size(); ++i) cells.push_back(cell(items(row["keys"])[i], i < kinds.size() ? kinds[i] : ""));
    cells.push_back(count(row["runs"]));
    for (const auto& told : items(row["figures"])) add_figure_cells(cells, told);
    table.add(std::move(cells));
  });
}

}  // namespace gyre::cli
