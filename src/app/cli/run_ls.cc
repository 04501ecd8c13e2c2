// gyre run ls: runs, newest first.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "app/cli/run.h"
#include "app/cli/run_ref.h"
#include "app/cli/run_sort.h"
#include "app/cli/run_table.h"
#include "app/cli/run_tree.h"

namespace gyre::cli {
namespace {

constexpr std::size_t kDefaultMetrics = 3;

// What people look at first.
std::size_t interest(std::string_view metric) {
  constexpr std::string_view kTelling[] = {"auc", "loss", "acc", "f1", "rmse", "mae", "error", "score"};
  const auto found = std::ranges::find_if(kTelling, [&](std::string_view word) { return metric.contains(word); });
  return static_cast<std::size_t>(found - std::begin(kTelling));
}

// Those that were asked for, else the most telling of those that most rows have.
std::vector<std::string> metric_columns(const Invocation& call, const Rows& all) {
  if (call.has("metric")) return call.list("metric");
  std::map<std::string, int> seen;
  for (const auto& row : all.rows) {
    for (const auto& [name, value] : members(row["metrics"])) ++seen[name];
  }
  std::vector<std::tuple<int, std::size_t, std::string>> ranked;
  for (const auto& [name, times] : seen) ranked.emplace_back(-times, interest(name), name);
  std::ranges::sort(ranked);
  std::vector<std::string> names;
  for (const auto& [times, rank, name] : ranked) {
    if (names.size() < kDefaultMetrics) names.push_back(name);
  }
  return names;
}
}  // namespace

json::Value took_ms(const json::Value& run) {
  const auto from = from_iso(run["started_at"].string_or("")), to = from_iso(run["ended_at"].string_or(""));
  return from && to && *to >= *from ? json::Value(*to - *from) : json::Value();
}
Result<int> list_runs(const Invocation& call) {
  Remote remote(call);
  const auto experiment = TRY(experiment_id(remote, without_kind(call.option("exp"), "experiment")));
  if (call.has("group")) return show_run_groups(call, remote, experiment);
  if (call.has("columns")) return show_run_columns(call, remote, experiment, TRY(sort_of(remote, call, experiment)));
  const auto sort = TRY(sort_of(remote, call, experiment));
  const auto all = TRY(list(remote, "/api/v1/runs", {{"experiment", experiment}, {"filter", call.option("filter")}, {"sort", sort}}, call));
  const auto metrics = metric_columns(call, all);
  const auto params = call.list("param");
  const auto now = human() ? remote.now_ms() : 0;
  // Where runs share a name, the id tells them apart.
  std::set<std::string> names;
  for (const auto& row : all.rows) names.insert(row["name"].string_or(""));
  const bool alike = names.size() < all.rows.size();
  std::vector<Table::Column> columns{{"RUN"}, {"STATUS"}};
  int drop = 1;
  for (const auto& name : metrics) columns.push_back({.title = safe(name), .right = true, .drop = call.has("metric") ? 0 : drop++, .even = true});
  for (const auto& name : params) columns.push_back({safe(name), true});
  columns.insert(columns.end(), {{"TOOK", true, 6}, {"STARTED"}, {"EXPERIMENT", false, 5}, {"ID", false, alike ? 0 : 7}});
  ListView view{"run-list/1", "no run here yet · any MLflow client can log to this server", "runs", Table(columns)};
  const auto cells_of = [&](const json::Value& row, const std::string& branch) {
    std::vector<std::string> cells{branch + text(row["name"]), state_of(row)};
    for (const auto& name : metrics) cells.push_back(figure(row["metrics"][name]));
    for (const auto& name : params) cells.push_back(text(row["params"][name]));
    const auto id = row["id"].string_or("");
    for (auto& cell : {duration(took_ms(row)), age(row["started_at"], now), text(row["experiment"]["name"]), human() ? id.substr(0, 8) : id})
      cells.push_back(cell);
    return cells;
  };
  return show_tree(call, all, std::move(view), [](const json::Value& run) { return run["parent"].string_or(""); }, cells_of);
}

}  // namespace gyre::cli
