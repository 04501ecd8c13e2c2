#include "alerting/alerting.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "governance/governance.h"
#include "storage/sql/testing.h"
#include "tracking/watched.h"

namespace gyre::alerting {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();

class AlertingTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!database_.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
    for (const auto all : {governance::migrations(), outbox::migrations(), tracking::migrations(), notify::migrations(), migrations()})
      ASSERT_TRUE(sql::migrate(*db_, all));
    ASSERT_TRUE(tracking_.prepare());
    dispatcher_.subscribe("alerting", "run.", [this](const outbox::Event& event) { return service_.on_event(event); });
  }
  std::string new_run(std::vector<tracking::Tag> tags = {}) {
    return tracking_.create_run({"0", "amber", "me", clock_.now_ms(), std::move(tags)}).value().info.id;
  }
  void log(const std::string& run, std::vector<double> values, std::int64_t first_step = 0, std::string key = "loss") {
    std::vector<tracking::Metric> metrics;
    for (const auto value : values) metrics.push_back({key, value, clock_.now_ms(), first_step++});
    ASSERT_TRUE(tracking_.log_batch(run, {.metrics = std::move(metrics), .params = {}, .tags = {}}));
  }
  void set(Rule rule) {
    const auto made = service_.set(std::move(rule), "u");
    ASSERT_TRUE(made) << made.error().message << made.error().detail;
  }
  void settle() {
    for (int i = 0; i < 1000; ++i) {
      const auto state = service_.run_due(clock_.now_ms());
      ASSERT_TRUE(state) << state.error().message << state.error().detail;
      const auto events = dispatcher_.deliver();
      ASSERT_TRUE(events) << events.error().message << events.error().detail;
      if (!state->worked && *events == 0) return;
    }
    FAIL() << "it never ends";
  }
  // "rule metric step" of alerts in that state.
  std::vector<std::string> alerts(std::string state) {
    settle();
    std::vector<std::string> all;
    for (const auto& alert : service_.alerts({.state = std::move(state)}).value())
      all.push_back(fmt::format("{} {} {}", alert.rule, alert.metric, json::to_text(alert.evidence["step"])));
    std::ranges::sort(all);
    return all;
  }
  void pass(TimeMs ms) { clock_.advance_to(clock_.now_ms() + ms); }

  sql::TestDatabase database_{GetParam()};
  sql::Db* db_ = database_.db();
  std::unique_ptr<blob::Store> blobs_ = blob::open_memory();
  VirtualClock clock_{1'700'000'000'000};
  tracking::Service tracking_{*db_, *blobs_, clock_};
  tracking::RunQueries runs_{*db_, clock_};
  tracking::Control control_{*db_, clock_};
  outbox::Dispatcher dispatcher_{*db_};
  Service service_{*db_, clock_, runs_};
};

TEST_P(AlertingTest, AThresholdFiresOnceAfterSoManyPointsAndResolvesWithHysteresis) {
  set({.name = "high", .metric = "loss", .limit = 10, .clear = 8, .points = 3, .clear_points = 2});
  const auto run = new_run();
  log(run, {11, 11, 5, 11, 11});
  EXPECT_THAT(alerts("open"), IsEmpty());
  log(run, {12}, 5);
  EXPECT_THAT(alerts("open"), ElementsAre("high loss 5.0"));
  log(run, {99, 99, 99, 9, 9, 9, 7, 9, 7}, 6);
  EXPECT_THAT(alerts("open"), SizeIs(1)) << "9 is neither good nor bad";
  log(run, {7}, 15);
  EXPECT_THAT(alerts("open"), IsEmpty());
  const auto alert = service_.alerts({.state = "resolved"})->at(0);
  EXPECT_EQ(alert.resolved_why, "recovered");
  EXPECT_EQ(json::to_text(alert.evidence["value"]), "12.0");
  log(run, {11, 11, 11}, 16);
  EXPECT_THAT(alerts("open"), SizeIs(1));
}

TEST_P(AlertingTest, ANanFloodIsOneAlert) {
  set({.name = "nan", .metric = "*", .kind = "nan", .direction = {}, .action = "stop"});
  const auto run = new_run();
  for (int i = 0; i < 50; ++i) log(run, {1, kNan, 2, kInfinity, kNan}, 5 * i);
  EXPECT_THAT(alerts("open"), ElementsAre("nan loss 1.0"));
  EXPECT_EQ(service_.alerts({})->at(0).evidence["value"].string_or(""), "NaN");
  EXPECT_TRUE(control_.signal(run)->stop);
  EXPECT_EQ(control_.signal(run)->by, "rule:nan");
  EXPECT_EQ(service_.count({}).value(), 1);
}

TEST_P(AlertingTest, AChangeIsHeldAgainstTheValueAWindowBefore) {
  set({.name = "jump", .metric = "loss", .kind = "change", .direction = "up", .limit = 0.5, .window = 100});
  const auto run = new_run();
  std::vector<double> flat(1000, 2.0);
  log(run, flat);
  EXPECT_THAT(alerts("open"), IsEmpty());
  log(run, {2.9, 3.1}, 1000);
  EXPECT_THAT(alerts("open"), ElementsAre("jump loss 1001.0"));
  EXPECT_EQ(json::to_text(service_.alerts({})->at(0).evidence["reference"]), "2.0");
}

TEST_P(AlertingTest, AStallIsSeenByStepsAndByTimeAndEndsWithABetterValue) {
  set({.name = "steps", .metric = "loss", .kind = "stall", .direction = "min", .window = 100});
  set({.name = "time", .metric = "loss", .kind = "stall", .direction = "min", .minutes = 10});
  const auto run = new_run();
  log(run, {3, 2, 2.5}, 0);
  log(run, {2.5}, 100);
  EXPECT_THAT(alerts("open"), IsEmpty());
  log(run, {2.5}, 101);
  EXPECT_THAT(alerts("open"), ElementsAre("steps loss 101.0"));
  pass(10 * kMinuteMs - 1);
  EXPECT_THAT(alerts("open"), SizeIs(1));
  pass(1);
  EXPECT_THAT(alerts("open"), ElementsAre("steps loss 101.0", "time loss 1.0")) << "nothing more was logged";
  log(run, {1}, 102);
  EXPECT_THAT(alerts("open"), IsEmpty());
}

TEST_P(AlertingTest, CrashesAndSilenceAreTold) {
  set({.name = "crash", .kind = "crashed", .direction = {}});
  set({.name = "quiet", .kind = "silent", .direction = {}});
  const auto run = new_run(), fine = new_run();
  ASSERT_TRUE(tracking_.update_run(run, {.status = "FAILED", .name = {}, .end_ms = {}}));
  ASSERT_TRUE(tracking_.update_run(fine, {.status = "FINISHED", .name = {}, .end_ms = {}}));
  EXPECT_THAT(alerts("open"), ElementsAre("crash  null"));
  const auto id = service_.alerts({})->at(0).id;
  EXPECT_EQ(service_.acknowledge(id, true, "user:a")->state, "resolved");
  ASSERT_TRUE(db_->write([&](sql::Tx& tx) { return outbox::publish(tx, clock_.now_ms(), "run.silent", "s", json::Object{{"run", fine}}); }));
  EXPECT_THAT(alerts("open"), ElementsAre("quiet  null"));
  ASSERT_TRUE(db_->write([&](sql::Tx& tx) { return outbox::publish(tx, clock_.now_ms(), "run.heard", "s", json::Object{{"run", fine}}); }));
  EXPECT_THAT(alerts("open"), IsEmpty());
}

TEST_P(AlertingTest, AnAlertEndsWithItsRunAndWithItsRule) {
  set({.name = "high", .metric = "loss", .limit = 10});
  const auto a = new_run(), b = new_run();
  log(a, {11});
  log(b, {11});
  EXPECT_THAT(alerts("open"), SizeIs(2));
  ASSERT_TRUE(tracking_.update_run(a, {.status = "FINISHED", .name = {}, .end_ms = {}}));
  EXPECT_THAT(alerts("open"), SizeIs(1));
  EXPECT_EQ(service_.alerts({.state = "resolved"})->at(0).resolved_why, "run ended");
  set({.name = "high", .metric = "loss", .limit = 20});
  EXPECT_THAT(alerts("open"), IsEmpty());
  log(b, {11}, 1);
  EXPECT_THAT(alerts("open"), IsEmpty());
  ASSERT_TRUE(service_.remove("high", "u"));
  log(b, {99}, 2);
  EXPECT_THAT(db_->read([](sql::Tx& tx) { return tracking::read_watched(tx, 10); }).value(), IsEmpty()) << "nobody watches";
}

TEST_P(AlertingTest, ARuleIsForTheRunsThatItsFilterFinds) {
  set({.name = "high", .filter = "tags.team = 'vision'", .metric = "val/*", .limit = 10});
  const auto ours = new_run({{"team", "vision"}}), other = new_run({{"team", "audio"}});
  log(ours, {11}, 0, "val/loss");
  log(ours, {11}, 0, "loss");
  log(other, {11}, 0, "val/loss");
  EXPECT_THAT(alerts("open"), ElementsAre("high val/loss 0.0"));
}

TEST_P(AlertingTest, WhatIsToldIsWrittenWithTheAlert) {
  ASSERT_TRUE(db_->write([](sql::Tx& tx) {
    return tx.exec(
        "INSERT INTO notice_receivers (name, kind, body, url, enabled, created_ms, updated_ms, next_ms) VALUES ('ops', 'webhook', '{}', 'x', 1, 0, 0, 0)");
  }));
  set({.name = "high", .metric = "loss", .limit = 10, .clear_points = 1, .receivers = {"ops"}});
  const auto run = new_run();
  log(run, {11, 1});
  settle();
  struct Row {
    std::string body;
  };
  const auto notices = db_->read([](sql::Tx& tx) { return tx.select<Row>("SELECT body FROM notices ORDER BY id"); }).value();
  ASSERT_THAT(notices, SizeIs(2));
  EXPECT_THAT(notices[0].body, testing::AllOf(testing::HasSubstr("firing"), testing::HasSubstr("loss above 10")));
  EXPECT_THAT(notices[1].body, testing::HasSubstr("resolved"));
}

TEST_P(AlertingTest, BadRulesAreRefusedWithAWord) {
  const auto refused = [&](Rule rule) {
    const auto made = service_.set(std::move(rule), "u");
    return made ? Code::internal : made.error().code;
  };
  for (const auto& rule :
       {Rule{.name = "a b", .metric = "m"}, Rule{.name = "a"}, Rule{.name = "a", .metric = "m", .kind = "odd"},
        Rule{.name = "a", .metric = "m", .kind = "change", .direction = "up"}, Rule{.name = "a", .metric = "m", .kind = "stall", .direction = "min"},
        Rule{.name = "a", .filter = "metrics.", .metric = "m"}, Rule{.name = "a", .metric = "m", .limit = 1, .clear = 2},
        Rule{.name = "a", .metric = "m", .kind = "crashed"}, Rule{.name = "a", .metric = "m", .limit = kNan},
        Rule{.name = "a", .experiment = "x", .metric = "m"}, Rule{.name = "a", .metric = "m", .points = 0}})
    EXPECT_EQ(refused(rule), Code::invalid) << words_of(rule);
}

INSTANTIATE_TEST_SUITE_P(Databases, AlertingTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::alerting
