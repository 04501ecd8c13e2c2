// Runs with all that a purge must take, and the duty that takes it. Inside tracking/ only.
#pragma once

#include <fmt/format.h>

#include "tracking/retention.h"
#include "tracking/sealer.h"
#include "tracking/testing.h"

namespace gyre::tracking {

class RetentionTest : public ServiceTest {
 protected:
  static constexpr TimeMs kStart = 1'700'000'000'000;
  static constexpr auto kWindow = Retention::kDefaultWindowMs;
  RetentionTest() : ServiceTest(kStart) {}
  // A finished run with points, sealed and not, of few keys and of many, and files.
  std::string new_run(std::string name = "r", std::string experiment = "0", std::vector<Tag> tags = {}) {
    const auto run = service_.create_run({std::move(experiment), std::move(name), "me", clock_.now_ms(), std::move(tags)}).value().info;
    Batch wide, few;
    for (int i = 0; i < 40; ++i) wide.metrics.push_back({.key = fmt::format("k{}", i), .value = 1, .at_ms = 1, .step = 0});
    few.metrics = {{"loss", 0.5, 10, 1}, {"loss", 0.25, 20, 2}};
    few.params = {{"depth", "6"}};
    EXPECT_TRUE(service_.log_batch(run.id, wide));
    EXPECT_TRUE(seal_run(*db_, run.id));
    EXPECT_TRUE(service_.log_batch(run.id, wide));
    EXPECT_TRUE(service_.log_batch(run.id, few));
    EXPECT_TRUE(service_.log_inputs(run.id, {{"rows", "abc", "local", "{}", "", "", {}}}));
    put_file(run.artifact_uri, "model/MLmodel");
    EXPECT_TRUE(service_.update_run(run.id, {.status = "FINISHED", .name = {}, .end_ms = clock_.now_ms()}));
    return run.id;
  }
  void put_file(const std::string& uri, const std::string& path) {
    StringSource source("content");
    EXPECT_TRUE(blobs_->put(artifact_key(uri).value() + "/" + path, source));
  }
  std::size_t files() { return blobs_->list("artifacts/", "", blob::kMaxListed)->size(); }
  struct Count {
    std::int64_t n;
  };
  std::int64_t count(std::string_view table) {
    return db_->read([&](sql::Tx& tx) { return tx.select<Count>(fmt::format("SELECT COUNT(*) FROM {}", table)); }).value().front().n;
  }
  std::int64_t rows_in_all() {
    std::int64_t n = 0;
    for (const auto* table :
         {"runs", "run_params", "run_tags", "run_datasets", "run_outputs", "run_model_inputs", "metric_series", "metric_tail", "metric_owed", "metric_sheets",
          "metric_chunks", "logged_models", "logged_model_params", "logged_model_tags", "logged_model_metrics"})
      n += count(table);
    return n;
  }
  // Background work until there is none, at this time.
  void settle(Retention& retention) {
    for (int i = 0; i < 1000; ++i) {
      const auto state = retention.run_due(clock_.now_ms());
      ASSERT_TRUE(state) << state.error().message << state.error().detail;
      if (!state->worked) return;
    }
    FAIL() << "it never ends";
  }
  void pass(TimeMs ms) {
    clock_.advance_to(clock_.now_ms() + ms);
    settle(retention_);
  }
  std::vector<std::string> found() {
    std::vector<std::string> names;
    const auto page = service_.search_runs({.experiment_ids = {"0"}, .order_by = {"attributes.run_name ASC"}}).value();
    for (const auto& run : page.rows) names.push_back(run.info.name);
    return names;
  }
  std::vector<std::string> problems() { return service_.verify()->problems; }
  std::string why_kept(std::string_view id) {
    for (const auto& item : retention_.bin(100, 0)->items) {
      if (item.id == id) return item.kept;
    }
    return "not in the bin";
  }

  Retention retention_{*db_, *blobs_, clock_};
};

}  // namespace gyre::tracking
