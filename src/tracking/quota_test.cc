#include "tracking/quota.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "governance/governance.h"
#include "tracking/quota_gate.h"
#include "tracking/retention_testing.h"

namespace gyre::tracking {
namespace {

class QuotaTest : public RetentionTest {
 protected:
  auto create(const std::string& experiment = "0", std::string name = "more") {
    return service_.create_run({experiment, std::move(name), "me", clock_.now_ms(), {}});
  }
  std::vector<std::string> names() {
    auto all = found();
    std::ranges::sort(all);
    return all;
  }
};

TEST_P(QuotaTest, AQuotaRefusesWhatGoesBeyondItAndTheBinGivesRoomAgain) {
  const auto id = service_.create_experiment("small", "", {}).value();
  const auto first = new_run("first", id), second = new_run("second", id);
  const auto log = [&] { return service_.log_batch(second, {{{"loss", 1, 1, 9}}, {}, {}}); };
  ASSERT_TRUE(retention_.set_quota({.experiment_id = id, .runs = 2, .points = 164, .bytes = 15}, "user:local"));
  pass(QuotaGate::kLookEveryMs);
  const auto use = retention_.quotas()->at(0).use;
  EXPECT_EQ(use.runs, 2);
  EXPECT_EQ(use.points, 164) << "those that are owed, too";
  EXPECT_EQ(use.bytes, 14);
  const auto refused = create(id);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::denied);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("2 runs of 2"));
  EXPECT_THAT(log().error().message, testing::HasSubstr("164 points of 164"));
  EXPECT_TRUE(service_.log_batch(second, {{}, {{"p", "1"}}, {}})) << "a parameter is no point";
  EXPECT_TRUE(create("0")) << "of another experiment";
  ASSERT_TRUE(service_.set_run_deleted(first, true));
  pass(Retention::kCountEveryMs);
  EXPECT_TRUE(create(id));
  EXPECT_TRUE(log());
  pass(Retention::kCountEveryMs);
  EXPECT_FALSE(create(id));
  ASSERT_TRUE(retention_.remove_quota(id, "user:local"));
  EXPECT_EQ(retention_.remove_quota(id, "user:local").error().code, Code::not_found);
  pass(QuotaGate::kLookEveryMs);
  EXPECT_TRUE(create(id));
}

TEST_P(QuotaTest, AQuotaOfBytesCountsLoggedModelsAndRefusesRuns) {
  const auto run = new_run("r");
  const auto model = service_.create_logged_model({.experiment_id = "0", .name = "m", .source_run_id = run}).value();
  put_file(model.artifact_uri, "model.onnx");
  ASSERT_TRUE(retention_.set_quota({.experiment_id = "", .bytes = 14}, "user:local"));
  pass(QuotaGate::kLookEveryMs);
  EXPECT_EQ(retention_.quotas()->at(0).use.bytes, 14);
  EXPECT_THAT(service_.ensure_run("step", "Default", {}).error().message, testing::HasSubstr("all experiments together is reached: 14 bytes of 14"));
}

TEST_P(QuotaTest, AQuotaPutsTheOldestRunsThatNobodyNeedsIntoTheBin) {
  for (int i = 0; i < 5; ++i) {
    clock_.advance_to(clock_.now_ms() + 1000);
    new_run(fmt::format("r{}", i), "0", i == 1 ? std::vector<Tag>{{"gyre.keep", "yes"}} : std::vector<Tag>{});
  }
  const auto running = service_.create_run({"0", "running", "me", 1, {}}).value().info.id;
  ASSERT_TRUE(retention_.set_quota({.experiment_id = "0", .runs = 4, .oldest = true}, "user:local"));
  settle(retention_);
  EXPECT_EQ(found(), (std::vector<std::string>{"r1", "r3", "r4", "running"}));
  EXPECT_EQ(retention_.quotas()->at(0).use.runs, 4);
  const auto log = governance::Service(*db_).audit_log(0, 1).value();
  EXPECT_EQ(log[0].entry.actor, "retention:quota:0");
  EXPECT_EQ(log[0].entry.details["count"].int_or(0), 2);
  ASSERT_TRUE(retention_.set_quota({.experiment_id = "0", .points = 164, .bytes = 14, .oldest = true}, "user:local"));
  settle(retention_);
  EXPECT_EQ(found(), (std::vector<std::string>{"r1", "r4", "running"})) << "no more than what is too much";
  EXPECT_TRUE(service_.create_run({"0", "more", "me", clock_.now_ms(), {}})) << "nothing is refused";
}

TEST_P(QuotaTest, AQuotaThatMeansNothingIsRefused) {
  EXPECT_EQ(retention_.set_quota({.experiment_id = "0"}, "user:local").error().message, "this quota limits nothing");
  EXPECT_EQ(retention_.set_quota({.experiment_id = "0", .runs = -1}, "user:local").error().code, Code::invalid);
  EXPECT_EQ(retention_.set_quota({.experiment_id = "77", .runs = 1}, "user:local").error().code, Code::not_found);
  EXPECT_EQ(retention_.remove_quota("", "user:local").error().code, Code::not_found);
}

TEST_P(QuotaTest, WhatIsKnownHoldsOnWhereTheCountsCannotBeRead) {
  const auto id = service_.create_experiment("small", "", {}).value();
  new_run("first", id);
  ASSERT_TRUE(retention_.set_quota({.experiment_id = id, .runs = 1}, "user:local"));
  pass(QuotaGate::kLookEveryMs);
  ASSERT_FALSE(create(id));
  ASSERT_TRUE(db_->write([](sql::Tx& tx) { return tx.exec("ALTER TABLE retention_quotas RENAME TO away"); }));
  clock_.advance_to(clock_.now_ms() + QuotaGate::kLookEveryMs);
  EXPECT_TRUE(create("0")) << "a write does not fail with the look at quotas";
  EXPECT_EQ(create(id).error().code, Code::denied);
}

TEST_P(QuotaTest, WhatWasTakenAwayTakesNoRuns) {
  for (int i = 0; i < 3; ++i) new_run(fmt::format("r{}", i));
  ASSERT_TRUE(retention_.set_quota({.experiment_id = "", .runs = 1, .oldest = true}, "user:local"));
  ASSERT_TRUE(retention_.remove_quota("", "user:local"));
  settle(retention_);
  EXPECT_EQ(names(), (std::vector<std::string>{"r0", "r1", "r2"}));
  EXPECT_TRUE(retention_.quotas()->empty());
}

TEST_P(QuotaTest, TheOldestGoByPagesUntilTheBytesAreWithinTheQuotaAndModelsGoAlong) {
  std::vector<std::string> runs;
  for (int i = 0; i < 70; ++i) {  // more than one transaction takes
    clock_.advance_to(clock_.now_ms() + 1);
    const auto run = create("0", fmt::format("r{:02}", i)).value().info;
    put_file(run.artifact_uri, "a");
    const auto model = service_.create_logged_model({.experiment_id = "0", .name = "m", .source_run_id = run.id}).value();
    put_file(model.artifact_uri, "model.onnx");
    ASSERT_TRUE(service_.update_run(run.id, {.status = "FINISHED", .name = {}, .end_ms = clock_.now_ms()}));
    runs.push_back(run.id);
  }
  ASSERT_TRUE(retention_.set_quota({.experiment_id = "", .bytes = 3 * 14, .oldest = true}, "user:local"));
  settle(retention_);
  EXPECT_EQ(names(), (std::vector<std::string>{"r67", "r68", "r69"}));
  const auto use = retention_.quotas()->at(0).use;
  EXPECT_EQ(use.bytes, 42);
  EXPECT_EQ(use.runs, 3);
  pass(Retention::kCountEveryMs);
  EXPECT_EQ(retention_.quotas()->at(0).use.bytes, 42) << "counted anew";
}

INSTANTIATE_TEST_SUITE_P(Databases, QuotaTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::tracking
