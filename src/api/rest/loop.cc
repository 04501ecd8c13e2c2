#include "api/rest/loop.h"

#include <algorithm>
#include <cmath>

#include "api/rest/flags.h"
#include "api/rest/pipelines.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kHeadline = 16, kDetail = 26;  // characters that have room

std::string fitted(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  text.resize(most - 1);
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
  if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0) text.pop_back();
  return text + "…";
}

std::string count_text(double count) {
  if (count >= 1e6) return fmt::format("{:.3g}M", count / 1e6);
  return count >= 1e4 ? fmt::format("{:.3g}k", count / 1e3) : plain_count(std::llround(count));
}

Station data_station(const LoopFacts& facts) {
  Station station{.station = "data", .url = facts.repo.empty() ? page_path("/data") : repo_link(facts.repo).url};
  if (facts.commits.empty()) return station;
  const auto& last = facts.commits.front();
  const auto ref = commit_link(last.repo, last.id).ref;
  station.status = "ok";
  station.headline = ref.size() <= kHeadline ? ref : fmt::format("main@{}", last.id.substr(0, 7));
  station.reference = true;
  station.detail = last.rows ? fmt::format("+{} rows", plain_count(*last.rows)) : fmt::format("+{} paths", plain_count(last.added));
  station.at_ms = last.at_ms;
  for (auto commit = facts.commits.rbegin(); commit != facts.commits.rend(); ++commit)
    station.spark.push_back(commit->rows ? std::optional(static_cast<double>(*commit->rows)) : std::nullopt);
  station.spark_label = "rows a commit";
  return station;
}

Station train_station(const LoopFacts& facts) {
  Station station{.station = "train", .url = facts.pipeline ? pipeline_link(facts.pipeline->name).url : page_path("/pipelines")};
  if (facts.runs.empty()) return station;
  const auto& last = facts.runs.front();
  station.status = run_status(last);
  station.headline = last.status == "running" ? fmt::format("{} of {} steps", last.steps_done, last.steps_total)
                     : last.versions.empty()  ? fitted("run " + last.status, kHeadline)
                                              : fmt::format("v{} trained", last.versions.back().version);
  if (const auto took = run_duration_ms(last))
    station.detail = fmt::format("{} {:.3g} s", last.status == "running" ? "for" : "in", static_cast<double>(*took) / 1000);
  station.at_ms = last.finished_ms > 0 ? last.finished_ms : last.created_ms;
  for (auto run = facts.runs.rbegin(); run != facts.runs.rend(); ++run) {
    const auto took = run_duration_ms(*run);
    station.spark.push_back(took ? std::optional(static_cast<double>(*took) / 1000) : std::nullopt);
  }
  station.spark_label = "seconds a run";
  return station;
}

std::optional<double> auc_of(const monitoring::Window& window) { return window.realised.n > 0 ? std::optional(window.realised.auc) : std::nullopt; }

Station model_station(const LoopFacts& facts) {
  Station station{.station = "model", .url = facts.model.empty() ? page_path("/models") : model_link(facts.model).url};
  if (facts.versions.empty()) return station;
  const auto chosen = facts.champion > 0 ? facts.champion : facts.versions.front().version;
  station.status = facts.champion > 0 ? "ok" : "wait";
  station.headline = fitted(facts.champion > 0 ? fmt::format("v{} champion", chosen) : fmt::format("v{}", chosen), kHeadline);
  station.url = version_link(facts.model, chosen).url;
  for (const auto& version : facts.versions) {
    if (version.version == chosen) station.at_ms = version.created_ms;
  }
  const auto candidate = facts.open_case ? facts.open_case->candidate : 0;
  if (candidate > 0 && candidate != chosen) {
    station.status = "canary";
    station.detail = fitted(fmt::format("v{} is tried", candidate), kDetail);
  } else {
    station.detail = fmt::format("{} {}", facts.versions.size(), facts.versions.size() == 1 ? "version" : "versions");
  }
  for (const auto& window : facts.windows) station.spark.push_back(auc_of(window));
  station.spark_label = "AUC in service";
  return station;
}

// Of the version with most requests.
std::string latency_text(const serving::Status& status) {
  const serving::VersionCounters* most = nullptr;
  std::int64_t errors = 0;
  for (const auto& counters : status.counters) {
    errors += counters.errors;
    if (counters.role == "primary" && (!most || counters.requests > most->requests)) most = &counters;
  }
  if (!most || most->requests == 0) return "no request yet";
  return fitted(fmt::format("p95 {:.2g} ms · {} errors", most->latency_quantile_ms(.95), errors), kDetail + 1);  // the dot has two bytes
}

Station serve_station(const LoopFacts& facts) {
  Station station{.station = "serve", .url = facts.endpoint ? endpoint_link(facts.endpoint->name).url : page_path("/endpoints")};
  if (!facts.endpoint) return station;
  if (!facts.endpoint->revision) return station.headline = "not deployed", station.status = "wait", station;
  const auto& routes = facts.endpoint->revision->routes;
  station.status = routes.size() > 1 ? "canary" : "ok";
  station.detail = latency_text(*facts.serving);
  station.at_ms = facts.endpoint->revision->at_ms;
  for (const auto& window : facts.windows) station.spark.push_back(static_cast<double>(window.rows));
  if (const auto* last = facts.last_window()) {
    const auto a_day =
        static_cast<double>(last->rows) * static_cast<double>(kDayMs) / static_cast<double>(std::max<std::int64_t>(1, last->to_ms - last->from_ms));
    station.headline = fitted(fmt::format("{} rows a day", count_text(a_day)), kHeadline);
    station.note = facts.now_ms - last->to_ms < 2 * (last->to_ms - last->from_ms) ? "live" : "";
    station.at_ms = last->to_ms;
  } else {
    station.headline = fitted(fmt::format("revision {}", facts.endpoint->revision->number), kHeadline);
  }
  station.spark_label = "rows a window";
  return station;
}

std::optional<double> value_in(const monitoring::Window& window, const monitoring::Rule& rule) {
  if (rule.is_quality()) return window.realised.n > 0 ? std::optional(monitoring::figure(window.realised, rule.metric)) : std::nullopt;
  const auto column = std::ranges::find(window.columns, rule.column, &monitoring::ColumnDrift::column);
  if (column == window.columns.end()) return std::nullopt;
  const auto value = column->measures.find(rule.metric == "share" ? monitoring::share_name(rule.value.value_or(0)) : rule.metric);
  return value == column->measures.end() ? std::nullopt : std::optional(value->second);
}

// "1 of 7 labelled days": what is waited for; after what, the headline says.
std::string_view waited(std::string_view reason) { return reason.substr(0, reason.find(" after ")); }

std::string labels_text(const LoopFacts& facts) {
  std::int64_t rows = 0, labelled = 0;
  for (const auto& window : facts.windows) rows += window.rows, labelled += window.labelled;
  return rows == 0 ? "" : fmt::format("labels {:.0f} % in", 100 * static_cast<double>(labelled) / static_cast<double>(rows));
}

Station monitor_station(const LoopFacts& facts) {
  Station station{.station = "monitor", .url = facts.monitor ? monitor_link(facts.monitor->name).url : page_path("/monitors")};
  if (!facts.monitor) return station;
  const auto* alert = facts.open_alert();
  station.status = alert ? (alert->severity == "warn" ? "warn" : "crit") : facts.windows.empty() ? "none" : "ok";
  station.headline = facts.windows.empty() ? "waits for rows" : "watching";
  if (const auto* last = facts.last_window()) station.at_ms = last->to_ms;
  station.detail = labels_text(facts);
  if (facts.open_case && facts.open_case->state == "waiting") station.waits_for = fitted(std::string(waited(facts.open_case->last_reason)), kDetail);
  const auto* rule = facts.watched_rule();
  if (!rule) return station;
  const auto figure = plain_figure(*rule->value);
  station.headline = fmt::format("{} {}", rule->rule.name, figure);
  if (station.headline.size() > kHeadline) {  // then the figure leads, and the detail names it whole
    station.headline = fmt::format("{} of {}", figure, plain_figure(rule->rule.limit()));
    station.detail = fitted(rule->rule.name, kDetail);
  }
  for (const auto& window : facts.windows) station.spark.push_back(value_in(window, rule->rule));
  station.spark_label = rule->rule.name;
  return station;
}

std::string since_text(const monitoring::Alert& alert, TimeMs now_ms) {
  return fmt::format("{} is {} since {}", alert.rule, alert.value > alert.limit ? "too high" : "too low", plain_day(alert.onset_ms, now_ms));
}

// How many of a list, newest first, are of the last day.
template <class Rows, class Time>
std::int64_t recent(const Rows& rows, TimeMs now_ms, Time&& time) {
  return std::ranges::count_if(rows, [&](const auto& row) { return time(row) > now_ms - kDayMs; });
}

}  // namespace

std::vector<Station> stations_of(const LoopFacts& facts) {
  return {data_station(facts), train_station(facts), model_station(facts), serve_station(facts), monitor_station(facts)};
}

std::vector<Crossing> crossings_of(const LoopFacts& facts) {
  Crossing read{"data", "train", {}, 0, 0}, registered{"train", "model", {}, 0, 0}, deployed{"model", "serve", {}, 0, 0}, watched{"serve", "monitor", {}, 0, 0},
      raised{"monitor", "data", {}, 0, 0};
  for (const auto& run : facts.runs) {
    const auto at = run.commit.find('@');
    if (at == std::string::npos) continue;
    if (!read.artefact) read.artefact = commit_link(run.commit.substr(0, at), run.commit.substr(at + 1)), read.at_ms = run.created_ms;
    read.count += run.created_ms > facts.now_ms - kDayMs;
  }
  if (!facts.versions.empty()) {
    registered.artefact = version_link(facts.model, facts.versions.front().version);
    registered.at_ms = facts.versions.front().created_ms;
    registered.count = recent(facts.versions, facts.now_ms, [](const auto& version) { return version.created_ms; });
  }
  if (facts.champion > 0) {
    deployed.artefact = version_link(facts.model, facts.champion);
    deployed.at_ms = facts.endpoint->revision->at_ms;
    deployed.count = deployed.at_ms > facts.now_ms - kDayMs;
  }
  if (const auto* last = facts.last_window()) {
    watched.artefact = window_link(facts.monitor->name, last->from_ms, last->to_ms);
    watched.at_ms = last->to_ms;
    watched.count = recent(facts.windows, facts.now_ms, [](const auto& window) { return window.to_ms; });
  }
  for (const auto& alert : facts.alerts) {
    if (alert.opened_ms > raised.at_ms) raised.artefact = alert_link(alert.id, alert.rule), raised.at_ms = alert.opened_ms;
    raised.count += alert.opened_ms > facts.now_ms - kDayMs;
  }
  return {read, registered, deployed, watched, raised};
}

std::vector<std::int64_t> laps_of(const LoopFacts& facts) {
  std::vector<std::int64_t> laps;
  for (const auto& one : facts.cases) {
    if (one.onset_ms > 0 && one.full_ms > one.onset_ms) laps.push_back(one.full_ms - one.onset_ms);
  }
  return laps;
}

std::string rule_text(const monitoring::RuleState& rule) {
  return fmt::format("{} {} of {}", rule.rule.name, plain_figure(rule.value.value_or(0)), plain_figure(rule.rule.limit()));
}

std::string loop_headline(const LoopFacts& facts) {
  const auto* alert = facts.open_alert();
  const bool nothing = facts.commits.empty() && facts.runs.empty() && facts.versions.empty() && !facts.endpoint && !facts.monitor;
  if (nothing) return "Nothing runs yet. Five commands close the loop.";
  if (facts.open_case) {
    const auto& one = *facts.open_case;
    const auto why = alert ? since_text(*alert, facts.now_ms) : fmt::format("A case is open ({})", one.trigger);
    if (one.state == "waiting") return fmt::format("{}; the policy waits: {}.", why, waited(one.last_reason));
    if (one.state == "training") return fmt::format("{}; a new model is being trained.", why);
    if (one.state == "gating") return fmt::format("{}; v{} is at its gates.", why, one.candidate);
    if (one.state == "rolling_out") return fmt::format("{}; v{} is being rolled out.", why, one.candidate);
    if (!alert) return fmt::format("v{} serves all traffic and is being watched.", one.candidate);
    return fmt::format("{}; v{} serves all traffic and is being watched.", why, one.candidate);
  }
  if (alert) return since_text(*alert, facts.now_ms) + ".";
  if (!facts.runs.empty() && facts.runs.front().status == "failed") return fmt::format("The last run of {} failed.", facts.runs.front().pipeline);
  if (facts.champion == 0) return "No model serves yet.";
  if (!facts.monitor) return fmt::format("v{} serves; nothing watches it yet.", facts.champion);
  const auto laps = laps_of(facts).size();
  if (laps == 0) return fmt::format("{} is healthy: v{} serves all traffic.", facts.model, facts.champion);
  return fmt::format("{} is healthy; the loop closed {}.", facts.model, laps == 1 ? "once" : fmt::format("{} times", laps));
}

}  // namespace gyre::rest
