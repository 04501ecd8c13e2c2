// What a candidate must show, and what speaks against it on its way.
#include "policy/policy_test.h"

namespace gyre::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RolloutTest : public PolicyTest {};

TEST_P(RolloutTest, ASliceThatGetsWorseIsANo) {
  serve_first("logistic_flat.onnx", 0);
  next_.onnx = "logistic_against_b.onnx";
  std::string definition(kOnAlert);
  apply_policy(definition.replace(definition.find("  latency:"), 0, "  slices: {columns: [group, x], min_rows: 50, max_loss: 0.02}\n"));
  for (int i = 0; i < 3; ++i) day();
  const auto refused = policy_->decisions({.policy = "p", .verdict = "refuse"}, 1, 0)->at(0);
  const auto slice = std::ranges::find(refused.checks, "slice group", &Check::name);
  ASSERT_NE(slice, refused.checks.end());
  EXPECT_FALSE(slice->passed);
  EXPECT_THAT(slice->note, HasSubstr("worst of 2: b, worse by"));
  EXPECT_GT(slice->value, slice->limit) << "what is shown is what decided";
  EXPECT_EQ(slice->low, slice->value);
  EXPECT_GT(slice->level, 0.95) << "two slices share one chance of a false no";
  const auto by_x = std::ranges::find(refused.checks, "slice x", &Check::name);
  EXPECT_EQ(by_x->note, "no slice has 50 rows: nothing was compared");  // each x comes twenty times
  EXPECT_TRUE(by_x->passed);
  EXPECT_FALSE(by_x->measured);
  EXPECT_THAT(refused.reason, testing::Not(HasSubstr("slice x")));
  expect_sound();
}

TEST_P(RolloutTest, AShadowThatFailsIsRolledBack) {
  serve_first("logistic_inverse.onnx", -1);
  next_.onnx = "logistic_fragile.onnx";
  apply_policy(kOnAlert);
  for (int i = 0; i < 2; ++i) day();
  ASSERT_EQ(newest().state, "rolling_out");
  day(false, true, 1.5f);  // up to 3.4: the candidate cannot compute 2 and more
  EXPECT_EQ(newest().state, "rolled_back");
  EXPECT_THAT(policy_->decisions({.policy = "p", .verdict = "rollback"}, 1, 0)->at(0).reason, HasSubstr("error share 1 is over .01"));
  EXPECT_EQ(routes(), (std::vector<serving::Route>{{1, 1, "primary"}}));
  EXPECT_EQ(r_.registry.by_alias("model", "champion")->version, 1);
  expect_sound();
}

TEST_P(RolloutTest, AChampionThatTurnsOutWorseInServiceIsRolledBack) {
  serve_first("logistic_inverse.onnx", -1);
  apply_policy(kOnAlert);
  for (int i = 0; i < 3; ++i) day();
  ASSERT_EQ(newest().state, "watching");
  for (int i = 0; i < 3; ++i) day(true);  // the world turns back: the old one was right
  EXPECT_EQ(newest().state, "rolled_back");
  EXPECT_THAT(policy_->decisions({.policy = "p", .verdict = "rollback"}, 1, 0)->at(0).reason, HasSubstr("in service it is worse by"));
  EXPECT_EQ(routes(), (std::vector<serving::Route>{{1, 1, "primary"}}));
  expect_sound();
}

TEST_P(RolloutTest, GateRowsAreThoseThatNeitherModelHasSeen) {
  serve_first("logistic_inverse.onnx", -1);
  next_.trained_to = "2001-03-06";  // it has seen all but the last labelled day
  apply_policy(kOnAlert);
  for (int i = 0; i < 3; ++i) day();
  EXPECT_EQ(newest().state, "gating");
  EXPECT_EQ(last().verdict, "wait");
  EXPECT_EQ(last().reason, "200 of 300 labelled rows from 7 Mar on, which neither model has seen");
  day();
  EXPECT_EQ(newest().state, "rolling_out");
}

TEST_P(RolloutTest, WhoChangesTheEndpointMeanwhileHasTheLastWord) {
  serve_first("logistic_inverse.onnx", -1);
  apply_policy(kOnAlert);
  for (int i = 0; i < 2; ++i) day();
  ASSERT_EQ(newest().state, "rolling_out");
  ASSERT_TRUE(r_.serving->deploy("e", {{2, 1, "primary"}}, "I know better", "user:ann"));
  settle();
  EXPECT_EQ(newest().state, "failed");
  EXPECT_THAT(last().verdict + " " + policy_->decisions({.policy = "p", .verdict = "fail"}, 1, 0)->at(0).reason, HasSubstr("by user:ann"));
  EXPECT_EQ(routes(), (std::vector<serving::Route>{{2, 1, "primary"}}));
}

TEST_P(RolloutTest, KilledBetweenDeployingAndKeepingTheCaseItEntersTheStageAgain) {
  serve_first("logistic_inverse.onnx", -1);
  apply_policy(kOnAlert);
  for (int i = 0; i < 2; ++i) day();
  ASSERT_EQ(newest().stage, 0);
  ASSERT_TRUE(r_.serving->deploy("e", {{1, .5, "primary"}, {2, .5, "primary"}}, "v2 answers 50 % of requests", "policy:p"));  // the stage that comes next
  open();
  settle();
  EXPECT_EQ(newest().state, "rolling_out");
  EXPECT_EQ(routes(), (std::vector<serving::Route>{{1, 1, "primary"}, {2, 0, "shadow"}}));
  day();
  EXPECT_EQ(newest().state, "watching");
  EXPECT_THAT(verdicts(), ElementsAre("open", "wait", "train", "gate", "advance", "advance", "promote"));
}

TEST_P(RolloutTest, RestartedAtEveryStepItComesToTheSameDecisions) {
  serve_first("logistic_inverse.onnx", -1);
  apply_policy(kOnAlert);
  for (int i = 0; i < 6; ++i) {
    open();
    day();
  }
  EXPECT_THAT(verdicts(), ElementsAre("open", "wait", "train", "gate", "advance", "advance", "promote", "keep"));
  EXPECT_EQ(trainings_, 1);
  expect_sound();
}

INSTANTIATE_TEST_SUITE_P(On, RolloutTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::policy
