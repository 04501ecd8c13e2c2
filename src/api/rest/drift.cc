// /monitors/{monitor}/drift: every column in every window, and what each rule looks at.
#include <algorithm>

#include "api/rest/flags.h"
#include "api/rest/monitoring.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kMaxFlagsShown = 500;

// The least value that is drawn with the last colour, so that noise looks like noise.
double least_scale(std::string_view metric) {
  if (metric == "psi") return 0.25;
  if (metric == "w1") return 0.5;
  if (metric == "missing" || metric == "unseen" || metric == "out_of_range") return 0.05;
  return 0.2;
}

// A column's measure of that name; of "share" that of the value that a rule watches. Numbers are never unseen, and categories
// never out of range.
const double* value_of(const monitoring::ColumnDrift& column, const std::string& metric) {
  if ((metric == "unseen" && !column.category) || (metric == "out_of_range" && column.category)) return nullptr;
  const auto found = metric == "share" ? column.measures.lower_bound("share:") : column.measures.find(metric);
  if (found == column.measures.end() || (metric == "share" && !found->first.starts_with("share:"))) return nullptr;
  return &found->second;
}

std::string_view level_of(const monitoring::Rule& rule, const std::optional<monitoring::Measured>& measured) {
  if (!measured) return "nodata";
  if (measured->few) return "few";
  if (!rule.is_bad(measured->value, measured->error)) return "ok";
  return rule.severity == "critical" ? "crit" : "warn";
}

int weight_of(std::string_view level) { return level == "crit" ? 3 : level == "warn" ? 2 : level == "few" ? 1 : 0; }

// One column, aligned with the windows.
struct Row {
  std::string name;
  bool output = false, category = false;
  std::optional<double> importance;
  std::vector<std::optional<double>> values;
  std::vector<std::int64_t> n;
  std::vector<std::string_view> levels;

  double worst() const {
    double most = 0;
    for (const auto& value : values) most = std::max(most, value.value_or(0));
    return most;
  }
};

std::vector<Row> rows_of(const monitoring::Definition& definition, const std::vector<monitoring::Window>& windows, const std::string& metric) {
  std::map<std::string, Row> rows;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    for (const auto& column : windows[i].columns) {
      const auto* value = value_of(column, metric);
      if (!value) continue;
      auto& row = rows.try_emplace(column.column).first->second;
      row.name = column.column;
      row.output = column.output;
      row.category = column.category;
      row.values.resize(windows.size());
      row.n.resize(windows.size());
      row.levels.resize(windows.size(), "nodata");
      row.values[i] = *value;
      row.n[i] = column.n;
      row.levels[i] = column.n < definition.min_rows ? "few" : "ok";
    }
  }
  for (const auto& rule : definition.rules) {
    const auto row = rows.find(rule.column);
    if (row == rows.end()) continue;
    for (std::size_t i = 0; i < windows.size(); ++i) {
      const auto level = level_of(rule, monitoring::measured(rule, definition, windows[i]));
      if (weight_of(level) > weight_of(row->second.levels[i])) row->second.levels[i] = level;
    }
  }
  std::vector<Row> found;
  for (auto& [name, row] : rows) found.push_back(std::move(row));
  return found;
}

// As far as the trainer recorded it: evidence "training" with {"importance": {column: share of gain}}.
Result<void> add_importance(const Rooms& rooms, const monitoring::Definition& definition, std::int64_t version, std::vector<Row>& rows) {
  const auto endpoint = TRY(rooms.serving.endpoint(definition.endpoint));
  const auto training = TRY(rooms.registry.evidence(endpoint.config.model, version, "training"));
  if (!training) return {};
  for (auto& row : rows) {
    const auto& share = training->body["importance"][row.name];
    if (share.is_number()) row.importance = share.number_or(0);
  }
  return {};
}

// Worst first: drift times importance; a column of unknown importance counts as a middling one.
void sort_rows(std::vector<Row>& rows) {
  double sum = 0, known = 0;
  for (const auto& row : rows) sum += row.importance.value_or(0), known += row.importance.has_value();
  const double middling = known > 0 ? sum / known : 1;
  std::ranges::sort(rows, {}, [&](const Row& row) { return std::pair(-row.worst() * row.importance.value_or(middling), std::string_view(row.name)); });
}

// By the columns' peaks, but for the highest tenth of them: a column that is far off in every window must not pale the
// others (a weekday by day, where the monitor does not leave it out).
double scale_of(const std::vector<Row>& rows, std::string_view metric) {
  std::vector<double> peaks;
  for (const auto& row : rows) peaks.push_back(row.worst());
  if (peaks.empty()) return least_scale(metric);
  const auto place = peaks.begin() + static_cast<std::ptrdiff_t>((peaks.size() - 1) * 9 / 10);
  std::ranges::nth_element(peaks, place);
  return std::max(least_scale(metric), *place);
}

template <class Items, class Write>
void array_field(Writer& writer, std::string_view name, const Items& items, Write&& write_one) {
  writer.key(name);
  writer.begin_array();
  for (const auto& item : items) write_one(item);
  writer.end_array();
}

void write_row(Writer& writer, const Row& row) {
  writer.begin_object();
  writer.field("name", row.name);
  writer.field("role", row.output ? "output" : "input");
  writer.field("type", row.category ? "category" : "number");
  maybe_figure_field(writer, "importance", row.importance);
  values_field(writer, "values", row.values);
  array_field(writer, "n", row.n, [&](std::int64_t n) { writer.integer(n); });
  array_field(writer, "levels", row.levels, [&](std::string_view level) { writer.string(level); });
  writer.end_object();
}

void write_signal(Writer& writer, const monitoring::Rule& rule, const monitoring::Definition& definition, const std::vector<monitoring::Window>& windows) {
  std::vector<std::optional<double>> values;
  std::vector<std::int64_t> n;
  std::vector<std::string_view> levels;
  for (const auto& window : windows) {
    const auto measured = monitoring::measured(rule, definition, window);
    values.push_back(measured ? std::optional(measured->value) : std::nullopt);
    n.push_back(measured ? measured->n : 0);
    levels.push_back(level_of(rule, measured));
  }
  writer.begin_object();
  writer.field("rule", rule.name);
  writer.key("column");
  if (rule.column.empty()) {
    writer.null();
  } else {
    writer.string(rule.column);
  }
  writer.field("metric", rule.metric);
  writer.field("unit", monitoring::metric_unit(rule.metric));
  writer.field("direction", rule.above ? "above" : "below");
  writer.field("limit", rule.limit());
  writer.field("clear", rule.clear);
  values_field(writer, "values", values);
  array_field(writer, "n", n, [&](std::int64_t count) { writer.integer(count); });
  array_field(writer, "levels", levels, [&](std::string_view level) { writer.string(level); });
  writer.end_object();
}

Result<net::Response> get_drift(const Rooms& rooms, const net::Request& request) {
  const auto monitor = TRY(rooms.monitoring.monitor(request.parameter("monitor")));
  const auto range = TRY(range_of(rooms, request));
  const auto metric = TRY(query_choice(request, "metric", {"js", "psi", "ks", "w1", "chi2", "share", "missing", "unseen", "out_of_range"}, "js"));
  const auto windows = TRY(rooms.monitoring.windows(monitor.name, range.from_ms, range.to_ms));
  auto rows = rows_of(monitor.definition, windows, metric);
  if (!windows.empty()) TRY(add_importance(rooms, monitor.definition, windows.back().version, rows));
  sort_rows(rows);
  Writer writer;
  writer.begin_object();
  writer.field("metric", metric);
  array_field(writer, "windows", windows, [&](const monitoring::Window& window) { write_window(writer, window); });
  array_field(writer, "features", rows, [&](const Row& row) { write_row(writer, row); });
  array_field(writer, "signals", monitor.definition.rules, [&](const monitoring::Rule& rule) { write_signal(writer, rule, monitor.definition, windows); });
  writer.field("scale_max", scale_of(rows, metric));
  flags_field(
      writer, "flags",
      TRY(find_flags(rooms, {.from_ms = range.from_ms, .to_ms = range.to_ms, .about = "monitor:" + monitor.name, .kinds = {}, .limit = kMaxFlagsShown})));
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_drift_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "GET", "/monitors/:monitor/drift", get_drift);
  add_distribution_routes(router, rooms);
}

}  // namespace gyre::rest
