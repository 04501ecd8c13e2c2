// A few points of a long history, for charts that draw points themselves (curves.cc draws envelopes).
#include <algorithm>
#include <cmath>

#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

constexpr std::int64_t kReadAtOnce = 25'000;

// Every point of a history within a range of steps, by step and time, a page at a time.
Result<void> each_point(Service& service, std::string_view run_id, std::string_view key, StepRange steps, const std::function<void(const Metric&)>& visit) {
  for (std::int64_t offset = 0; offset >= 0;) {
    const auto page = TRY(service.history(run_id, key, offset, kReadAtOnce));
    for (const auto& point : page.rows) {
      if (point.step >= steps.first && point.step <= steps.last) visit(point);
    }
    offset = page.next_offset;
  }
  return {};
}

// At most `limit` of them at equal distances, the first and the last among them; of one alone, the last.
std::vector<Step> evenly_chosen(const std::vector<Step>& steps, std::int64_t limit) {
  const auto count = static_cast<std::int64_t>(steps.size());
  if (count <= limit) return steps;
  if (limit == 1) return {steps.back()};
  const double distance = static_cast<double>(count - 1) / static_cast<double>(limit - 1);
  std::vector<Step> chosen;
  for (std::int64_t i = 0; i < limit; ++i) chosen.push_back(steps[static_cast<std::size_t>(std::nearbyint(static_cast<double>(i) * distance))]);
  return chosen;
}

}  // namespace

Result<std::vector<Metric>> Service::sampled_history(std::string_view run_id, std::string_view key, std::optional<StepRange> steps, std::int64_t limit) {
  const auto range = steps.value_or(StepRange{INT64_MIN, INT64_MAX});
  std::vector<Step> logged;
  TRY(each_point(*this, run_id, key, range, [&](const Metric& point) {
    if (logged.empty() || logged.back() != step_of(point)) logged.push_back(step_of(point));
  }));
  std::ranges::sort(logged);
  logged.erase(std::ranges::unique(logged).begin(), logged.end());
  const auto chosen = evenly_chosen(logged, limit);
  std::vector<Metric> points;
  TRY(each_point(*this, run_id, key, range, [&](const Metric& point) {
    if (std::ranges::binary_search(chosen, step_of(point))) points.push_back(point);
  }));
  if (static_cast<std::int64_t>(points.size()) > limit) points.resize(static_cast<std::size_t>(limit));
  return points;
}

}  // namespace gyre::tracking
