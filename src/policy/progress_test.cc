#include "policy/progress.h"

#include <gtest/gtest.h>

namespace gyre::policy {
namespace {

TEST(Labelled, DaysCountNotWindows) {
  std::vector<monitoring::LabelledWindow> windows;
  for (int hour = 0; hour < 48; ++hour) windows.push_back({hour * kHourMs, 100, hour < 30 ? 60 : 0});
  const auto labelled = labelled_in(windows);
  EXPECT_EQ(labelled.rows, 1800);
  EXPECT_EQ(labelled.days, 1);  // of the second day a quarter
}

TEST(CoolDown, CountsFromTheEndAndHoldsBackWhatFailed) {
  Definition definition;
  Case ended;
  ended.state = "refused";
  ended.trained_ms = 1 * kDayMs;
  ended.closed_ms = 2 * kDayMs;
  const auto end = [&] { return cool_down_end(definition, std::span(&ended, 1)); };
  EXPECT_EQ(end(), 0);
  definition.cool_down_ms = 7 * kDayMs;
  EXPECT_EQ(end(), 9 * kDayMs);
  definition.cool_down_ms = 0;
  ended.state = "failed";
  EXPECT_GT(end(), 2 * kDayMs);
  EXPECT_EQ(cool_down_end(definition, {}), 0);
}

serving::VersionCounters counters(std::int64_t version, std::string role, std::int64_t requests, std::int64_t errors, std::size_t latency_bucket) {
  serving::VersionCounters made{.version = version, .role = std::move(role), .requests = requests, .rows = (requests - errors) * 10, .errors = errors};
  made.latency[latency_bucket] = requests;
  return made;
}

TEST(StageProgress, Table) {
  struct Row {
    const char* what;
    std::int64_t requests, errors;
    std::size_t latency_bucket;
    bool errors_pass, latency_passes;
  };
  const Rollout rollout{.canary = {{.1, 1000}}, .max_error_share = .01, .max_latency_ratio = 3};
  const Row rows[] = {
      {"nothing yet", 0, 0, 4, true, true},
      {"as good", 200, 0, 4, true, true},
      {"one error of two hundred", 200, 1, 4, true, true},
      {"three of two hundred", 200, 3, 4, false, true},
      {"ten times slower", 200, 0, 7, true, false},
      {"ten times slower, but few requests", 10, 0, 7, true, true},
  };
  for (const auto& row : rows) {
    serving::Status status{.endpoint = {}, .counters = {counters(1, "primary", 500, 0, 4)}, .refused = {}, .flagged = {}, .trouble = {}};
    Case one;
    one.champion = 1;
    one.candidate = 2;
    one.stage = 1;
    status.counters.push_back(counters(2, "primary", 7, 2, 4));  // from an earlier stage
    begin_stage(one, status);
    status.counters.back().add(counters(2, "primary", row.requests, row.errors, row.latency_bucket));
    const auto progress = stage_progress(one, rollout, status);
    EXPECT_EQ(progress.needed, 1000) << row.what;
    EXPECT_EQ(progress.rows, (row.requests - row.errors) * 10) << row.what;
    EXPECT_EQ(progress.errors, row.errors) << row.what;
    ASSERT_EQ(progress.checks.size(), 2u) << row.what;
    EXPECT_EQ(progress.checks[0].passed, row.errors_pass) << row.what;
    EXPECT_EQ(progress.checks[1].passed, row.latency_passes) << row.what;
  }
}

}  // namespace
}  // namespace gyre::policy
