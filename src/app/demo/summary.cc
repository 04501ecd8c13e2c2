#include "app/demo/summary.h"

#include <fmt/format.h>

#include <algorithm>

namespace gyre::demo {
namespace {

constexpr std::size_t kAll = 10'000;
constexpr TimeMs kWeekMs = 7 * kDayMs;
constexpr std::string_view kTimetableRule = "off-timetable", kOffTimetableColumn = "slot_density", kOffTimetableMeasure = "share:0";

using Sketches = std::array<monitoring::ScoreSketch, kContenders>;

void merge(Sketches& into, const Sketches& from) {
  for (std::size_t i = 0; i < kContenders; ++i) into[i].merge(from[i]);
}

std::array<monitoring::Quality, kContenders> quality_of(const Sketches& sketches) {
  std::array<monitoring::Quality, kContenders> quality;
  for (std::size_t i = 0; i < kContenders; ++i) quality[i] = monitoring::quality_of(sketches[i]);
  return quality;
}

// What the monitor said of a week, weighted by rows.
void add_windows(Week& week, const std::vector<monitoring::Window>& windows) {
  double rows = 0;
  for (const auto& window : windows) {
    if (window.from_ms < week.monday_ms || window.from_ms >= week.monday_ms + kWeekMs) continue;
    const auto weight = static_cast<double>(window.rows);
    rows += weight;
    week.estimated_auc += weight * window.estimated.auc;
    week.estimated_log_loss += weight * window.estimated.log_loss;
    const auto column = std::ranges::find(window.columns, kOffTimetableColumn, &monitoring::ColumnDrift::column);
    if (column == window.columns.end()) continue;
    if (const auto share = column->measures.find(std::string(kOffTimetableMeasure)); share != column->measures.end())
      week.off_timetable += weight * share->second;
  }
  if (rows == 0) return;
  for (auto* figure : {&week.estimated_auc, &week.estimated_log_loss, &week.off_timetable}) *figure /= rows;
}

std::vector<Week> weeks_of(const std::map<TimeMs, DayResult>& results, const std::vector<monitoring::Window>& windows) {
  std::map<TimeMs, std::pair<Sketches, std::int64_t>> by_week;
  for (const auto& [day_ms, day] : results) {
    auto& [sketches, days] = by_week[kServeFrom + (day_ms - kServeFrom) / kWeekMs * kWeekMs];
    merge(sketches, day.scores);
    ++days;
  }
  std::vector<Week> weeks;
  for (const auto& [monday_ms, week] : by_week) {
    add_windows(weeks.emplace_back(Week{.monday_ms = monday_ms, .days = week.second, .quality = quality_of(week.first)}), windows);
  }
  return weeks;
}

Gain gain_over(const std::map<TimeMs, DayResult>& results, Contender other, std::uint64_t seed) {
  std::vector<DayLoss> days;
  for (const auto& [day_ms, day] : results) {
    if (day_ms >= kCompareFrom) days.push_back({day.scores[other].log_loss_sum, day.scores[kServed].log_loss_sum, day.scores[kServed].n()});
  }
  return paired_gain(days, seed);
}

Result<std::map<std::string, Cost>> costs(pipelines::Service& pipelines) {
  std::map<std::string, Cost> cost;
  for (const auto& brief : TRY(pipelines.runs("", kAll))) {
    auto& one = cost[brief.trigger];
    ++one.trainings;
    for (const auto& step : TRY(pipelines.run(brief.id)).steps) one.cpu_ms += step.cpu_ms;
  }
  return cost;
}

Chain chain_of(const policy::Case& one, const std::vector<policy::Decision>& decisions) {
  Chain chain{.alarm = !one.alert.empty()};
  for (const auto& decision : decisions) {
    if (decision.case_id != one.id) continue;
    chain.waited |= decision.verdict == "wait";
    chain.trained |= decision.verdict == "train";
    chain.gated |= decision.verdict == "gate";
    chain.promoted |= decision.verdict == "promote";
  }
  return chain;
}

template <class T>
std::vector<T> oldest_first(std::vector<T> newest_first) {
  std::ranges::reverse(newest_first);
  return newest_first;
}

}  // namespace

Result<Summary> summarize(app::Rooms& rooms, const std::map<TimeMs, DayResult>& results, std::uint64_t seed) {
  Summary summary;
  summary.weeks = weeks_of(results, TRY(rooms.monitoring.windows(kEndpoint, kServeFrom, kLastDay + kDayMs)));
  Sketches all, since;
  for (const auto& [day_ms, day] : results) {
    merge(all, day.scores);
    summary.refused += day.refused;
    if (day_ms >= kCompareFrom) merge(since, day.scores);
  }
  summary.overall = quality_of(all);
  summary.since_break = quality_of(since);
  for (const auto other : {kNever, kCalendar}) summary.gain[other] = gain_over(results, other, seed);
  summary.cost = TRY(costs(rooms.pipelines));
  summary.decisions = oldest_first(TRY(rooms.policy.decisions("", kAll)));
  summary.alerts = TRY(rooms.monitoring.alerts(kEndpoint, "", kAll));
  std::ranges::sort(summary.alerts, {}, [](const monitoring::Alert& alert) { return std::pair(alert.opened_ms, std::string_view(alert.id)); });
  summary.versions = oldest_first(TRY(rooms.registry.versions(kEndpoint, "", kAll, 0)));
  summary.revisions = oldest_first(TRY(rooms.serving.revisions(kEndpoint, kAll)));
  for (const auto& one : TRY(rooms.policy.cases("", kAll))) {
    const auto chain = chain_of(one, summary.decisions);
    if (chain.alarm && (!summary.chain.alarm || chain.whole())) summary.chain = chain;
  }
  const auto status = TRY(rooms.serving.status(kEndpoint));
  for (const auto& counters : status.counters) summary.scored += counters.role == "primary" ? counters.rows : 0;
  return summary;
}

std::vector<std::string> shortcomings(const Plan& plan, const Summary& summary) {
  std::vector<std::string> missing;
  if (plan.control == Control::shuffled) {
    for (const auto& alert : summary.alerts) {
      if (alert.rule == kTimetableRule)
        missing.push_back(fmt::format("the timetable alarm went off on {}, though no date changed anything", to_iso_date(alert.opened_ms)));
    }
    return missing;
  }
  if (plan.control == Control::march) {
    if (summary.chain.promoted) missing.push_back("a version was promoted on an alert, though nothing had changed yet");
    return missing;
  }
  if (!summary.chain.alarm) missing.push_back("no alert opened a case");
  if (summary.chain.alarm && !summary.chain.waited) missing.push_back("the case did not wait for labelled rows");
  if (summary.chain.alarm && !summary.chain.promoted) missing.push_back("no case that an alert opened led to a promotion");
  if (!(summary.gain[kNever].low > 0)) missing.push_back("the gain over 'never' is not above zero with its 95 % interval");
  return missing;
}

}  // namespace gyre::demo
