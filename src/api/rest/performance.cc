// /monitors/{monitor}/performance: what quality was, what it was estimated to be before labels came, and how many came.
#include <algorithm>

#include "api/rest/flags.h"
#include "api/rest/monitoring.h"
#include "base/words.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kMaxFlagsShown = 500;
constexpr std::int64_t kFewLabels = 100;  // of a version in a window: its quality then says nothing, and its interval fills the picture
using Values = std::vector<std::optional<double>>;

// One version, aligned with the windows.
struct Series {
  std::int64_t version = 0;
  std::string role;
  Values realised, low, high, estimated;
  std::vector<std::int64_t> labelled;
};

std::vector<Series> series_of(const std::vector<monitoring::Window>& windows, std::string_view metric) {
  std::map<std::pair<std::string, std::int64_t>, Series> by_version;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    for (const auto& one : windows[i].versions) {
      if (one.role == "shadow") continue;
      auto& series = by_version[{one.role == "primary" ? "" : one.role, one.version}];  // primaries first
      series.version = one.version;
      series.role = one.role;
      for (auto* values : {&series.realised, &series.low, &series.high, &series.estimated}) values->resize(windows.size());
      series.labelled.resize(windows.size());
      if (one.estimated.n > 0) series.estimated[i] = monitoring::figure(one.estimated, metric);
      series.labelled[i] = one.realised.n;
      if (one.realised.n < kFewLabels) continue;
      series.realised[i] = monitoring::figure(one.realised, metric);
      if (const auto interval = monitoring::interval(one.realised, metric)) series.low[i] = interval->low, series.high[i] = interval->high;
    }
  }
  std::vector<Series> all;
  for (auto& [key, series] : by_version) all.push_back(std::move(series));
  return all;
}

// "Realised AUC was lowest on 3 Apr: .791, estimated .846. Last labelled: .832 on 27 Jun."
std::string sentence_of(const std::vector<monitoring::Window>& windows, std::string_view metric) {
  const monitoring::Window *worst = nullptr, *last = nullptr;
  for (const auto& window : windows) {
    if (!window.labels_complete || window.realised.n == 0) continue;
    const auto value = [&](const monitoring::Window& w) { return monitoring::figure(w.realised, metric) * (monitoring::higher_is_better(metric) ? 1 : -1); };
    if (!worst || value(window) < value(*worst)) worst = &window;
    last = &window;
  }
  if (!last) return windows.empty() ? "" : "No window has all its labels yet: only the estimate is known.";
  const auto words = monitoring::metric_words(metric);
  return fmt::format("Realised {} was {} on {}: {}, estimated {}. Last labelled: {} on {}.", words, monitoring::higher_is_better(metric) ? "lowest" : "highest",
                     plain_day(worst->from_ms), plain_figure(monitoring::figure(worst->realised, metric)),
                     plain_figure(monitoring::figure(worst->estimated, metric)), plain_figure(monitoring::figure(last->realised, metric)),
                     plain_day(last->from_ms));
}

void write_series(Writer& writer, const std::string& model, const Series& series, const std::vector<monitoring::Window>& windows) {
  writer.begin_object();
  link_field(writer, "version", version_link(model, series.version));
  writer.field("role", series.role);
  values_field(writer, "realised", series.realised);
  values_field(writer, "realised_low", series.low);
  values_field(writer, "realised_high", series.high);
  values_field(writer, "estimated", series.estimated);
  writer.key("labelled");
  writer.begin_array();
  for (const auto n : series.labelled) writer.integer(n);
  writer.end_array();
  writer.key("complete");
  writer.begin_array();
  for (const auto& window : windows) writer.boolean(window.labels_complete);
  writer.end_array();
  writer.end_object();
}

void limits_field(Writer& writer, const monitoring::Definition& definition, std::string_view metric) {
  writer.key("limits");
  writer.begin_array();
  for (const auto& rule : definition.rules) {
    if (!rule.is_quality() || rule.metric != metric) continue;
    writer.begin_object();
    writer.field("rule", rule.name);
    writer.field("value", rule.limit());
    writer.field("direction", rule.above ? "above" : "below");
    writer.field("severity", rule.severity);
    writer.end_object();
  }
  writer.end_array();
}

Result<net::Response> get_performance(const Rooms& rooms, const net::Request& request) {
  const auto monitor = TRY(rooms.monitoring.monitor(request.parameter("monitor")));
  const auto range = TRY(range_of(rooms, request));
  const auto metric = TRY(query_choice(request, "metric", {"auc", "log_loss", "skill", "brier", "ece"}, "auc"));
  const auto windows = TRY(rooms.monitoring.windows(monitor.name, range.from_ms, range.to_ms));
  const auto model = TRY(rooms.serving.endpoint(monitor.definition.endpoint)).config.model;
  Values coverage;
  for (const auto& window : windows)
    coverage.push_back(window.rows > 0 ? std::optional(std::min(1.0, static_cast<double>(window.labelled) / static_cast<double>(window.rows))) : std::nullopt);
  Writer writer;
  writer.begin_object();
  writer.field("metric", metric);
  writer.field("higher_is_better", monitoring::higher_is_better(metric));
  writer.key("windows");
  writer.begin_array();
  for (const auto& window : windows) write_window(writer, window);
  writer.end_array();
  values_field(writer, "coverage", coverage);
  writer.key("versions");
  writer.begin_array();
  for (const auto& series : series_of(windows, metric)) write_series(writer, model, series, windows);
  writer.end_array();
  limits_field(writer, monitor.definition, metric);
  flags_field(
      writer, "flags",
      TRY(find_flags(rooms, {.from_ms = range.from_ms, .to_ms = range.to_ms, .about = "monitor:" + monitor.name, .kinds = {}, .limit = kMaxFlagsShown})));
  writer.field("sentence", sentence_of(windows, metric));
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_performance_routes(net::Router& router, const Rooms& rooms) { add(router, rooms, "GET", "/monitors/:monitor/performance", get_performance); }

}  // namespace gyre::rest
