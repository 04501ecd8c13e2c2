// For tests of curves: points go in by batches, are sealed, and come back by pages. Inside tracking/ only.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "tracking/engine.h"
#include "tracking/testing.h"
#include "tracking/tracking.h"

namespace gyre::tracking {

class CurveTest : public ServiceTest {
 protected:
  std::string new_run() { return service_.create_run({"0", "r", "me", 1000, {}}).value().info.id; }
  void log(const std::string& run, const std::string& key, std::span<const Point> points) {
    for (; !points.empty(); points = points.subspan(std::min<std::size_t>(kMaxBatchMetrics, points.size()))) {
      Batch batch;
      for (const auto& point : points.first(std::min<std::size_t>(kMaxBatchMetrics, points.size())))
        batch.metrics.push_back({key, point.value, point.at_ms, point.step, point.fraction});
      ASSERT_TRUE(service_.log_batch(run, batch));
    }
  }
  void seal(const std::string& run) {
    while (seal_run(*db_, run).value().more) {
    }
  }
  Points history(const std::string& run, const std::string& key, std::int64_t limit = 777) {
    Points points;
    for (std::int64_t offset = 0; offset >= 0;) {
      const auto page = service_.history(run, key, offset, limit).value();
      EXPECT_LE(page.rows.size(), static_cast<std::size_t>(limit));
      for (const auto& metric : page.rows) points.push_back({metric.step, metric.at_ms, metric.value, metric.fraction});
      offset = page.next_offset;
    }
    return points;
  }
};

}  // namespace gyre::tracking
