#include "policy/policy_test.h"

namespace gyre::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_P(PolicyTest, BootstrapTrainsGatesAndPromotesTheFirstModel) {
  apply_policy(
      "{endpoint: e, model: model, when: {bootstrap: true}, pipeline: train, gates: {absolute: {auc: {at_least: 0.9}}}, rollout: {canary: [{weight: 0.1, rows: "
      "1000}]}}");
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
  apply_policy(
      "{endpoint: e, model: model, when: {bootstrap: true}, pipeline: train, cool_down: 1d, gates: {absolute: {auc: {at_least: 0.9}}}, rollout: {canary: []}}");
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
  EXPECT_EQ(newest().stage, 0);                                                      // time alone moves nothing: rows do
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

TEST_P(PolicyTest, WhatItNamesMustBeThere) {
  const auto told = [&](std::string_view text) {
    const auto error = policy_->apply("p", yaml::parse(text).value(), "user:test").error();
    return fmt::format("{} {} | {}", to_string(error.code), error.message, error.fix);
  };
  const std::string_view rest = "gates: {paired: {min_gain: 0.02, z: 2, min_rows: 100}}, rollout: none";
  EXPECT_THAT(told(fmt::format("{{endpoint: ee, model: model, when: {{new_rows: 5}}, pipeline: train, {}}}", rest)),
              HasSubstr("invalid there is no endpoint 'ee'"));
  EXPECT_THAT(told(fmt::format("{{endpoint: e, model: model, when: {{new_rows: 5}}, pipeline: trian, {}}}", rest)),
              HasSubstr("invalid there is no pipeline 'trian'"));
  EXPECT_THAT(told(fmt::format("{{endpoint: e, model: model, when: {{alerts: [skil]}}, pipeline: train, {}}}", rest)),
              HasSubstr("has an alert 'skil' | its alerts are skill, shifted"));
  EXPECT_THAT(told(fmt::format("{{endpoint: e, model: model, when: {{new_rows: 5}}, pipeline: train, parameters: {{day: 2}}, {}}}", rest)),
              HasSubstr("pipeline 'train' has no parameter 'day' | its parameters are as_of, days"));
  EXPECT_THAT(told(fmt::format("{{endpoint: e, model: other, when: {{new_rows: 5}}, pipeline: train, {}}}", rest)),
              HasSubstr("endpoint 'e' answers with model 'model'"));
  const auto pipeline = [&](std::string_view registers) {
    const auto text = fmt::format("steps:\n  - {{name: learn, command: x, outputs: {{table: t.csv, report: report.json}}{}}}\n", registers);
    ASSERT_TRUE(pipelines_->apply("other", yaml::parse(text).value(), r_.folder.path() / "code", "user:test"));
  };
  const auto other = fmt::format("{{endpoint: e, model: model, when: {{new_rows: 5}}, pipeline: other, {}}}", rest);
  pipeline("");
  EXPECT_THAT(told(other), HasSubstr("no step of pipeline 'other' registers versions of 'model'"));
  pipeline(", registers: {model: model}");
  EXPECT_THAT(told(other), HasSubstr("registers versions without evidence 'training'"));
  pipeline(", registers: {model: model, evidence: {training: table}}");
  EXPECT_THAT(told(other), HasSubstr("its output 'table' is not JSON"));
  pipeline(", registers: {model: model, evidence: {training: report}}");
  EXPECT_THAT(told(fmt::format("{{endpoint: e, model: model, when: {{bootstrap: true}}, pipeline: other, {}}}", rest)),
              HasSubstr("without evidence 'reference'"));
  EXPECT_THAT(policy_->list().value(), IsEmpty());
}

TEST_P(PolicyTest, ItWaitsForTheFirstCommitWithoutACoolDown) {
  ASSERT_TRUE(datasets_->create_repo("flights", "user:test"));
  ASSERT_TRUE(pipelines_->apply("train",
                                yaml::parse(R"(
parameters: {as_of: ""}
steps:
  - name: train
    command: train
    inputs: {rows: "flights@${commit}/rows"}
    outputs: {reference: reference.parquet, report: report.json}
    registers: {model: model, evidence: {reference: reference, training: report}}
)")
                                    .value(),
                                r_.folder.path() / "code", "user:test"));
  apply_policy("{endpoint: e, model: model, when: {bootstrap: true}, pipeline: train, gates: {absolute: {auc: {at_least: 0.9}}}, rollout: {canary: []}}");
  settle();
  EXPECT_THAT(verdicts(), ElementsAre("open", "wait"));
  EXPECT_EQ(last().reason, "no commit yet on flights@main");
  EXPECT_EQ(policy_->standing(policy_->policy("p").value())->sentence, "Waits: no commit yet on flights@main.");
  const auto content = [&] {
    StringSource rows("id\n1\n");
    return datasets_->upload(rows).value();
  }();
  ASSERT_TRUE(datasets_->commit({.repo = "flights", .message = "first", .author = "user:test", .changes = {{.path = "rows/a.csv", .sha256 = content.sha256}}}));
  settle();
  EXPECT_EQ(trainings_, 1) << "at once";
  EXPECT_EQ(newest().state, "promoted");
}

// It is asked for before the training, not after it.
TEST_P(PolicyTest, AChampionThatDoesNotTellItsDataIsWaitedFor) {
  const auto version = r_.add_version("model", "logistic_inverse.onnx");
  r_.put_reference("model", version, -1);
  r_.serve({{version, 1, "primary"}});
  std::string definition(kOnAlert);
  apply_policy(definition.replace(definition.find("wait: {labelled_days_after_onset: 2}\n"), 37, ""));
  for (int i = 0; i < 2; ++i) day();
  EXPECT_EQ(trainings_, 0);
  EXPECT_THAT(last().reason, HasSubstr("model@1 has no evidence 'training', so gates cannot tell which rows it has seen"));
  const auto tells = [&](json::Object body) { ASSERT_TRUE(r_.registry.put_evidence("model", version, {"training", "", 0, std::move(body), 0})); };
  tells({{"to", "April 3"}});
  settle();
  EXPECT_THAT(last().reason, HasSubstr("\"to\" is \"April 3\" and no day in ISO 8601"));
  tells({{"to", "2001-03-03"}});
  settle();
  EXPECT_EQ(trainings_, 1);
}

// An alert remembers the reading that opened it; what its rule read when the second case was opened is what that case tells.
TEST_P(PolicyTest, ACaseTellsTheReadingOfTheDayItWasOpened) {
  serve_first("logistic_inverse.onnx", -1);
  next_.onnx = "logistic_inverse.onnx";  // refused, so that the alert stays open
  next_.slope = -1;
  std::string definition(kOnAlert);
  apply_policy(definition.replace(definition.find("[skill]"), 7, "[shifted]"));
  day(false, true, 2.0f);
  const auto opened = r_.monitoring->alerts("m", "open", 1)->at(0).value;
  for (int i = 0; i < 12 && policy_->cases("p", 10)->size() < 2; ++i) day(false, true, 4.0f);  // farther away than on the first day
  const auto second = policy_->decisions({.policy = "p", .verdict = "open"}, 1, 0)->at(0);
  ASSERT_EQ(policy_->cases("p", 10)->size(), 2u);
  EXPECT_GT(second.checks.at(0).value, opened);
  EXPECT_EQ(second.checks.at(0).value, *r_.monitoring->rules("m")->at(1).value);
}

TEST_P(PolicyTest, OneBrokenPolicyDoesNotHoldUpTheOthers) {
  serve_first("logistic_inverse.onnx", -1);
  apply_policy(kOnAlert);
  apply_policy(kOnAlert, "a-broken");
  ASSERT_TRUE(r_.db.write(
      [](sql::Tx& tx) { return tx.exec("INSERT INTO policy_cases (id, policy, opened_ms, closed_ms, body) VALUES ('ca_x', 'a-broken', 1, 0, 'no json')"); }));
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
