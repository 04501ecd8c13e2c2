// What comes back of the bin, and what is under way, counts in quotas.
#include "tracking/quota_return.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tracking/retention_testing.h"

namespace gyre::tracking {
namespace {

class QuotaReturnTest : public RetentionTest {
 protected:
  void limit(const Quota& quota) {
    ASSERT_TRUE(retention_.set_quota(quota, "user:local"));
    settle(retention_);
  }
  std::string binned(std::string name, std::string experiment = "0") {
    const auto run = new_run(std::move(name), std::move(experiment));
    EXPECT_TRUE(service_.set_run_deleted(run, true));
    return run;
  }
  Usage use() { return retention_.quotas()->at(0).use; }
};

TEST_P(QuotaReturnTest, NothingComesBackBeyondAQuotaThatRefusesAndWhatDoesCountsAtOnce) {
  const auto first = binned("first"), second = binned("second"), third = binned("third");
  limit({.experiment_id = "0", .runs = 2, .points = 164, .bytes = 14});
  EXPECT_EQ(use(), Usage{});
  ASSERT_TRUE(service_.set_run_deleted(first, false));
  EXPECT_EQ(use(), (Usage{1, 82, 7}));
  ASSERT_TRUE(retention_.restore(Kind::run, second, "user:local"));
  const auto refused = service_.set_run_deleted(third, false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::denied);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("quota of experiment 0 when it is back: 3 runs of 2"));
  EXPECT_EQ(retention_.restore(Kind::run, third, "user:local").error().code, Code::denied);
  EXPECT_EQ(retention_.restore_all("user:local").error().code, Code::denied);
  EXPECT_EQ(use(), (Usage{2, 164, 14})) << "as it was counted";
  limit({.experiment_id = "", .bytes = 20});
  EXPECT_THAT(service_.set_run_deleted(third, false).error().message, testing::HasSubstr("all experiments together"));
  limit({.experiment_id = "", .bytes = 21});
  limit({.experiment_id = "0", .runs = 3, .points = 245});
  EXPECT_THAT(service_.set_run_deleted(third, false).error().message, testing::HasSubstr("246 points of 245"));
  limit({.experiment_id = "0", .runs = 1, .oldest = true});
  EXPECT_TRUE(service_.set_run_deleted(third, false)) << "one that bins the oldest refuses nothing";
}

TEST_P(QuotaReturnTest, WhatIsDeletedCanBeBroughtBackThoughTheQuotaWasFull) {
  const auto one = new_run("one"), two = new_run("two");
  limit({.experiment_id = "0", .runs = 2, .points = 164, .bytes = 14});
  EXPECT_EQ(use(), (Usage{2, 164, 14}));
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(service_.set_run_deleted(two, true));
    ASSERT_TRUE(service_.set_run_deleted(two, true));
    EXPECT_EQ(use(), (Usage{1, 82, 7}));
    ASSERT_TRUE(service_.set_run_deleted(two, false));
    EXPECT_EQ(use(), (Usage{2, 164, 14}));
  }
}

TEST_P(QuotaReturnTest, AnExperimentComesBackWithAllItsRunsOrNotAtAll) {
  const auto id = service_.create_experiment("many", "", {}).value();
  for (const auto* name : {"a", "b"}) new_run(name, id);
  ASSERT_TRUE(service_.set_experiment_deleted(id, true));
  limit({.experiment_id = id, .runs = 1});
  EXPECT_EQ(service_.set_experiment_deleted(id, false).error().code, Code::denied);
  EXPECT_EQ(retention_.restore(Kind::experiment, id, "user:local").error().code, Code::denied);
  EXPECT_EQ(service_.experiment(id)->lifecycle, "deleted");
  limit({.experiment_id = id, .runs = 2});
  EXPECT_TRUE(retention_.restore(Kind::experiment, id, "user:local"));
  EXPECT_EQ(use().runs, 2);
}

TEST_P(QuotaReturnTest, TheModelsOfAnExperimentInTheBinCountWhenTheyComeBack) {
  const auto id = service_.create_experiment("models", "", {}).value();
  const auto model = service_.create_logged_model({.experiment_id = id, .name = "m", .source_run_id = {}}).value();
  put_file(model.artifact_uri, "MLmodel");
  ASSERT_TRUE(service_.set_experiment_deleted(id, true));
  limit({.experiment_id = id, .bytes = 6});
  EXPECT_EQ(use().bytes, 0) << "what is in the bin does not count";
  EXPECT_EQ(service_.set_experiment_deleted(id, false).error().code, Code::denied);
  limit({.experiment_id = id, .bytes = 7});
  EXPECT_TRUE(service_.set_experiment_deleted(id, false));
  EXPECT_EQ(use().bytes, 7);
}

TEST_P(QuotaReturnTest, UploadsThatAreNotFinishedCountWithTheFiles) {
  const auto run = new_run();
  const auto folder = artifact_key(service_.run(run)->info.artifact_uri).value();
  retention_.set_under_way([&] { return Result<UnderWay>(UnderWay{{folder + "/big.bin", 1000}, {"artifacts/elsewhere/x", 5000}}); });
  limit({.experiment_id = "0", .bytes = 1000});
  EXPECT_EQ(use().bytes, 1007);
  clock_.advance_to(clock_.now_ms() + QuotaGate::kLookEveryMs);
  EXPECT_EQ(service_.create_run({"0", "more", "me", clock_.now_ms(), {}}).error().code, Code::denied);
}

TEST_P(QuotaReturnTest, OneThatCannotBeCountedHoldsUpNoOther) {
  const auto other = service_.create_experiment("other", "", {}).value();
  new_run("broken");
  new_run("whole", other);
  int failures = 0;
  struct Broken final : blob::Store {
    Broken(blob::Store& inner, int& failures) : inner_(inner), failures_(failures) {}
    Result<std::int64_t> put(std::string_view key, ByteSource& source) override { return inner_.put(key, source); }
    Result<void> get(std::string_view key, blob::Range range, ByteSink& sink) override { return inner_.get(key, range, sink); }
    Result<blob::Object> stat(std::string_view key) override { return inner_.stat(key); }
    Result<void> remove(std::string_view key) override { return inner_.remove(key); }
    std::optional<std::filesystem::path> local_path(std::string_view key) const override { return inner_.local_path(key); }
    Result<std::vector<blob::Object>> list(std::string_view prefix, std::string_view after, std::size_t limit) override {
      if (!prefix.starts_with("artifacts/0/")) return inner_.list(prefix, after, limit);
      ++failures_;
      return fail(Code::unavailable, "the disk is away");
    }
    blob::Store& inner_;
    int& failures_;
  } store(*blobs_, failures);
  Retention retention(*db_, store, clock_);
  for (const auto& id : {std::string("0"), other}) ASSERT_TRUE(retention.set_quota({.experiment_id = id, .bytes = 100}, "user:local"));
  for (int i = 0; i < 10; ++i) (void)retention.run_due(clock_.now_ms());
  EXPECT_EQ(failures, 1) << "it is tried again with the next count";
  const auto quotas = retention.quotas().value();
  EXPECT_FALSE(quotas[0].counted_ms);
  EXPECT_EQ(quotas[1].use.bytes, 7);
  clock_.advance_to(clock_.now_ms() + Retention::kCountEveryMs);
  for (int i = 0; i < 10; ++i) (void)retention.run_due(clock_.now_ms());
  EXPECT_EQ(failures, 2);
}

TEST_P(QuotaReturnTest, AQuotaThatIsChangedBesideItsTransactionTakesNothing) {
  const auto run = new_run("first");
  clock_.advance_to(clock_.now_ms() + 1);
  new_run("second");
  int asked = 0;  // first it is weighed, then it is put in
  retention_.add_guard([&](sql::Tx& tx, const Claim&) -> Result<std::optional<std::string>> {
    if (++asked > 1) TRY(tx.exec("UPDATE retention_quotas SET body = body || ' '"));
    return std::nullopt;
  });
  limit({.experiment_id = "0", .runs = 1, .oldest = true});
  EXPECT_GT(asked, 1);
  EXPECT_EQ(service_.run(run)->info.lifecycle, "active");
}

INSTANTIATE_TEST_SUITE_P(Databases, QuotaReturnTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::tracking
