// Values gathered by group, and what is told of each group. Inside traces/ only.
#pragma once

#include <set>

#include "traces/metric_terms.h"

namespace gyre::traces {

constexpr std::size_t kMaxMetricGroups = 100'000, kMaxMetricValues = 4'000'000;

struct MetricValue {
  double number = 1;
  std::string text;  // where texts are counted
};

class MetricGroups {
 public:
  explicit MetricGroups(const MetricQuery& query);

  // A group's key: when its time begins, in milliseconds, where there is an interval; then its dimensions.
  using Key = std::pair<std::int64_t, std::vector<std::string>>;

  // `exhausted` once more is to be kept than the bounds allow.
  Result<void> add(Key key, const MetricValue& value, Reading reading);
  // In the order of their keys, at most as many as asked for.
  std::vector<DataPoint> points(const std::vector<const MetricTerm*>& dimensions);

 private:
  struct Group {
    std::int64_t count = 0;
    double sum = 0, least = 0, most = 0;
    std::vector<double> values;   // kept where percentiles are asked for
    std::set<std::string> texts;  // that were seen
  };
  double value_of(const Aggregation& aggregation, Group& group) const;

  const MetricQuery& query_;
  const bool keeps_values_;
  std::size_t kept_ = 0;
  std::map<Key, Group> groups_;
};

}  // namespace gyre::traces
