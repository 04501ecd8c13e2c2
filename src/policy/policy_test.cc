// The loop on real rooms: only the training is a script.
#include "policy/policy.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "exec/fake.h"
#include "monitoring/testing.h"

namespace gyre::policy {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What the next training brings.
struct Training {
  std::string onnx = "logistic.onnx";
  double slope = 1;
  std::string trained_to = "2001-03-04";
  int exit_code = 0;
  bool tells_data = true;
};

// Labels are 1 where x is above 0, so that the logistic model is good, the flat one knows nothing and the inverse one is wrong.
class PolicyTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!r_.database.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
    for (const auto all : {datasets::migrations(), pipelines::migrations(), policy::migrations()}) ASSERT_TRUE(sql::migrate(r_.db, all));
    open();
    ASSERT_TRUE(r_.serving->apply("e", yaml::parse("{model: model, id_column: id}").value(), "user:test"));
    r_.apply_monitor(R"({endpoint: e, prediction: p, label: y, quality: {min_labelled: 10}, drift: {min_rows: 10},
      alerts: [{name: skill, signal: {metric: skill}, below: 0.05, min_rows: 10}, {name: shifted, signal: {column: x, metric: js}, above: 0.3, min_rows: 10}]})");
    fs::create_directories(r_.folder.path() / "code");
    const auto applied = pipelines_->apply("train", yaml::parse(R"(
parameters: {as_of: "", days: 1}
steps:
  - name: train
    command: train
    outputs: {reference: reference.parquet, report: report.json}
    registers: {model: model, evidence: {reference: reference, training: report}}
)").value(), r_.folder.path() / "code", "user:test");
    ASSERT_TRUE(applied) << applied.error().message;
    today_ = r_.clock.now_ms();
  }

  void open() {
    r_.open();
    datasets_ = std::make_unique<datasets::Service>(r_.db, *r_.blobs, *r_.engine, r_.clock, r_.folder.path() / "cache");
    pipelines_ = std::make_unique<pipelines::Service>(r_.db, *r_.blobs, r_.clock, r_.tracking, r_.registry, *datasets_, launcher_,
                                                      pipelines::Options{.folder = r_.folder.path() / "work", .tracking_uri = "http://127.0.0.1:1"});
    policy_ = std::make_unique<Service>(r_.db, r_.clock, r_.registry, *pipelines_, *r_.serving, *r_.monitoring);
  }

  exec::Script train(const exec::Spec& spec) {
    ++trainings_;
    const auto training = next_;
    exec::Script script{.exit_code = training.exit_code, .polls_before_end = 1};
    if (training.exit_code != 0) return script;
    script.effect = [this, training](const exec::Spec& job) {
      const auto version = r_.add_version("model", training.onnx, job.environment.at("MLFLOW_RUN_ID"));
      r_.put_reference("model", version, training.slope);
      fs::copy_file(r_.folder.path() / "reference.parquet", job.environment.at("GYRE_OUTPUT_REFERENCE"), fs::copy_options::overwrite_existing);
      std::ofstream(job.environment.at("GYRE_OUTPUT_REPORT"))
          << (training.tells_data ? fmt::format(R"({{"from": "2001-02-01", "to": "{}", "rows": 5000, "missing": 0.0}})", training.trained_to) : std::string("{}"));
    };
    (void)spec;
    return script;
  }

  void apply_policy(std::string_view definition, std::string_view name = "p") {
    const auto applied = policy_->apply(name, yaml::parse(definition).value(), "user:test");
    ASSERT_TRUE(applied) << applied.error().message;
  }

  void settle() {
    for (int i = 0; i < 200; ++i) {
      const auto ran = pipelines_->run_due(r_.clock.now_ms());
      ASSERT_TRUE(ran) << ran.error().message;
      r_.settle();
      const auto decided = policy_->run_due(r_.clock.now_ms());
      ASSERT_TRUE(decided) << decided.error().message;
      if (!ran->worked && !ran->busy && !decided->worked && !decided->busy) return;
    }
    FAIL() << "it does not settle";
  }

  // The day's traffic in ten requests over ten hours, labels at the next midnight.
  void day(bool flipped = false, bool labelled = true, float shift = 0) {
    const auto name = fmt::format("d{}-", days_++);
    for (int hour = 0; hour < 10; ++hour) {
      r_.clock.advance_to(today_ + hour * kHourMs);
      std::vector<float> x;
      std::vector<std::string> ids;
      for (int i = 0; i < 20; ++i) {
        x.push_back(shift + -1.9f + 0.2f * static_cast<float>(i));
        ids.push_back(fmt::format("{}{}", name, hour * 20 + i));
      }
      auto batch = serving::TestRooms::batch(x, ids);
      for (int i = 0; i < 20; i += 2) std::get<std::vector<std::string>>(batch.columns[0].values)[static_cast<std::size_t>(i)] = "b";
      (void)r_.serving->score("e", batch, {fmt::format("{}{}", name, hour)});
      settle();
    }
    today_ += kDayMs;
    r_.clock.advance_to(today_);
    settle();
    if (!labelled) return;
    std::vector<bool> labels;
    for (int i = 0; i < 200; ++i) labels.push_back((i % 20 >= 10) != flipped);
    r_.label(name, labels, name);
    settle();
  }

  // A champion without the help of a policy.
  void serve_first(const std::string& onnx, double slope) {
    const auto version = r_.add_version("model", onnx);
    r_.put_reference("model", version, slope);
    ASSERT_TRUE(r_.registry.put_evidence("model", version, {"training", "", 0, json::Object{{"to", "2001-03-03"}, {"rows", 5000}, {"missing", 0.0}}, 0}));
    r_.serve({{version, 1, "primary"}});
  }

  std::vector<std::string> verdicts(std::string_view policy = "p") {
    std::vector<std::string> all;
    for (const auto& decision : policy_->decisions(policy, 1000).value()) all.insert(all.begin(), decision.verdict);
    return all;
  }
  Decision last() { return policy_->decisions("p", 1)->at(0); }
  Case newest() { return policy_->cases("p", 1)->at(0); }
  std::vector<serving::Route> routes() { return r_.serving->endpoint("e")->revision->routes; }
  void expect_sound() {
    governance::Service governance(r_.db);
    EXPECT_THAT(policy_->verify()->problems, IsEmpty());
    EXPECT_THAT(governance.verify()->problems, IsEmpty());
    EXPECT_THAT(r_.monitoring->verify()->problems, IsEmpty());
    EXPECT_THAT(r_.serving->verify()->problems, IsEmpty());
  }

  monitoring::WatchedRooms r_{GetParam()};
  Training next_;
  int trainings_ = 0, days_ = 0;
  exec::FakeLauncher launcher_{[this](const exec::Spec& spec) { return train(spec); }};
  std::unique_ptr<datasets::Service> datasets_;
  std::unique_ptr<pipelines::Service> pipelines_;
  std::unique_ptr<Service> policy_;
  TimeMs today_ = 0;
};

constexpr std::string_view kOnAlert = R"(
endpoint: e
model: model
when: {alerts: [skill]}
wait: {labelled_days_after_onset: 2}
pipeline: train
cool_down: 5d
gates:
  paired: {metric: log_loss, min_gain: 0.02, z: 2, cluster: 1h, min_rows: 300}
  latency: {p99_ms: 1000, rows: 10}
  size: {max: 1MiB}
  data: {min_rows: 1000, max_missing: 0.01}
rollout: {shadow_rows: 60, canary: [{weight: 0.5, rows: 40}], rollback: {max_error_share: 0.01, max_latency_ratio: 1000, watch_labelled_rows: 400, max_loss: 0.01}}
)";

TEST_P(PolicyTest, BootstrapTrainsGatesAndPromotesTheFirstModel) {
  apply_policy("{endpoint: e, model: model, when: {bootstrap: true}, pipeline: train, gates: {absolute: {auc: {at_least: 0.9}}}, rollout: {canary: [{weight: 0.1, rows: 1000}]}}");
  settle();
  EXPECT_THAT(verdicts(), ElementsAre("open", "train", "gate", "promote"));
  EXPECT_EQ(newest().state, "promoted");
  EXPECT_EQ(routes(), (std::vector<serving::Route>{{1, 1, "primary"}}));
  EXPECT_EQ(r_.registry.by_alias("model", "champion")->version, 1);
  EXPECT_EQ(trainings_, 1);
  const auto run = pipelines_->run(newest().pipeline_run).value();
  EXPECT_EQ(run.parameters.at("as_of").string_or(""), "2001-03-05");  // the server's day
  ASSERT_TRUE(r_.registry.evidence("model", 1, "gates")->has_value());
  for (int i = 0; i < 3; ++i) day();
  EXPECT_EQ(trainings_, 1);
  expect_sound();
}

TEST_P(PolicyTest, ABadFirstModelIsRefusedAndNotTrainedAgainAtOnce) {
  next_.onnx = "logistic_flat.onnx";
  next_.slope = 0;
  apply_policy("{endpoint: e, model: model, when: {bootstrap: true}, pipeline: train, cool_down: 1d, gates: {absolute: {auc: {at_least: 0.9}}}, rollout: {canary: []}}");
  settle();
  EXPECT_THAT(verdicts(), ElementsAre("open", "train", "refuse", "skip"));
  EXPECT_THAT(policy_->decisions("p", 2)->at(1).reason, HasSubstr("quality .500 under .900"));
  EXPECT_FALSE(r_.serving->endpoint("e")->revision);
  r_.clock.advance_to(today_ + kDayMs - 1);
  settle();
  EXPECT_EQ(trainings_, 1);
  r_.clock.advance_to(today_ + kDayMs);
  settle();
  EXPECT_EQ(trainings_, 2);
}

TEST_P(PolicyTest, AnAlertLeadsThroughWaitingGatesShadowAndCanaryToANewChampion) {
  serve_first("logistic_inverse.onnx", -1);
  apply_policy(kOnAlert);
  day();  // wrong from the first day on: the alert opens when its labels are in
  EXPECT_THAT(verdicts(), ElementsAre("open", "wait"));
  EXPECT_EQ(last().reason, "1 of 2 labelled days after the onset on 5 Mar");
  EXPECT_EQ(newest().onset_ms, today_ - kDayMs);
  day(false, false);
  EXPECT_EQ(trainings_, 0);
  EXPECT_THAT(verdicts(), ElementsAre("open", "wait"));  // the same reason once
  next_.trained_to = "2001-03-04";
  day();
  EXPECT_EQ(trainings_, 1);
  EXPECT_EQ(newest().state, "rolling_out");
  EXPECT_EQ(routes(), (std::vector<serving::Route>{{1, 1, "primary"}, {2, 0, "shadow"}}));
  const auto gates = policy_->decisions({.policy = "p", .verdict = "gate"}, 1, 0)->at(0);
  ASSERT_EQ(gates.checks.size(), 6u);
  EXPECT_EQ(gates.checks[0].n, 400);
  // By hand: the inverse model's loss is the logistic one's plus |x| a row, which is 1 in the mean.
  EXPECT_NEAR(gates.checks[0].value, 1, 1e-3);
  EXPECT_TRUE(gates.checks[0].low && *gates.checks[0].low <= gates.checks[0].value);

  r_.clock.advance_to(today_ + kHourMs);
  settle();
  EXPECT_EQ(newest().stage, 0);  // time alone moves nothing: rows do
  for (int i = 0; i < 5 && newest().state == "rolling_out"; ++i) day(false, false);  // as many days as its share of the requests needs
  EXPECT_EQ(newest().state, "watching");
  EXPECT_EQ(routes(), (std::vector<serving::Route>{{2, 1, "primary"}}));
  EXPECT_EQ(r_.registry.by_alias("model", "champion")->version, 2);
  for (int i = 0; i < 3; ++i) day();
  EXPECT_EQ(newest().state, "promoted");
  EXPECT_THAT(verdicts(), ElementsAre("open", "wait", "train", "gate", "advance", "advance", "promote", "keep"));
  EXPECT_EQ(trainings_, 1);
  expect_sound();
}

TEST_P(PolicyTest, ACandidateThatIsNoBetterIsRefusedAndTheCoolDownIsTold) {
  serve_first("logistic_inverse.onnx", -1);
  next_.onnx = "logistic_inverse.onnx";
  next_.slope = -1;
  apply_policy(kOnAlert);
  for (int i = 0; i < 3; ++i) day();
  EXPECT_THAT(verdicts(), ElementsAre("open", "wait", "train", "refuse", "skip"));
  EXPECT_THAT(policy_->decisions({.policy = "p", .verdict = "refuse"}, 1, 0)->at(0).reason, HasSubstr("log loss gain 0 under .020"));
  EXPECT_THAT(last().reason, HasSubstr("it cools down until"));
  EXPECT_EQ(routes(), (std::vector<serving::Route>{{1, 1, "primary"}}));
  for (int i = 0; i < 3; ++i) day();
  EXPECT_EQ(trainings_, 1);
  EXPECT_EQ(verdicts().size(), 5u);
  for (int i = 0; i < 3; ++i) day();
  EXPECT_EQ(trainings_, 2);
  expect_sound();
}

TEST_P(PolicyTest, ASliceThatGetsWorseIsANo) {
  serve_first("logistic_flat.onnx", 0);
  next_.onnx = "logistic_against_b.onnx";
  std::string definition(kOnAlert);
  apply_policy(definition.replace(definition.find("  latency:"), 0, "  slices: {columns: [group, x], min_rows: 50, max_loss: 0.02}\n"));
  for (int i = 0; i < 3; ++i) day();
  const auto refused = policy_->decisions({.policy = "p", .verdict = "refuse"}, 1, 0)->at(0);
  const auto slice = std::ranges::find(refused.checks, "slice group", &Check::name);
  ASSERT_NE(slice, refused.checks.end());
  EXPECT_FALSE(slice->passed);
  EXPECT_EQ(slice->note, "worst: b");
  const auto by_x = std::ranges::find(refused.checks, "slice x", &Check::name);
  EXPECT_EQ(by_x->note, "no slice is large enough");  // each x comes twenty times
  expect_sound();
}

TEST_P(PolicyTest, AShadowThatFailsIsRolledBack) {
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

TEST_P(PolicyTest, AChampionThatTurnsOutWorseInServiceIsRolledBack) {
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

TEST_P(PolicyTest, AFailedTrainingEndsTheCaseAndIsNotRepeatedAtOnce) {
  serve_first("logistic_inverse.onnx", -1);
  next_.exit_code = 3;
  std::string definition(kOnAlert);
  apply_policy(definition.replace(definition.find("cool_down: 5d\n"), 14, ""));
  for (int i = 0; i < 2; ++i) day();
  EXPECT_EQ(trainings_, 1);
  EXPECT_EQ(newest().state, "failed");
  EXPECT_EQ(verdicts()[3], "fail");
  day(false, false);
  EXPECT_LE(trainings_, 2);  // the same alert leads to another case only after a day
  expect_sound();
}

TEST_P(PolicyTest, WhatTheDataAreIsNotToldEndsTheCaseWithTheRemedy) {
  serve_first("logistic_inverse.onnx", -1);
  next_.tells_data = false;
  apply_policy(kOnAlert);
  for (int i = 0; i < 2; ++i) day();
  EXPECT_EQ(newest().state, "failed");
  EXPECT_EQ(policy_->decisions({.policy = "p", .verdict = "fail"}, 1, 0)->size(), 1u);
}

TEST_P(PolicyTest, GateRowsAreThoseThatNeitherModelHasSeen) {
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

TEST_P(PolicyTest, ByTheCalendarItProposesAndRollsNothingOut) {
  serve_first("logistic_flat.onnx", 0);
  apply_policy(R"({endpoint: e, model: model, when: {schedule: {every: 2d, from: 2001-03-07}}, pipeline: train, rollout: none,
                  gates: {paired: {min_gain: 0.02, z: 2, min_rows: 200}}})");
  day();
  EXPECT_EQ(trainings_, 0);
  EXPECT_EQ(policy_->next_schedule("p")->value(), today_ + kDayMs);
  day();
  EXPECT_EQ(trainings_, 1);
  EXPECT_THAT(verdicts(), ElementsAre("open", "train", "gate", "keep"));
  EXPECT_EQ(newest().state, "proposed");
  EXPECT_EQ(routes(), (std::vector<serving::Route>{{1, 1, "primary"}}));
  day();
  day();
  EXPECT_EQ(trainings_, 2);
  expect_sound();
}

TEST_P(PolicyTest, ABudgetIsWaitedFor) {
  serve_first("logistic_flat.onnx", 0);
  apply_policy(R"({endpoint: e, model: model, when: {schedule: {every: 1d, from: 2001-03-06}}, pipeline: train, rollout: none, budget: {runs: 2, per: 4d},
                  gates: {paired: {min_gain: 0.02, z: 2, min_rows: 100}}})");
  for (int i = 0; i < 4; ++i) day();
  EXPECT_EQ(trainings_, 2);
  EXPECT_EQ(newest().state, "waiting");
  EXPECT_EQ(last().reason, "the budget of 2 trainings is used up");
  for (int i = 0; i < 2; ++i) day();
  EXPECT_GE(trainings_, 3);
  expect_sound();
}

TEST_P(PolicyTest, NewRowsOpenACase) {
  serve_first("logistic_flat.onnx", 0);
  apply_policy("{endpoint: e, model: model, when: {new_rows: 500}, pipeline: train, rollout: none, gates: {paired: {min_gain: 0.02, z: 2, min_rows: 100}}}");
  day();
  day();
  EXPECT_EQ(trainings_, 0);
  day();
  EXPECT_EQ(trainings_, 1);
  EXPECT_EQ(newest().trigger, "600 new labelled rows");
}

TEST_P(PolicyTest, PausedItDecidesNothing) {
  serve_first("logistic_inverse.onnx", -1);
  apply_policy(kOnAlert);
  ASSERT_TRUE(policy_->set_paused("p", true, "user:test"));
  for (int i = 0; i < 3; ++i) day();
  EXPECT_THAT(verdicts(), IsEmpty());
  ASSERT_TRUE(policy_->set_paused("p", false, "user:test"));
  settle();
  EXPECT_EQ(trainings_, 1);
}

TEST_P(PolicyTest, WhoChangesTheEndpointMeanwhileHasTheLastWord) {
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

TEST_P(PolicyTest, KilledBetweenDeployingAndKeepingTheCaseItEntersTheStageAgain) {
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

TEST_P(PolicyTest, RestartedAtEveryStepItComesToTheSameDecisions) {
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

TEST_P(PolicyTest, OneBrokenPolicyDoesNotHoldUpTheOthers) {
  serve_first("logistic_inverse.onnx", -1);
  apply_policy(kOnAlert);
  apply_policy(kOnAlert, "a-broken");
  ASSERT_TRUE(r_.db.write([](sql::Tx& tx) {
    return tx.exec("INSERT INTO policy_cases (id, policy, opened_ms, closed_ms, body) VALUES ('ca_x', 'a-broken', 1, 0, 'no json')");
  }));
  r_.clock.advance_to(today_);
  const auto ran = policy_->run_due(r_.clock.now_ms());
  EXPECT_THAT(ran.error().message, HasSubstr("policy 'a-broken'"));
  ASSERT_TRUE(r_.db.write([](sql::Tx& tx) { return tx.exec("DELETE FROM policy_cases WHERE id = 'ca_x'"); }));
}

TEST_P(PolicyTest, VerifyFindsPlantedDamage) {
  serve_first("logistic_inverse.onnx", -1);
  apply_policy(kOnAlert);
  for (int i = 0; i < 4; ++i) day();
  ASSERT_THAT(policy_->verify()->problems, IsEmpty());
  ASSERT_GT(policy_->verify()->checked, 5);
  const auto damage = [&](std::string_view statement) { ASSERT_TRUE(r_.db.write([&](sql::Tx& tx) { return tx.exec(statement); })); };
  damage("UPDATE policy_cases SET body = REPLACE(body, '\"candidate\":2', '\"candidate\":77')");
  EXPECT_THAT(policy_->verify()->problems, testing::Contains(HasSubstr("77")));
  damage("UPDATE policy_cases SET body = REPLACE(body, '\"candidate\":77', '\"candidate\":2')");
  damage("UPDATE policy_cases SET body = REPLACE(body, '\"pipeline_run\":\"pr_', '\"pipeline_run\":\"xx_')");
  EXPECT_THAT(policy_->verify()->problems, testing::Contains(HasSubstr("there is no pipeline run xx_")));
  damage("DELETE FROM graph_nodes WHERE kind = 'alert'");
  EXPECT_THAT(policy_->verify()->problems, testing::Contains(HasSubstr("is not on the graph")));
}

INSTANTIATE_TEST_SUITE_P(On, PolicyTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::policy
