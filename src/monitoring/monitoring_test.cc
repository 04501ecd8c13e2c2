#include "monitoring/monitoring_test.h"

#include <gmock/gmock.h>

#include <filesystem>

namespace gyre::monitoring {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_P(MonitoringTest, AWindowComparesInputsAndOutputsWithTheReference) {
  day(even(1000), "a");
  day(even(1000, 0, 2), "b");
  const auto windows = r_.windows();
  ASSERT_EQ(windows.size(), 2u);
  EXPECT_EQ(windows[0].rows, 1000);
  EXPECT_EQ(windows[0].version, 1);
  ASSERT_EQ(windows[0].columns.size(), 4u);  // group, x, p, double_x; neither id nor label
  for (const char* name : {"x", "p", "double_x"}) {
    const auto& same = column(windows[0], name);
    EXPECT_EQ(same.n, 1000);
    EXPECT_LT(same.measures.at("js"), 0.02) << name;  // the model's float is not the reference's to the last bit
    EXPECT_LT(same.measures.at("out_of_range"), 0.003) << name;
    // Half of the reference's bins are empty now: by hand, JS = sqrt(ln 2 - 3/4 ln 3 + ... ) of shares 1/20 against 1/10.
    const double p = .05, q = .1, m = (p + q) / 2;
    const double js = std::sqrt(10 * (p / 2 * std::log(p / m) + q / 2 * std::log(q / m)) + 10 * (p / 2 * std::log(2.0)));
    EXPECT_NEAR(column(windows[1], name).measures.at("js"), js, 0.01) << name;
    EXPECT_NEAR(column(windows[1], name).measures.at("ks"), .5, 0.01) << name;
  }
  EXPECT_TRUE(column(windows[0], "p").output);
  EXPECT_FALSE(column(windows[0], "x").output);
  EXPECT_TRUE(column(windows[0], "group").category);
  EXPECT_NEAR(column(windows[0], "group").measures.at("js"), std::sqrt(.5 * std::log(1 / .75) + .25 * std::log(.5 / .75) + .25 * std::log(2.0)),
              1e-9);  // only "a" was sent
  EXPECT_EQ(column(windows[0], "x").measures.at("share:0"), 0);
}

TEST_P(MonitoringTest, TheLogIsCountedOnceHoweverOftenItIsRead) {
  r_.send(even(100), "a");
  r_.settle();
  r_.open();
  r_.settle();
  r_.send(even(50), "b");
  r_.send(even(50), "b");  // the same request
  r_.settle();
  r_.open();
  next_day();
  ASSERT_EQ(r_.windows().size(), 1u);
  EXPECT_EQ(r_.windows()[0].rows, 150);
  EXPECT_EQ(column(r_.windows()[0], "x").n, 150);
}

TEST_P(MonitoringTest, WatchedValuesMissingOnesAndStrangeOnesAreShares) {
  auto x = even(100);
  for (int i = 0; i < 60; ++i) x[static_cast<std::size_t>(i)] = 0;
  x[99] = 1000;
  x[98] = NAN;
  day(x, "a");
  const auto measured = column(r_.windows()[0], "x").measures;
  EXPECT_NEAR(measured.at("share:0"), 60 / 99.0, 1e-9);
  EXPECT_NEAR(measured.at("missing"), 1 / 100.0, 1e-9);
  EXPECT_NEAR(measured.at("out_of_range"), 1 / 99.0, 1e-9);
  EXPECT_EQ(rule("zeros"), "open");
  EXPECT_EQ(column(r_.windows()[0], "p").measures.at("missing"), .01);  // NaN in, NaN out, and nothing breaks
}

TEST_P(MonitoringTest, AlertsOpenWithTheirOnsetAndResolve) {
  day(even(100), "a");
  EXPECT_EQ(rule("shifted"), "ok");
  EXPECT_THAT(alerts(), IsEmpty());
  day(even(100, 1, 2), "b");
  ASSERT_EQ(alerts("open").size(), 1u);
  const auto alert = alerts("open")[0];
  EXPECT_EQ(alert.rule, "shifted");
  EXPECT_EQ(alert.onset_ms, today_ - kDayMs);
  EXPECT_EQ(alert.opened_ms, today_);
  EXPECT_EQ(alert.n, 100);
  EXPECT_GT(alert.value, .3);
  day(even(100), "c");
  EXPECT_THAT(alerts("open"), IsEmpty());
  EXPECT_EQ(alerts("resolved")[0].resolved_ms, today_);
  EXPECT_EQ(events("alert.opened").size(), 1u);
  EXPECT_EQ(events("alert.resolved").size(), 1u);
  governance::Service governance(r_.db);
  EXPECT_THAT(governance.verify()->problems, IsEmpty());
  EXPECT_THAT(r_.monitoring->verify()->problems, IsEmpty());
}

TEST_P(MonitoringTest, FewRowsSayNothing) {
  day(even(9, 1, 2), "a");
  EXPECT_EQ(rule("shifted"), "nodata");
  EXPECT_THAT(alerts(), IsEmpty());
}

TEST_P(MonitoringTest, EachVersionIsComparedWithItsOwnReference) {
  r_.serve({{2, 1, "primary"}, {1, 0, "shadow"}});
  day(even(1000), "a");
  const auto window = r_.windows()[0];
  EXPECT_EQ(window.version, 2);
  EXPECT_LT(column(window, "p").measures.at("js"), 0.02);
  ASSERT_EQ(window.versions.size(), 2u);
  EXPECT_EQ(window.rows, 1000);  // a shadow answers nothing
}

TEST_P(MonitoringTest, AVersionWithoutAReferenceIsCountedUntilItHasOne) {
  r_.add_version("model", "logistic.onnx");
  r_.serve({{3, 1, "primary"}});
  day(even(100), "a");
  EXPECT_EQ(r_.windows()[0].rows, 100);
  EXPECT_THAT(r_.windows()[0].columns, IsEmpty());
  EXPECT_EQ(r_.windows()[0].estimated.n, 0);  // no calibration, no estimate
  r_.put_reference("model", 3, 1);
  day(even(100), "b");
  EXPECT_EQ(r_.windows()[1].columns.size(), 4u);
}

TEST_P(MonitoringTest, RebuiltFromTheLogTheFiguresAreTheSame) {
  for (int i = 0; i < 4; ++i) day(even(500, -2 + i * .3, 2), fmt::format("d{}-", i));
  std::vector<bool> labels;
  for (const float x : even(500)) labels.push_back(x > 0);
  for (int i = 0; i < 3; ++i) r_.label(fmt::format("d{}-", i), labels, fmt::format("day-{}", i));
  r_.settle();
  const auto before = r_.windows();
  const auto opened = alerts().size(), announced = events("window.closed").size();
  ASSERT_FALSE(fs::exists(r_.folder.path() / "predictions" / "log" / "e" / "0000000001.log"));  // read from what was sealed
  ASSERT_TRUE(r_.monitoring->rebuild("m", "user:test"));
  EXPECT_THAT(r_.windows(), IsEmpty());
  r_.settle();
  const auto after = r_.windows();
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].rows, before[i].rows);
    EXPECT_EQ(after[i].labelled, before[i].labelled);
    EXPECT_NEAR(after[i].realised.log_loss, before[i].realised.log_loss, 1e-12);
    EXPECT_NEAR(after[i].estimated.auc, before[i].estimated.auc, 1e-12);
    ASSERT_EQ(after[i].columns.size(), before[i].columns.size());
    for (std::size_t c = 0; c < after[i].columns.size(); ++c) {
      EXPECT_EQ(after[i].columns[c].n, before[i].columns[c].n);
      for (const auto& [name, value] : before[i].columns[c].measures) EXPECT_NEAR(after[i].columns[c].measures.at(name), value, 1e-9) << name;
    }
  }
  EXPECT_EQ(alerts().size(), opened);
  EXPECT_EQ(events("window.closed").size(), announced);
  EXPECT_THAT(r_.monitoring->verify()->problems, IsEmpty());
}

TEST_P(MonitoringTest, AnotherWindowOrWatchedValueMeasuresAllAgainAnotherLimitDoesNot) {
  day(even(100), "a");
  std::string changed(kDaily);
  r_.apply_monitor(changed.replace(changed.find("above: 0.3"), 10, "above: 0.4"));
  EXPECT_EQ(r_.windows().size(), 1u);
  changed = kDaily;
  r_.apply_monitor(changed.replace(changed.find("value: 0}"), 9, "value: 2}"));
  EXPECT_THAT(r_.windows(), IsEmpty());
  r_.settle();
  EXPECT_EQ(r_.windows().size(), 1u);
  EXPECT_NEAR(column(r_.windows()[0], "x").measures.at("share:2"), .01, 1e-12);
  changed = kDaily;
  r_.apply_monitor(changed.replace(changed.find("window: 1d"), 10, "window: 6h"));
  r_.settle();
  EXPECT_EQ(r_.windows()[0].to_ms - r_.windows()[0].from_ms, 6 * kHourMs);
  EXPECT_THAT(r_.monitoring->verify()->problems, IsEmpty());
}

TEST_P(MonitoringTest, AColumnThatIsLeftOutIsNeitherProfiledNorCompared) {
  day(even(100), "a");
  ASSERT_EQ(r_.windows()[0].columns.size(), 4u);
  std::string changed(kDaily);
  r_.apply_monitor(changed.replace(changed.find("min_rows: 10}"), 13, "min_rows: 10, except: [group, p]}"));
  EXPECT_THAT(r_.windows(), IsEmpty());  // measured again from the log
  r_.settle();
  day(even(100), "b");
  ASSERT_EQ(r_.windows().size(), 2u);
  for (const auto& window : r_.windows()) {
    EXPECT_THAT(window.columns, ElementsAre(testing::Field(&ColumnDrift::column, "double_x"), testing::Field(&ColumnDrift::column, "x")));
    EXPECT_GT(window.estimated.n, 0);  // of the scores, whether their distribution is watched or not
  }
  EXPECT_THAT(r_.monitoring->distribution("m", "group", 0, today_).error().message, HasSubstr("leaves the column 'group' out"));
  EXPECT_TRUE(r_.monitoring->distribution("m", "x", 0, today_));
  EXPECT_THAT(r_.monitoring->verify()->problems, IsEmpty());
  r_.apply_monitor(kDaily);
  r_.settle();
  EXPECT_EQ(r_.windows()[0].columns.size(), 4u);
}

TEST_P(MonitoringTest, WhatIsLeftOutMustBeThereAndHaveNoAlert) {
  const auto refused = [&](std::string_view except) {
    std::string changed(kDaily);
    const auto applied = r_.monitoring->apply(
        "m", yaml::parse(changed.replace(changed.find("min_rows: 10}"), 13, fmt::format("min_rows: 10, except: {}}}", except))).value(), "user:test");
    return applied ? "" : applied.error().message;
  };
  EXPECT_THAT(refused("[dow]"), HasSubstr("'drift.except' names 'dow', which model@1 neither takes nor gives"));
  EXPECT_THAT(refused("[x]"), HasSubstr("alert 'shifted' looks at 'x', which 'drift.except' leaves out"));
  EXPECT_THAT(refused("[group, group]"), HasSubstr("names 'group' twice"));
  EXPECT_THAT(refused("['']"), HasSubstr("is empty"));
  EXPECT_THAT(refused("group"), HasSubstr("drift.except"));
  ASSERT_TRUE(r_.serving->apply("new", yaml::parse("{model: unborn}").value(), "user:test"));
  EXPECT_TRUE(
      r_.monitoring->apply("early", yaml::parse("{endpoint: new, prediction: p, drift: {except: [dow]}}").value(), "user:test"));  // its model is not known yet
}

TEST_P(MonitoringTest, WhatTheServingVersionDoesNotHaveIsRefusedByName) {
  const auto refused = [&](std::string_view from, std::string_view to) {
    std::string changed(kDaily);
    const auto at = changed.find(from);
    const auto applied = r_.monitoring->apply("m", yaml::parse(changed.replace(at, from.size(), to)).value(), "user:test");
    return applied ? "" : applied.error().message + " | " + applied.error().fix;
  };
  EXPECT_EQ(refused("prediction: p", "prediction: pp"), "'prediction' names 'pp', which is no output of model@1 | did you mean 'p'?");
  EXPECT_THAT(refused("prediction: p", "prediction: x"), HasSubstr("which is an input and no output of model@1"));
  EXPECT_THAT(refused("column: x", "column: xx"), HasSubstr("alert 'shifted' looks at 'xx', which model@1 neither takes nor gives | did you mean 'x'"));
  EXPECT_EQ(refused("label: y", "label: yy"), "'label' names 'yy', which is no column of the reference of model@1 | did you mean 'y'?");
  ASSERT_TRUE(r_.serving->apply("new", yaml::parse("{model: unborn}").value(), "user:test"));
  EXPECT_TRUE(
      r_.monitoring->apply("early", yaml::parse("{endpoint: new, prediction: nobody, label: knows}").value(), "user:test"));  // its model is not known yet
}

// types.onnx: text_out is text.
TEST_P(MonitoringTest, APredictionThatIsNoNumberIsTold) {
  ASSERT_TRUE(r_.serving->apply("t", yaml::parse("{model: types}").value(), "user:test"));
  const auto apply = [&](std::string_view prediction) {
    return r_.monitoring->apply("t", yaml::parse(fmt::format("{{endpoint: t, prediction: {}}}", prediction)).value(), "user:test");
  };
  ASSERT_TRUE(apply("text_out"));
  const auto version = r_.add_version("types", "types.onnx");
  ASSERT_TRUE(r_.serving->deploy("t", {{version, 1, "primary"}}, "", ""));
  EXPECT_EQ(apply("text_out").error().message, "'prediction' names 'text_out', which types@1 gives as text");
  EXPECT_EQ(apply("f32").error().message, "'prediction' names 'f32', which is an input and no output of types@1");
  EXPECT_TRUE(apply("f32_out"));
}

TEST_P(MonitoringTest, LabelsThatCameBeforeTheirPredictionsAreNotLate) {
  r_.label("a", std::vector<bool>(100, true), "a");
  r_.clock.advance_to(today_ + kHourMs);
  day(even(100), "a");
  next_day();
  EXPECT_EQ(r_.monitoring->summary("m")->labelled, 100);
  EXPECT_EQ(r_.monitoring->summary("m")->label_delay_ms, 0);
}

TEST_P(MonitoringTest, ARuleThatGoesTakesItsAlertAlong) {
  day(even(100, 1, 2), "a");
  ASSERT_EQ(alerts("open").size(), 1u);
  std::string changed(kDaily);
  r_.apply_monitor(changed.replace(changed.find("name: shifted"), 13, "name: moved"));
  EXPECT_EQ(alerts("resolved").size(), 1u);
  r_.settle();
  EXPECT_EQ(alerts("open")[0].rule, "moved");
  EXPECT_THAT(r_.monitoring->verify()->problems, IsEmpty());
}

TEST_P(MonitoringTest, TwoMonitorsOfOneEndpointDoNotDisturbEachOther) {
  std::string hourly(kDaily);
  r_.apply_monitor(hourly.replace(hourly.find("window: 1d"), 10, "window: 1h"), "hourly");
  day(even(100), "a");
  r_.label("a", std::vector<bool>(100, true), "a");
  next_day();
  EXPECT_EQ(r_.windows("m")[0].labelled, 100);
  EXPECT_EQ(r_.windows("hourly")[0].labelled, 100);
  r_.apply_monitor(kDaily, "latecomer");  // sees all that was ever logged
  next_day();
  EXPECT_EQ(r_.windows("latecomer")[0].rows, 100);
  EXPECT_EQ(r_.windows("latecomer")[0].labelled, 100);
}

TEST_P(MonitoringTest, ARowThatComesAfterItsWindowWasClosedIsCounted) {
  r_.send(even(100), "a");
  next_day();
  serving::Frame late = r_.serving->log().read("e", {}, 1 << 20)->frames.at(0);
  late.request_id = "late";
  ASSERT_TRUE(r_.serving->log().append("e", {late}, false));  // stamped before midnight, written after it
  r_.settle();
  ASSERT_EQ(r_.windows().size(), 1u);
  EXPECT_EQ(r_.windows()[0].rows, 200);
  EXPECT_EQ(column(r_.windows()[0], "x").n, 200);
  EXPECT_EQ(events("window.closed").size(), 1u);
  EXPECT_THAT(r_.monitoring->verify()->problems, IsEmpty());
}

TEST_P(MonitoringTest, VerifyFindsPlantedDamage) {
  day(even(100, 1, 2), "a");
  r_.label("a", std::vector<bool>(100, true), "a");
  r_.settle();
  ASSERT_THAT(r_.monitoring->verify()->problems, IsEmpty());
  const auto damage = [&](std::string_view statement) { ASSERT_TRUE(r_.db.write([&](sql::Tx& tx) { return tx.exec(statement); })); };
  const auto problems = [&] { return r_.monitoring->verify()->problems; };
  damage("UPDATE monitor_windows SET row_count = 99");
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("it has 99 rows, its minutes 100")));
  damage("UPDATE monitor_windows SET row_count = 100");
  damage("UPDATE monitors SET read_to = 1000000");
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("but the log ends at")));
  damage("UPDATE monitors SET read_to = 0");
  damage("UPDATE monitor_quality SET labelled = 101");
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("101 labelled rows of 100")));
  damage("UPDATE monitor_quality SET labelled = 100");
  damage("UPDATE alerts SET state = 'resolved'");
  EXPECT_THAT(problems(), testing::Contains(HasSubstr("which it is not")));
  damage("UPDATE monitor_rules SET alert = '', state = 'ok'");
  damage("UPDATE alerts SET state = 'open'");
  EXPECT_THAT(problems(), testing::Contains(HasSubstr("its rule 'shifted' does not say so")));
  damage("UPDATE alerts SET state = 'resolved'");
  damage("DELETE FROM monitor_profiles");
  EXPECT_THAT(problems(), testing::Contains(HasSubstr("it has 100 rows, its minutes 0")));
  fs::remove_all(r_.folder.path() / "monitoring" / "labels");
  EXPECT_THAT(problems(), testing::Contains(HasSubstr("labels 'a' of endpoint 'e'")));
}

TEST_P(MonitoringTest, OneBrokenMonitorDoesNotHoldUpTheOthers) {
  r_.apply_monitor(kDaily, "another");
  ASSERT_TRUE(r_.db.write([](sql::Tx& tx) { return tx.exec("UPDATE monitors SET segment = -5, read_to = -7 WHERE name = 'another'"); }));
  ASSERT_TRUE(r_.db.write([](sql::Tx& tx) {
    return tx.exec(
        "INSERT INTO monitor_rules (monitor, rule, judged_to, state, recent, onset_ms, n, alert) VALUES ('another', 'shifted', 0, 'ok', 'no list', 0, 0, '')");
  }));
  r_.send(even(100), "a");
  r_.clock.advance_to(today_ + kDayMs);
  ASSERT_TRUE(r_.serving->run_due(r_.clock.now_ms()));
  const auto ran = r_.monitoring->run_due(r_.clock.now_ms());
  EXPECT_THAT(ran.error().message, HasSubstr("monitor 'another'"));
  EXPECT_EQ(r_.windows("m").size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(On, MonitoringTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::monitoring
