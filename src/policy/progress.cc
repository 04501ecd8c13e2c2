#include "policy/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/words.h"

namespace gyre::policy {
namespace {

const serving::VersionCounters* counters_of(const serving::Status& status, std::int64_t version, std::string_view role) {
  const auto found = std::ranges::find_if(status.counters, [&](const auto& counters) { return counters.version == version && counters.role == role; });
  return found == status.counters.end() ? nullptr : &*found;
}

std::string_view role_of(const Case& one) { return one.stage == 0 ? "shadow" : "primary"; }

double error_share(const serving::VersionCounters& counters) {
  return counters.requests > 0 ? static_cast<double>(counters.errors) / static_cast<double>(counters.requests) : 0;
}

Check live_check(std::string name, std::string unit, double value, double limit, std::int64_t n) {
  return {std::move(name), unit, "<=", unit, value, limit, {}, {}, n, value <= limit, "", "live", {}, {}};
}

}  // namespace

Labelled labelled_in(std::span<const monitoring::LabelledWindow> windows) {
  Labelled labelled;
  std::map<TimeMs, monitoring::LabelledWindow> days;
  for (const auto& window : windows) {
    labelled.rows += window.labelled;
    auto& day = days[window.from_ms / kDayMs];
    day.rows += window.rows;
    day.labelled += window.labelled;
  }
  labelled.days = std::ranges::count_if(
      days, [](const auto& day) { return static_cast<double>(day.second.labelled) >= monitoring::kLabelledShare * static_cast<double>(day.second.rows); });
  return labelled;
}

TimeMs last_trained(std::span<const Case> cases) {
  TimeMs last = 0;
  for (const auto& one : cases) last = std::max(last, one.trained_ms);
  return last;
}

std::int64_t trained_since(std::span<const Case> cases, TimeMs from_ms) {
  return std::ranges::count_if(cases, [&](const Case& one) { return one.trained_ms > from_ms; });
}

// From the latest case that trained. One that failed is not tried again at once, whatever the policy says: what failed will
// most likely fail again.
TimeMs cool_down_end(const Definition& definition, std::span<const Case> ended) {
  constexpr std::int64_t kAfterFailureMs = 10 * kMinuteMs;
  TimeMs end_ms = 0;
  const auto trained = std::ranges::find_if(ended, [](const Case& one) { return one.trained_ms > 0; });
  if (trained != ended.end() && definition.cool_down_ms > 0) end_ms = std::max(trained->closed_ms, trained->trained_ms) + definition.cool_down_ms;
  if (!ended.empty() && ended.front().state == "failed") end_ms = std::max(end_ms, ended.front().closed_ms + kAfterFailureMs);
  return end_ms;
}

std::int64_t champion_of(const serving::Endpoint& endpoint) { return endpoint.revision ? endpoint.revision->main_version() : 0; }

void begin_stage(Case& one, const serving::Status& status) {
  const auto* counters = counters_of(status, one.candidate, role_of(one));
  one.stage_from_rows = counters ? counters->rows : 0;
  one.stage_from_requests = counters ? counters->requests : 0;
  one.stage_from_errors = counters ? counters->errors : 0;
}

StageProgress stage_progress(const Case& one, const Rollout& rollout, const serving::Status& status) {
  StageProgress progress;
  const auto* candidate = counters_of(status, one.candidate, role_of(one));
  const auto* champion = counters_of(status, one.champion, "primary");
  if (candidate) {
    progress.rows = candidate->rows - one.stage_from_rows;
    progress.requests = candidate->requests - one.stage_from_requests;
    progress.errors = candidate->errors - one.stage_from_errors;
  }
  const auto canary = static_cast<std::size_t>(one.stage) - 1;
  progress.needed = one.stage == 0 ? rollout.shadow_rows : canary < rollout.canary.size() ? rollout.canary[canary].rows : 0;

  const double share = progress.requests > 0 ? static_cast<double>(progress.errors) / static_cast<double>(progress.requests) : 0;
  auto errors = live_check("error share", "share", share, rollout.max_error_share, progress.requests);
  if (champion) errors.champion = error_share(*champion), errors.candidate = share;
  progress.checks.push_back(std::move(errors));
  if (candidate && champion) {
    const double theirs = champion->latency_quantile_ms(.95), ours = candidate->latency_quantile_ms(.95);
    auto latency = live_check("latency p95 ratio", "none", theirs > 0 ? ours / theirs : 1, rollout.max_latency_ratio, candidate->requests);
    latency.note = fmt::format("p95 {} ms against {} ms", plain_figure(ours), plain_figure(theirs));
    if (std::min(candidate->requests, champion->requests) < kLatencyRequests) {
      latency.passed = true;
      latency.note += fmt::format(": not judged, {} of {} requests", std::min(candidate->requests, champion->requests), kLatencyRequests);
    }
    progress.checks.push_back(std::move(latency));
  }
  return progress;
}

std::string progress_words(const Progress& progress) {
  return fmt::format("v{} in {}: {} of {} {}rows{}.", progress.one.candidate, progress.stages[progress.index], plain_count(progress.rows),
                     plain_count(progress.rows_needed), progress.one.state == "watching" ? "labelled " : "", progress.one.held ? ", held" : "");
}

std::string moment_words(TimeMs at_ms) { return fmt::format("{} {:02}:{:02}", plain_day(at_ms), at_ms % kDayMs / kHourMs, at_ms % kHourMs / kMinuteMs); }

std::string share_of_requests(double weight) { return fmt::format("{:.3g} % of requests", weight * 100); }

}  // namespace gyre::policy
