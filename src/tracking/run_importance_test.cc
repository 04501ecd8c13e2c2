#include "tracking/run_importance.h"

#include <fmt/format.h>

#include <cmath>

#include "stats/random.h"
#include "tracking/testing.h"

namespace gyre::tracking {
namespace {

class RunImportanceTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    if (database_.available()) experiment_ = service_.create_experiment("e", "", {}).value();
  }
  void add(std::vector<Param> params, std::optional<double> auc) {
    const auto id = service_.create_run({experiment_, "", "u", 5000 + ++made_, {}}).value().info.id;
    Batch batch;
    batch.params = std::move(params);
    if (auc) batch.metrics.push_back({.key = "auc", .value = *auc, .at_ms = 1});
    ASSERT_TRUE(service_.log_batch(id, batch));
  }
  // auc = a curve of lr, and of the optimizer; depth is noise, fixed is the same in all.
  void add_curve(int runs) {
    stats::Random random(3);
    constexpr const char* kOptimizers[] = {"adam", "sgd", "lamb"};
    for (int i = 0; i < runs; ++i) {
      const auto decade = -5 + 4 * random.unit();
      const auto optimizer = random.below(3);
      add({{"lr", fmt::format("{}", std::pow(10, decade))},
           {"optimizer", kOptimizers[optimizer]},
           {"depth", random.coin() ? "None" : fmt::format("{}", random.below(9))},
           {"fixed", "1"}},
          1 - std::pow((decade + 3) / 2, 2) + (optimizer == 1 ? -.5 : 0));
    }
  }
  ImportanceTable read(ImportanceQuery query = {}) {
    query.search.experiment_ids = {experiment_};
    if (query.target.empty()) query.target = "metrics.auc";
    auto table = importance_.read(query);
    EXPECT_TRUE(table) << table.error().message;
    return table.value_or(ImportanceTable{});
  }

  RunQueries queries_{*db_, clock_};
  RunImportance importance_{*db_, queries_};
  std::string experiment_;
  int made_ = 0;
};

TEST_P(RunImportanceTest, WhatMattersRanksFirstAndWhyIsTold) {
  add_curve(120);
  add({{"lr", "1e-3"}}, std::nullopt);
  add({{"lr", "1e-3"}}, std::nan(""));
  add({{"lr", "1e-3"}}, INFINITY);
  const auto table = read();
  EXPECT_EQ(table.runs, 123);
  EXPECT_EQ(table.used, 120);
  EXPECT_EQ(table.missing, 1);
  EXPECT_EQ(table.nan, 2);
  ASSERT_EQ(table.rows.size(), 3);
  EXPECT_EQ(table.total, 3);
  EXPECT_EQ(table.rows[0].param, "params.lr");
  EXPECT_TRUE(table.rows[0].is_number);
  EXPECT_GT(*table.rows[0].low, 0);
  EXPECT_TRUE(table.rows[0].note.contains("neither rises nor falls")) << table.rows[0].note;
  EXPECT_EQ(table.rows[1].param, "params.optimizer");
  EXPECT_FALSE(table.rows[1].is_number);
  EXPECT_GT(*table.rows[1].low, 0);
  EXPECT_TRUE(table.rows[1].note.contains("lowest with sgd")) << table.rows[1].note;
  EXPECT_EQ(table.rows[2].param, "params.depth");
  EXPECT_TRUE(table.rows[2].is_number) << "None is no value";
  EXPECT_LE(*table.rows[2].low, 0);
  EXPECT_GE(*table.rows[2].high, 0);
  EXPECT_GT(*table.explained, .5);
  EXPECT_EQ(read().rows[0].importance, table.rows[0].importance);
}

TEST_P(RunImportanceTest, AMonotoneCurveHasSpearmanOne) {
  for (int i = 1; i <= 20; ++i) add({{"warmup steps", fmt::format("{}", i)}}, std::exp(i));
  const auto row = read().rows.at(0);
  EXPECT_EQ(row.param, "params.`warmup steps`");
  EXPECT_DOUBLE_EQ(*row.spearman, 1);
  EXPECT_LT(*row.pearson, .9);
  EXPECT_EQ(row.note, "rises with it");
  const auto chosen = read({.params = {"params.`warmup steps`", "metrics.auc", "start_time", "status"}, .limit = 2});
  EXPECT_EQ(chosen.total, 3) << "the status does not vary";
  EXPECT_EQ(chosen.rows.size(), 2);
}

TEST_P(RunImportanceTest, FewRunsHaveCorrelationsAlone) {
  for (int i = 1; i <= 5; ++i) add({{"a", fmt::format("{}", i)}}, i);
  const auto table = read();
  EXPECT_FALSE(table.rows.at(0).importance);
  EXPECT_DOUBLE_EQ(*table.rows.at(0).pearson, 1);
  EXPECT_TRUE(table.note.contains("needs 16")) << table.note;
  EXPECT_FALSE(table.explained);
}

TEST_P(RunImportanceTest, WhatMakesNoSenseIsRefused) {
  const auto refused = [&](ImportanceQuery query) {
    query.search.experiment_ids = {experiment_};
    return importance_.read(query).error().code;
  };
  EXPECT_EQ(refused({.target = "status"}), Code::invalid);
  EXPECT_EQ(refused({.target = "nonsense"}), Code::invalid);
  EXPECT_EQ(refused({.target = "metrics.auc", .params = std::vector<std::string>(100, "params.a")}), Code::invalid);
  const auto table = read();
  EXPECT_EQ(table.used, 0);
  EXPECT_TRUE(table.rows.empty());
}

INSTANTIATE_TEST_SUITE_P(Databases, RunImportanceTest, testing::Values("SqliteFile", "Postgres"));

}  // namespace
}  // namespace gyre::tracking
