// The loop on real rooms: only the training is a script. For the tests of this folder.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "exec/fake.h"
#include "monitoring/testing.h"
#include "policy/policy.h"

namespace gyre::policy {

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
    std::filesystem::create_directories(r_.folder.path() / "code");
    const auto applied = pipelines_->apply("train",
                                           yaml::parse(R"(
parameters: {as_of: "", days: 1}
steps:
  - name: train
    command: train
    outputs: {reference: reference.parquet, report: report.json}
    registers: {model: model, evidence: {reference: reference, training: report}}
)")
                                               .value(),
                                           r_.folder.path() / "code", "user:test");
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
      std::filesystem::copy_file(r_.folder.path() / "reference.parquet", job.environment.at("GYRE_OUTPUT_REFERENCE"),
                                 std::filesystem::copy_options::overwrite_existing);
      std::ofstream(job.environment.at("GYRE_OUTPUT_REPORT"))
          << (training.tells_data ? fmt::format(R"({{"from": "2001-02-01", "to": "{}", "rows": 5000, "missing": 0.0}})", training.trained_to)
                                  : std::string("{}"));
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
    EXPECT_THAT(policy_->verify()->problems, testing::IsEmpty());
    EXPECT_THAT(governance.verify()->problems, testing::IsEmpty());
    EXPECT_THAT(r_.monitoring->verify()->problems, testing::IsEmpty());
    EXPECT_THAT(r_.serving->verify()->problems, testing::IsEmpty());
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

inline constexpr std::string_view kOnAlert = R"(
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

}  // namespace gyre::policy
