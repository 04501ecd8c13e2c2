#include "tracking/experiment_keys.h"

#include <fmt/format.h>

#include "tracking/testing.h"

namespace gyre::tracking {
namespace {

class ExperimentKeysTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    if (!database_.available()) return;
    experiment_ = service_.create_experiment("e", "", {}).value();
  }
  std::string run(const std::vector<std::string>& metrics, const std::vector<std::string>& params) {
    const auto id = service_.create_run({experiment_, "", "u", 5000 + ++made_, {}}).value().info.id;
    Batch batch;
    for (const auto& key : metrics) batch.metrics.push_back({.key = key, .value = 1, .at_ms = 1});
    for (const auto& key : params) batch.params.push_back({key, "1"});
    EXPECT_TRUE(service_.log_batch(id, batch));
    return id;
  }
  KeyPage find(KeySearch search) {
    search.experiment_id = experiment_;
    auto page = keys_.find(search);
    EXPECT_TRUE(page) << page.error().message;
    return page.value_or(KeyPage{});
  }
  static std::string text(const KeyPage& page) {
    std::string text;
    for (const auto& row : page.rows) text += fmt::format("{}:{} ", row.key, row.runs);
    return text;
  }

  // `count` runs with 20 parameters each and one of 1,000 metrics, straight into the tables.
  void add_many(int count) {
    const auto added = db_->write([&](sql::Tx& tx) -> Result<void> {
      const std::int64_t number = std::stol(experiment_);
      TRY(
          tx.exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2) INSERT INTO runs (id, experiment_id, name, user_name, status, "
                  "start_ms, lifecycle, artifact_uri) SELECT 'run' || CAST(i AS TEXT), $1, 'r', 'u', 'FINISHED', i / 3, 'active', '' FROM n",
                  number, static_cast<std::int64_t>(count)));
      return tx.exec(
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) INSERT INTO run_params (run_id, key, value) "
          "SELECT r.id, 'p' || CAST(n.i AS TEXT), '1' FROM runs AS r CROSS JOIN n WHERE r.experiment_id = $1",
          number);
    });
    ASSERT_TRUE(added) << added.error().message << added.error().detail;
  }

  ExperimentKeys keys_{*db_};
  std::string experiment_;
  int made_ = 0;
};

TEST_P(ExperimentKeysTest, CountsTheRunsThatHaveAKeyOfAKind) {
  run({"val/auc", "val/loss"}, {"lr"});
  const auto deleted = run({"val/auc", "gone"}, {"lr", "depth"});
  run({"val/auc"}, {"lr", "depth"});
  EXPECT_EQ(text(find({.kind = KeyKind::metric})), "val/auc:3 gone:1 val/loss:1 ");
  ASSERT_TRUE(service_.set_run_deleted(deleted, true));
  EXPECT_EQ(text(find({.kind = KeyKind::metric})), "val/auc:2 val/loss:1 ");
  EXPECT_EQ(text(find({.kind = KeyKind::param})), "lr:2 depth:1 ");
  EXPECT_EQ(text(find({.kind = KeyKind::tag})), "mlflow.runName:2 ");
  const auto page = find({.kind = KeyKind::metric});
  EXPECT_EQ(page.counted, 2);
  EXPECT_EQ(page.runs, 2);
  ASSERT_TRUE(service_.create_run({"0", "", "u", 1, {{"elsewhere", "1"}}}));
  EXPECT_EQ(find({.kind = KeyKind::tag}).total, 1);
}

TEST_P(ExperimentKeysTest, EveryWordMustOccurInAnyCaseAndBeginningsComeFirst) {
  run({"train/Loss", "val/loss", "loss", "losses/val", "val/auc"}, {});
  run({"val/loss"}, {});
  EXPECT_EQ(text(find({.match = "LOSS"})), "loss:1 losses/val:1 val/loss:2 train/Loss:1 ");
  EXPECT_EQ(text(find({.match = "val loss"})), "val/loss:2 losses/val:1 ");
  EXPECT_EQ(text(find({.by_name = true})), "loss:1 losses/val:1 train/Loss:1 val/auc:1 val/loss:2 ");
  EXPECT_EQ(find({.match = "none of it"}).total, 0);
}

TEST_P(ExperimentKeysTest, GoesOnWhereThePageBeforeEnded) {
  std::vector<std::string> names;
  for (int i = 0; i < 25; ++i) names.push_back(fmt::format("m{:02}", i));
  run(names, {});
  auto page = find({.limit = 10});
  EXPECT_EQ(page.total, 25);
  EXPECT_EQ(page.rows.front().key, "m00");
  page = find({.limit = 10, .offset = static_cast<std::size_t>(page.next_offset)});
  EXPECT_EQ(page.rows.front().key, "m10");
  page = find({.limit = 10, .offset = static_cast<std::size_t>(page.next_offset)});
  EXPECT_EQ(page.rows.size(), 5);
  EXPECT_EQ(page.next_offset, -1);
}

TEST_P(ExperimentKeysTest, ManyRunsAreCountedInPiecesAndToldInPart) {
  add_many(3500);
  auto page = find({.kind = KeyKind::param});
  EXPECT_EQ(page.total, 20);
  EXPECT_GE(page.counted, ExperimentKeys::kRunsAPiece);
  EXPECT_EQ(page.runs, 3500);
  EXPECT_EQ(page.rows.front().runs, page.counted);
  for (int i = 0; i < 10 && keys_.run_due(0).value().worked; ++i) {
  }
  page = find({.kind = KeyKind::param});
  EXPECT_EQ(page.counted, 3500);
  EXPECT_EQ(text(page).substr(0, 8), "p1:3500 ");
}

TEST_P(ExperimentKeysTest, AnUnknownExperimentIsToldAndALongSearchRefused) {
  EXPECT_EQ(keys_.find({.experiment_id = "12345"}).error().code, Code::not_found);
  EXPECT_EQ(keys_.find({.experiment_id = "x"}).error().code, Code::invalid);
  EXPECT_EQ(keys_.find({.experiment_id = experiment_, .match = std::string(1000, 'x')}).error().code, Code::invalid);
}

INSTANTIATE_TEST_SUITE_P(Databases, ExperimentKeysTest, testing::Values("SqliteFile", "Postgres"));

}  // namespace
}  // namespace gyre::tracking
