#include "tracking/comparison.h"

#include <fmt/format.h>

#include <cmath>

#include "tracking/run_evidence.h"
#include "tracking/testing.h"

namespace gyre::tracking {
namespace {

using Params = std::vector<Param>;

class ComparisonTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    if (database_.available()) experiment_ = service_.create_experiment("e", "", {}).value();
  }
  std::string add(const Params& params, double auc, const std::vector<Tag>& tags = {}) {
    const auto id = service_.create_run({experiment_, fmt::format("run{}", ++made_), "u", 5000 + made_, tags}).value().info.id;
    EXPECT_TRUE(service_.log_batch(id, {.metrics = {{.key = "val/auc", .value = auc / 2, .at_ms = 1}, {.key = "val/auc", .value = auc, .at_ms = 2, .step = 1}},
                                        .params = params,
                                        .tags = {}}));
    return id;
  }
  void put(const std::string& run, std::string_view path, std::string_view text) {
    StringSource source(text);
    const auto uri = service_.run(run).value().info.artifact_uri;
    ASSERT_TRUE(blobs_->put(artifact_key(fmt::format("{}/{}", uri, path)).value(), source));
  }
  Comparison compare(ComparisonQuery query) {
    auto made = comparisons_.compare(query);
    EXPECT_TRUE(made) << made.error().message << made.error().detail;
    return made.value_or(Comparison{});
  }
  template <class Row>
  static const Row& row_of(const Section<Row>& section, std::string_view key) {
    const auto at = std::ranges::find(section.rows, key, [](const Row& row) -> std::string_view { return row.key; });
    EXPECT_NE(at, section.rows.end()) << key;
    return *at;
  }

  governance::Service governance_{*db_};
  RunQueries queries_{*db_, clock_};
  RunImportance importance_{*db_, queries_};
  Comparisons comparisons_{*db_, *blobs_, service_, governance_, importance_};
  std::string experiment_;
  int made_ = 0;
};

TEST_P(ComparisonTest, OneThingThatDiffersExplainsTheGap) {
  const auto a = add({{"lr", "3e-4"}, {"wd", "0"}}, .913), b = add({{"lr", "1e-3"}, {"wd", "0"}}, .887);
  const auto made = compare({.ids = {a, b}});
  EXPECT_EQ(made.params.total, 2);
  EXPECT_EQ(made.params.differ, 1);
  EXPECT_EQ(made.params.rows[0].key, "lr");
  EXPECT_EQ(made.params.rows[0].values[1], "1e-3");
  const auto& auc = row_of(made.metrics, "val/auc");
  EXPECT_EQ(auc.better, Better::higher);
  EXPECT_NEAR(*auc.cells[1]->delta, -.026, 1e-12);
  EXPECT_DOUBLE_EQ(*auc.cells[1]->best, .887);
  EXPECT_DOUBLE_EQ(auc.cells[0]->min, .4565);
  EXPECT_FALSE(auc.cells[1]->is_noise) << "no runs tell what noise is";
  EXPECT_EQ(made.target, "val/auc");
  EXPECT_EQ(made.statement, "lr explains the gap in val/auc (-.026): nothing else that was logged differs.");
}

TEST_P(ComparisonTest, WhereDataDiffersTooItIsNotClean) {
  const auto a = add({{"lr", "3e-4"}}, .913), b = add({{"lr", "1e-3"}}, .887);
  ASSERT_TRUE(service_.log_inputs(a, {{.name = "orders", .digest = "4be1c07", .tags = {{"mlflow.data.context", "training"}}}}));
  ASSERT_TRUE(service_.log_inputs(b, {{.name = "orders", .digest = "77aa031", .tags = {{"mlflow.data.context", "training"}}}}));
  const auto made = compare({.ids = {a, b}, .base = b});
  EXPECT_EQ(made.base, 1);
  EXPECT_EQ(row_of(made.data, "input orders for training").values[0], "4be1c07");
  EXPECT_EQ(made.statement, "lr may explain the gap in val/auc (+.026); data differs too, so the comparison is not clean.");
}

TEST_P(ComparisonTest, AnEffectThatTheExperimentShowsExplains) {
  for (int i = 0; i < 40; ++i) add({{"lr", fmt::format("1e-{}", 1 + i % 5)}, {"wd", fmt::format("{}", i % 3)}}, .9 - .05 * (i % 5));
  const auto a = add({{"lr", "1e-1"}, {"wd", "0"}}, .9), b = add({{"lr", "1e-5"}, {"wd", "1"}}, .7);
  const auto made = compare({.ids = {a, b}});
  EXPECT_GT(*row_of(made.params, "lr").low, 0);
  EXPECT_LE(*row_of(made.params, "wd").low, 0);
  EXPECT_EQ(made.statement, "lr explains the gap in val/auc (-.200); wd differs too, so the comparison is not clean.");
  EXPECT_EQ(compare({.ids = {a, b}, .effects = false}).statement, "lr and wd differ, so none of them alone can be told to explain the gap in val/auc (-.200).");
}

TEST_P(ComparisonTest, NoiseIsCalledNoise) {
  std::vector<std::string> seeds;
  for (const auto auc : {.910, .912, .914, .911}) seeds.push_back(add({{"lr", "3e-4"}, {"seed", fmt::format("{}", seeds.size())}}, auc));
  const auto other = add({{"lr", "1e-3"}, {"seed", "0"}}, .9111), far = add({{"lr", "1e-1"}, {"seed", "0"}}, .5);
  auto made = compare({.ids = {seeds[0], other}});
  EXPECT_EQ(made.seed_runs, 4);
  const auto& auc = row_of(made.metrics, "val/auc");
  EXPECT_EQ(auc.noise->n, 4);
  EXPECT_NEAR(auc.noise->mean, .91175, 1e-9);
  EXPECT_NEAR(auc.noise->deviation, .0017078, 1e-6);
  EXPECT_NEAR(auc.noise->band, 3.182446 * std::sqrt(2) * .0017078, 1e-5);  // Student's t of 3 degrees of freedom
  EXPECT_EQ(auc.cells[1]->is_noise, true);
  EXPECT_EQ(made.statement, "lr differs, but the gap in val/auc (+.001) is within the noise of 4 runs that differ in their seeds alone.");
  made = compare({.ids = {seeds[0], far}, .effects = false});
  EXPECT_EQ(row_of(made.metrics, "val/auc").cells[1]->is_noise, false);
  EXPECT_EQ(made.statement, "lr explains the gap in val/auc (-.410): nothing else that was logged differs.");
  made = compare({.ids = {seeds[0], seeds[2]}});
  EXPECT_TRUE(row_of(made.params, "seed").is_seed);
  EXPECT_EQ(made.statement, "The gap in val/auc (+.004) is within the noise of 4 runs that differ in their seeds alone.");
}

TEST_P(ComparisonTest, CodeAndPackagesAreRead) {
  const auto a = add({{"lr", "1"}}, .5, {{"mlflow.source.git.commit", "aaa"}, {"mlflow.source.name", "train.py"}, {"team", "x"}});
  const auto b = add({{"lr", "1"}}, .6,
                     {{"mlflow.source.git.commit", "aaa"}, {"mlflow.source.name", "train.py"}, {"team", "y"}, {"mlflow.source.git.diff", "-x = 1\n+x = 3\n"}});
  put(a, "code/diff.patch", "-x = 1\n+x = 2\n");
  put(a, "requirements.txt", "# made by pip\nNumPy==1.26.0\ntorch==2.1\n");
  put(b, "environment/requirements.txt", "numpy==2.0.0\ntorch==2.1\n");
  const auto made = compare({.ids = {a, b}});
  EXPECT_EQ(row_of(made.environment, "packages.numpy").values[1], "2.0.0");
  EXPECT_FALSE(row_of(made.environment, "packages.torch").differs);
  EXPECT_FALSE(row_of(made.environment, "mlflow.source.name").differs);
  EXPECT_EQ(made.tags.rows.size(), 1);
  EXPECT_EQ(made.tags.rows[0].key, "team");
  EXPECT_TRUE(made.code[1].same_commit);
  EXPECT_FALSE(made.code[1].same_diff);
  EXPECT_EQ(made.code[1].diff->text, "--- run1\n+++ run2\n@@ -1,2 +1,2 @@\n -x = 1\n-+x = 2\n++x = 3\n");
  EXPECT_FALSE(made.code[0].diff);
  EXPECT_EQ(made.statement, "Code and packages differ, so none of them alone can be told to explain the gap in val/auc (+.100).");
}

TEST_P(ComparisonTest, MissingNanAndEqualRuns) {
  const auto a = add({{"lr", "1"}}, .5), b = add({{"lr", "1"}}, .5), c = add({{"lr", "1"}, {"extra", "2"}}, NAN);
  EXPECT_EQ(compare({.ids = {a, b}}).statement, "Nothing that was logged differs, and val/auc is the same.");
  const auto made = compare({.ids = {a, b, c}});
  EXPECT_EQ(row_of(made.params, "extra").values[0], std::nullopt);
  EXPECT_TRUE(row_of(made.params, "extra").differs);
  EXPECT_FALSE(row_of(made.metrics, "val/auc").cells[2]->delta);
  EXPECT_EQ(made.target, "");
  EXPECT_EQ(made.statement, "extra differs; no metric is in all of these runs to tell what it did.");
}

TEST_P(ComparisonTest, BadQuestionsAreRefused) {
  const auto a = add({}, .5), b = add({}, .5);
  const auto refused = [&](const ComparisonQuery& query) { return comparisons_.compare(query).error().code; };
  EXPECT_EQ(refused({.ids = {a}}), Code::invalid);
  EXPECT_EQ(refused({.ids = {a, a}}), Code::invalid);
  EXPECT_EQ(refused({.ids = {a, b}, .base = "c"}), Code::invalid);
  EXPECT_EQ(refused({.ids = {a, "none"}}), Code::not_found);
  EXPECT_EQ(refused({.ids = std::vector<std::string>(51, a)}), Code::invalid);
}

TEST(Comparison, PackagesByName) {
  const auto packages =
      packages_of("numpy==1.0 # pinned\n\n# a comment\n-r other.txt\nmine @ file:///x\nTorch>=2,<3\nbare\r\nextra[all]==3 ; python_version < '3.9'");
  EXPECT_EQ(packages.at("numpy"), "1.0");
  EXPECT_EQ(packages.at("mine"), "@ file:///x");
  EXPECT_EQ(packages.at("torch"), ">=2,<3");
  EXPECT_EQ(packages.at("bare"), "any");
  EXPECT_TRUE(packages.contains("extra"));
  EXPECT_EQ(packages.size(), 5);
}

TEST(Comparison, DirectionByTheWordsOfAKey) {
  for (const auto* key : {"val/auc", "testAUC", "train_accuracy", "f1", "eval/top1", "mean_reward"}) EXPECT_EQ(better_of(key), Better::higher) << key;
  for (const auto* key : {"loss", "val/log_loss", "meanSquaredError", "score_error", "RMSE", "wer"}) EXPECT_EQ(better_of(key), Better::lower) << key;
  for (const auto* key : {"", "lr", "epoch", "lossless", "gpu/memory"}) EXPECT_EQ(better_of(key), Better::unknown) << key;
}

INSTANTIATE_TEST_SUITE_P(Databases, ComparisonTest, testing::Values("SqliteFile", "Postgres"));

}  // namespace
}  // namespace gyre::tracking
