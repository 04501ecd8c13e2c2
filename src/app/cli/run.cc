// gyre run, gyre exp: what trainings logged.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "app/cli/chart.h"
#include "app/cli/run_files.h"
#include "app/cli/run_ref.h"
#include "app/cli/run_table.h"

namespace gyre::cli {
namespace {

constexpr std::size_t kDefaultMetrics = 3;

// "-val/auc" and "val/auc" for a metric, down and up; else as the server takes it.
std::string sort_of(const Invocation& call) {
  auto wish = call.option("sort");
  if (wish.empty() || wish.contains(' ')) return wish;
  const bool down = wish.front() == '-';
  if (down) wish.erase(0, 1);
  const bool named = std::ranges::any_of(std::initializer_list<std::string_view>{"metrics.", "params.", "tags.", "attributes."},
                                         [&](std::string_view entity) { return wish.starts_with(entity); });
  return fmt::format("{} {}", named ? wish : fmt::format("metrics.`{}`", wish), down ? "DESC" : "ASC");
}

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

json::Value took_ms(const json::Value& run) {
  const auto from = from_iso(run["started_at"].string_or("")), to = from_iso(run["ended_at"].string_or(""));
  return from && to ? json::Value(*to - *from) : json::Value();
}

Result<int> ls(const Invocation& call) {
  Remote remote(call);
  const auto experiment = TRY(experiment_id(remote, without_kind(call.option("exp"), "experiment")));
  if (call.has("group")) return show_run_groups(call, remote, experiment);
  if (call.has("columns")) return show_run_columns(call, remote, experiment, sort_of(call));
  const auto all = TRY(list(remote, "/api/v1/runs", {{"experiment", experiment}, {"filter", call.option("filter")}, {"sort", sort_of(call)}}, call));
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
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    std::vector<std::string> cells{text(row["name"]), state_of(row)};
    for (const auto& name : metrics) cells.push_back(figure(row["metrics"][name]));
    for (const auto& name : params) cells.push_back(text(row["params"][name]));
    const auto id = row["id"].string_or("");
    for (auto& cell : {duration(took_ms(row)), age(row["started_at"], now), text(row["experiment"]["name"]), human() ? id.substr(0, 8) : id})
      cells.push_back(cell);
    table.add(std::move(cells));
  });
}

// key -> its curve in so many buckets.
Result<std::map<std::string, json::Value>> series_of(Remote& remote, const std::string& id, const std::string& keys, std::size_t buckets,
                                                     const std::string& x) {
  const auto found = TRY(remote.get(api("runs", id, "series"), {{"keys", keys}, {"buckets", std::to_string(buckets)}, {"x", x}}));
  std::map<std::string, json::Value> by_key;
  for (const auto& one : items(found["series"])) {
    auto with_x = one;
    with_x.set("x", found["x"]);
    with_x.set("exact", found["exact"]);
    by_key[one["key"].string_or("")] = std::move(with_x);
  }
  return by_key;
}

void print_map(std::string_view title, const json::Value& values) {
  if (members(values).empty()) return;
  heading(title);
  Facts facts;
  for (const auto& [name, value] : members(values)) facts.add(human() ? safe(name) : fmt::format("{}.{}", title, safe(name)), text(value));
  facts.print(2);
}

Result<void> print_metrics(Remote& remote, const json::Value& run) {
  constexpr std::size_t kSparkBuckets = 16;
  const auto& keys = items(run["keys"]);
  if (keys.empty()) return {};
  heading("metrics");
  const auto curves = human() ? TRY(series_of(remote, run["id"].string_or(""), "", kSparkBuckets, "step")) : std::map<std::string, json::Value>();
  Table table({{"METRIC"}, {"LAST", true}, {"", false, 1, Table::Cut::never}, {"MIN", true, 2}, {"MAX", true, 2}, {"POINTS", true, 3}});
  for (const auto& key : keys) {
    const auto name = key["key"].string_or("");
    const auto curve = curves.find(name);
    const bool drawn = curve != curves.end() && key["points"].int_or(0) > 1;
    table.add({text(key["key"]), figure(key["last"]), drawn ? paint(sparkline(numbers(curve->second["last"])), Tone::accent) : "", figure(key["min"]),
               figure(key["max"]), count(key["points"])});
  }
  table.print(human() ? 2 : 0);
  return {};
}

Result<int> show(const Invocation& call) {
  Remote remote(call);
  const auto run = TRY(remote.get(api("runs", TRY(run_id(remote, call.positional("run"))))));
  if (call.json) return print_document(call, "run/1", run);
  if (call.quiet) return fmt::print("{}\n", reference(run)), kDone;
  Facts facts;
  facts.add("run", human() ? fmt::format("{}  {}", paint(text(run["name"]), Tone::bold), state_of(run)) : text(run["name"]));
  facts.add("id", text(run["id"]));
  facts.add("experiment", text(run["experiment"]["name"]));
  facts.add("started", human() ? fmt::format("{}{}{}", moment(run["started_at"]), took_ms(run).is_null() ? "" : ", took " + duration(took_ms(run)),
                                             run["user"].string_or("").empty() ? "" : ", by " + text(run["user"]))
                               : text(run["started_at"]));
  facts.add("origin", chain(run["origin"]));
  facts.print();
  TRY(print_metrics(remote, run));
  print_map("params", run["params"]);
  if (call.has("tags") || !human()) print_map("tags", run["tags"]);
  const auto& files = items(run["files"]);
  if (!files.empty() && human()) {
    heading("files");
    Table table({{"PATH"}, {"SIZE", true}});
    for (const auto& file : files) table.add({text(file["path"]), bytes(file["bytes"])});
    table.print(2);
  }
  tell_page(remote, run);
  return kDone;
}

// What has one point is no curve: its value.
std::size_t points_of(const json::Value& series) {
  std::size_t drawn = 0;
  for (const auto value : numbers(series["last"])) drawn += std::isfinite(value) ? 1 : 0;
  return drawn;
}

json::Value last_value(const json::Value& values) {
  const auto& all = items(values);
  const auto found = std::ranges::find_if(all.rbegin(), all.rend(), [](const json::Value& value) { return !value.is_null(); });
  return found == all.rend() ? json::Value() : *found;
}

// Where its one point lies.
json::Value first_x(const json::Value& series) {
  const auto& counts = items(series["count"]);
  for (std::size_t i = 0; i < std::min(counts.size(), items(series["x"]).size()); ++i) {
    if (counts[i].int_or(0) > 0) return items(series["x"])[i];
  }
  return {};
}

void draw_series(const std::string& name, const json::Value& series) {
  constexpr std::size_t kHeight = 10;
  Curve curve{numbers(series["x"]), numbers(series["last"]), {}, {}};
  if (!series["exact"].bool_or(true)) curve.low = numbers(series["min"]), curve.high = numbers(series["max"]);
  heading(fmt::format("{}{}", safe(name), curve.low.empty() ? "" : "  (each column: least, last and greatest)"));
  for (const auto& line : draw(curve, terminal_width(), kHeight)) fmt::print("{}\n", line);
}

Result<int> curve(const Invocation& call) {
  Remote remote(call);
  const auto id = TRY(run_id(remote, call.positional("run")));
  const auto wanted = call.list("metrics");
  const std::size_t buckets = human() ? 2 * terminal_width() : 480;
  const auto keys = fmt::format("{}", fmt::join(wanted, ","));
  const auto found = TRY(remote.get(api("runs", id, "series"),
                                    {{"keys", keys}, {"buckets", std::to_string(std::min<std::size_t>(buckets, 1200))}, {"x", call.option("x", "step")}}));
  if (call.json) return print_document(call, "series/1", found);
  Table table({{"METRIC"}, {"X", true}, {"LAST", true}, {"MIN", true}, {"MAX", true}, {"POINTS", true}}), values({{"METRIC"}, {"VALUE", true}, {"X", true}});
  for (const auto& series : items(found["series"])) {
    auto with_x = series;
    with_x.set("x", found["x"]);
    with_x.set("exact", found["exact"]);
    const bool curved = points_of(series) > 1;
    if (human() && curved) draw_series(series["key"].string_or(""), with_x);
    if (human() && !curved) values.add({text(series["key"]), figure(last_value(series["last"])), figure(first_x(with_x))});
    const auto& xs = items(found["x"]);
    for (std::size_t i = 0; !human() && i < xs.size(); ++i) {
      if (items(series["count"])[i].int_or(0) > 0)
        table.add({text(series["key"]), figure(xs[i]), figure(items(series["last"])[i]), figure(items(series["min"])[i]), figure(items(series["max"])[i]),
                   count(items(series["count"])[i])});
    }
  }
  if (!human()) table.print();
  if (!values.empty()) {
    heading("one point each");
    values.print(2);
  }
  if (items(found["series"]).empty())
    return fail(Code::not_found, "the run has no such metric", {}, fmt::format("gyre run show {} lists its metrics", call.positional("run")));
  return kDone;
}

// Into the bin, for its time.
Result<int> rm(const Invocation& call) {
  Remote remote(call);
  const auto id = TRY(run_id(remote, call.positional("run")));
  const auto run = TRY(remote.get(api("runs", id)));
  TRY(remote.post("/api/2.0/mlflow/runs/delete", json::Object{{"run_id", id}}));
  json::Value done = json::Object{};
  done.set("object", json::Object{{"ref", "run:" + id}});
  done.set("text", fmt::format("{} is in the bin", run["name"].string_or("")));
  return print_done(call, done, fmt::format("gyre retention restore run:{}", id));
}

Result<int> list_experiments(const Invocation& call) {
  Remote remote(call);
  const auto all = TRY(list(remote, "/api/v1/experiments", {}, call));
  const auto now = human() ? remote.now_ms() : 0;
  ListView view{"experiment-list/1", "no experiment yet · any MLflow client can log to this server", "experiments",
                Table({{"EXPERIMENT"}, {"RUNS", true}, {"RUNNING", true}, {"LAST"}, {"ID", false, 1}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    table.add({text(row["name"]), count(row["runs_total"]), count(row["running"]), age(row["last_at"], now), text(row["id"])});
  });
}

const Positional kRun{"run", "its name, id, or the first digits of it", true, false, Names::run};

const Command kRunCommands[] = {
    {.noun = "run",
     .verb = "ls",
     .summary = "Runs, newest first",
     .example = "gyre run ls --exp flights --filter 'metrics.auc > 0.8' --sort -auc --limit 3\n"
                "gyre run ls --columns 'metrics.auc, max(metrics.auc), params.trees, duration'\n"
                "gyre run ls --group params.trees --columns metrics.auc,metrics.loss --sort '-metrics.auc'",
     .positionals = {},
     .options = {{"exp", "NAME", "of this experiment alone", 0, false, Names::experiment},
                 {"filter", "TEXT", "MLflow's filter language and more: docs/guide/searching-runs.md"},
                 {"sort", "KEY", "a metric, -KEY from the greatest down; or as in 'attributes.start_time ASC'"},
                 {"columns", "LIST", "values of the filter language, with commas; with --group: what is reckoned", 0, true},
                 {"group", "LIST", "one line for each combination of these values, with mean and 95 % interval of the columns", 0, true},
                 {"metric", "KEY", "a column; the commonest three when left out", 'm', true},
                 {"param", "KEY", "a column", 'p', true},
                 kLimit,
                 kAll},
     .run = ls},
    {.noun = "run",
     .verb = "show",
     .summary = "A run: metrics with their curves, parameters, where it came from, files",
     .example = "gyre run show amber-fox",
     .positionals = {kRun},
     .options = {{"tags", "", "its tags too"}},
     .run = show},
    {.noun = "run",
     .verb = "curve",
     .summary = "Curves of a run's metrics",
     .example = "gyre run curve amber-fox val/auc\ngyre run curve amber-fox loss --csv > loss.csv",
     .positionals = {kRun, {"metrics", "all when left out", false, true}},
     .options = {{"x", "AXIS", "step, time or relative (step)"}},
     .run = curve},
    {.noun = "run",
     .verb = "rm",
     .summary = "Put a run into the bin: gyre retention bin tells for how long",
     .example = "gyre run rm amber-fox",
     .positionals = {kRun},
     .options = {},
     .run = rm},
    {.noun = "run",
     .verb = "put",
     .summary = "A file to a run's artifacts, hash-checked; one that was cut goes on",
     .example = "gyre run put amber-fox weights.bin\ngyre run put amber-fox weights.bin --to model/weights.bin",
     .positionals = {kRun, {"file", "a file of this machine", true, false, Names::file}},
     .options = {{"to", "PATH", "its path among the run's files; its name when left out"}, {"resume", "UPLOAD", "goes on with this upload of the same file"}},
     .run = put_run_file},
    {.noun = "run",
     .verb = "get",
     .summary = "A file of a run's artifacts; the same command goes on where it was cut",
     .example = "gyre run get amber-fox model/weights.bin\ngyre run get amber-fox model/weights.bin -o w.bin",
     .positionals = {kRun, {"path", "among the run's files: gyre run show lists them"}},
     .options = {{"output", "FILE", "a file or a folder; its name in this folder when left out", 'o', false, Names::file}},
     .run = get_run_file},
};

const Command kExpCommands[] = {
    {.noun = "exp",
     .verb = "ls",
     .summary = "Experiments with their runs",
     .example = "gyre exp ls",
     .positionals = {},
     .options = {kLimit, kAll},
     .run = list_experiments},
};

}  // namespace

std::span<const Command> run_commands() { return kRunCommands; }
std::span<const Command> exp_commands() { return kExpCommands; }

}  // namespace gyre::cli
