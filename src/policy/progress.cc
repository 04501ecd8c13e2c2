#include "policy/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/words.h"

namespace gyre::policy {
namespace {

constexpr std::int64_t kLatencyRequests = 30;  // fewer say nothing of a 95th percentile

const serving::VersionCounters* counters_of(const serving::Status& status, std::int64_t version, std::string_view role) {
  const auto found = std::ranges::find_if(status.counters, [&](const auto& counters) { return counters.version == version && counters.role == role; });
  return found == status.counters.end() ? nullptr : &*found;
}

double error_share(const serving::VersionCounters& counters) { return counters.requests > 0 ? static_cast<double>(counters.errors) / static_cast<double>(counters.requests) : 0; }

Check live_check(std::string name, std::string unit, double value, double limit, std::int64_t n) {
  return {std::move(name), unit, "<=", unit, value, limit, {}, {}, n, value <= limit, "", "live", {}, {}};
}

}  // namespace

Labelled labelled_in(std::span<const monitoring::LabelledWindow> windows) {
  Labelled labelled;
  for (const auto& window : windows) {
    labelled.rows += window.labelled;
    labelled.days += static_cast<double>(window.labelled) >= monitoring::kLabelledShare * static_cast<double>(window.rows);
  }
  return labelled;
}

std::int64_t trained_since(std::span<const Case> cases, TimeMs from_ms) {
  return std::ranges::count_if(cases, [&](const Case& one) { return one.trained_ms > from_ms; });
}

TimeMs cool_down_end(const Definition& definition, std::span<const Case> ended) {
  const auto trained = std::ranges::find_if(ended, [](const Case& one) { return one.trained_ms > 0; });
  if (trained == ended.end() || definition.cool_down_ms == 0) return 0;
  return std::max(trained->closed_ms, trained->trained_ms) + definition.cool_down_ms;
}

std::int64_t champion_of(const serving::Endpoint& endpoint) { return endpoint.revision ? endpoint.revision->main_version() : 0; }

std::int64_t rows_of(const serving::Status& status, std::int64_t version, std::string_view role, std::int64_t* errors) {
  const auto* counters = counters_of(status, version, role);
  if (!counters) return 0;
  if (errors) *errors = counters->errors;
  return counters->rows;
}

StageProgress stage_progress(const Case& one, const Rollout& rollout, const serving::Status& status) {
  const bool shadow = one.stage == 0;
  const std::string_view role = shadow ? "shadow" : "primary";
  StageProgress progress;
  progress.rows = rows_of(status, one.candidate, role, &progress.errors) - one.stage_from_rows;
  progress.errors -= one.stage_from_errors;
  const auto canary = static_cast<std::size_t>(one.stage) - 1;
  progress.needed = shadow ? rollout.shadow_rows : canary < rollout.canary.size() ? rollout.canary[canary].rows : 0;

  const auto* candidate = counters_of(status, one.candidate, role);
  const auto* champion = counters_of(status, one.champion, "primary");
  const auto seen = progress.rows + progress.errors;
  auto errors = live_check("error share", "share", seen > 0 ? static_cast<double>(progress.errors) / static_cast<double>(seen) : 0, rollout.max_error_share, progress.rows);
  if (champion) errors.champion = error_share(*champion), errors.candidate = errors.value;
  progress.checks.push_back(std::move(errors));
  if (candidate && champion && candidate->requests >= kLatencyRequests && champion->requests >= kLatencyRequests) {
    const double theirs = champion->latency_quantile_ms(.95), ours = candidate->latency_quantile_ms(.95);
    auto latency = live_check("latency p95 ratio", "none", theirs > 0 ? ours / theirs : 1, rollout.max_latency_ratio, candidate->requests);
    latency.note = fmt::format("p95 {} ms against {} ms", plain_figure(ours), plain_figure(theirs));
    progress.checks.push_back(std::move(latency));
  }
  return progress;
}

std::string share_of_requests(double weight) { return fmt::format("{:.3g} % of requests", weight * 100); }

}  // namespace gyre::policy
