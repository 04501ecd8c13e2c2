#include "traces/metric_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gyre::traces {
namespace {

using Kind = Aggregation::Kind;

// Between the two nearest of sorted values, in a straight line.
double percentile_of(const std::vector<double>& sorted, double percentile) {
  const auto index = percentile / 100.0 * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(index);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (index - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

// As MLflow writes a time: 2026-11-27T00:00:00+00:00.
std::string time_text(TimeMs at_ms) {
  auto text = to_iso(at_ms);
  if (text.ends_with('Z')) text.pop_back();
  if (text.ends_with(".000")) text.resize(text.size() - 4);
  return text + "+00:00";
}

}  // namespace

MetricGroups::MetricGroups(const MetricQuery& query)
    : query_(query), keeps_values_(std::ranges::any_of(query.aggregations, [](const Aggregation& one) { return one.kind == Kind::percentile; })) {
  const bool only_counts = std::ranges::all_of(query.aggregations, [](const Aggregation& one) { return one.kind == Kind::count; });
  if (only_counts && !query.interval_s && query.dimensions.empty()) groups_[{}];  // nothing at all is a count, too: 0
}

Result<void> MetricGroups::add(Key key, const MetricValue& value, Reading reading) {
  auto& group = groups_[std::move(key)];
  if (groups_.size() > kMaxMetricGroups || kept_ > kMaxMetricValues)
    return fail(Code::exhausted, "there is too much to measure at once", {}, "ask for a shorter time, fewer dimensions, or no percentile");
  if (reading == Reading::text) {
    if (group.texts.insert(value.text).second) ++kept_;
    group.count = static_cast<std::int64_t>(group.texts.size());
    return {};
  }
  group.least = group.count == 0 ? value.number : std::min(group.least, value.number);
  group.most = group.count == 0 ? value.number : std::max(group.most, value.number);
  group.sum += value.number;
  ++group.count;
  if (!keeps_values_) return {};
  group.values.push_back(value.number);
  ++kept_;
  return {};
}

double MetricGroups::value_of(const Aggregation& aggregation, Group& group) const {
  switch (aggregation.kind) {
    case Kind::count:
      return static_cast<double>(group.count);
    case Kind::sum:
      return group.sum;
    case Kind::avg:
      return group.sum / static_cast<double>(group.count);
    case Kind::min:
      return group.least;
    case Kind::max:
      return group.most;
    case Kind::percentile:
      return percentile_of(group.values, aggregation.percentile);
  }
  std::unreachable();
}

std::vector<DataPoint> MetricGroups::points(const std::vector<const MetricTerm*>& dimensions) {
  std::vector<DataPoint> points;
  for (auto& [key, group] : groups_) {
    if (static_cast<std::int64_t>(points.size()) == query_.limit) break;
    std::ranges::sort(group.values);
    DataPoint point;
    if (query_.interval_s) point.dimensions["time_bucket"] = time_text(key.first);
    for (std::size_t i = 0; i < dimensions.size(); ++i) point.dimensions[std::string(dimensions[i]->name)] = key.second[i];
    for (const auto& aggregation : query_.aggregations) point.values[name_of(aggregation)] = value_of(aggregation, group);
    points.push_back(std::move(point));
  }
  return points;
}

}  // namespace gyre::traces
