#include "monitoring/monitoring.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "monitoring/testing.h"

namespace gyre::monitoring {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kDaily = R"(
endpoint: e
window: 1d
prediction: p
label: y
quality: {min_labelled: 10}
drift: {min_rows: 10}
alerts:
  - {name: shifted, signal: {column: x, metric: js}, above: 0.3, clear: 0.2, min_rows: 10}
  - {name: zeros, signal: {column: x, metric: share, value: 0}, above: 0.5, min_rows: 10}
  - {name: skill, signal: {metric: skill}, below: 0.1, clear: 0.2, min_rows: 10}
)";

std::vector<float> even(int n, double from = -2, double to = 2) {
  std::vector<float> x;
  for (int i = 0; i < n; ++i) x.push_back(static_cast<float>(from + (to - from) * i / (n - 1)));
  return x;
}

class MonitoringTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!r_.database.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
    for (const char* onnx : {"logistic.onnx", "logistic_inverse.onnx"}) r_.add_version("model", onnx);
    r_.put_reference("model", 1, 1);
    r_.put_reference("model", 2, -1);
    ASSERT_TRUE(r_.serving->apply("e", yaml::parse("{model: model, id_column: id}").value(), "user:test"));
    r_.serve({{1, 1, "primary"}});
    r_.apply_monitor(kDaily);
    today_ = r_.clock.now_ms();
  }
  // One day's traffic, then midnight.
  void day(const std::vector<float>& x, const std::string& prefix) {
    r_.send(x, prefix);
    next_day();
  }
  void next_day() { r_.settle_at(today_ += kDayMs); }
  static const ColumnDrift& column(const Window& window, std::string_view name) { return *std::ranges::find(window.columns, name, &ColumnDrift::column); }
  std::vector<Alert> alerts(std::string_view state = "") { return r_.monitoring->alerts("m", state, 100).value(); }
  std::string rule(std::string_view name) {
    for (const auto& state : r_.monitoring->rules("m").value()) {
      if (state.rule.name == name) return state.state;
    }
    return "";
  }
  std::vector<std::string> events(std::string_view topic) {
    struct Row {
      std::string subject;
    };
    std::vector<std::string> subjects;
    for (auto& row : r_.db.read([&](sql::Tx& tx) { return tx.select<Row>("SELECT subject FROM outbox_events WHERE topic = $1 ORDER BY seq", topic); }).value()) subjects.push_back(row.subject);
    return subjects;
  }

  WatchedRooms r_{GetParam()};
  TimeMs today_ = 0;
};

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
  EXPECT_NEAR(column(windows[0], "group").measures.at("js"), std::sqrt(.5 * std::log(1 / .75) + .25 * std::log(.5 / .75) + .25 * std::log(2.0)), 1e-9);  // only "a" was sent
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

TEST_P(MonitoringTest, LateLabelsBecomeTheQualityOfTheirWindow) {
  day(even(1000), "a");
  day(even(1000), "b");
  EXPECT_EQ(r_.windows()[0].labelled, 0);
  EXPECT_EQ(rule("skill"), "nodata");
  std::vector<bool> labels;
  for (const float x : even(1000)) labels.push_back(x > 0);
  EXPECT_EQ(r_.label("a", labels, "day-a"), 1000);
  r_.settle();
  const auto window = r_.windows()[0];
  EXPECT_EQ(window.labelled, 1000);
  EXPECT_EQ(window.realised.n, 1000);
  EXPECT_NEAR(window.realised.auc, 1, 1e-3);
  // Mean of ln(1 + exp(-|x|)) over [-2, 2]: (pi^2 / 12 - 0.1316) / 2 = 0.3455.
  EXPECT_NEAR(window.realised.log_loss, 0.3455, 0.001);
  EXPECT_EQ(rule("skill"), "ok");
  EXPECT_EQ(r_.windows()[1].labelled, 0);
  // Estimated by the reference, whose labels follow the same rule.
  EXPECT_NEAR(window.estimated.log_loss, window.realised.log_loss, 0.05);
  EXPECT_NEAR(window.estimated.auc, window.realised.auc, 0.05);
}

TEST_P(MonitoringTest, QualityAlertsWaitForLabels) {
  day(even(100), "a");
  day(even(100), "b");
  std::vector<bool> wrong;
  for (const float x : even(100)) wrong.push_back(x < 0);
  EXPECT_EQ(r_.label("a", std::vector<bool>(wrong.begin(), wrong.begin() + 9), "a-1"), 9);
  r_.settle();
  EXPECT_EQ(rule("skill"), "nodata");  // nine are not enough
  EXPECT_EQ(r_.label("a", wrong, "a-2"), 100);
  r_.settle();
  EXPECT_EQ(rule("skill"), "open");
  EXPECT_EQ(alerts("open")[0].onset_ms, today_ - 2 * kDayMs);
}

TEST_P(MonitoringTest, AWindowWhoseLabelsNeverCameDoesNotHoldUpTheNext) {
  day(even(100), "a");
  day(even(100), "b");
  std::vector<bool> wrong;
  for (const float x : even(100)) wrong.push_back(x < 0);
  r_.label("b", wrong, "b");
  r_.settle();
  EXPECT_EQ(rule("skill"), "open");
  EXPECT_EQ(alerts("open")[0].onset_ms, today_ - kDayMs);
}

TEST_P(MonitoringTest, LabelsComeOnceTwiceAndCorrected) {
  day(even(100), "a");
  std::vector<bool> labels(100, false);
  labels[99] = true;
  EXPECT_EQ(r_.label("a", labels, "one"), 100);
  EXPECT_EQ(r_.label("a", std::vector<bool>(100, true), "one"), 0);  // the same key changes nothing
  r_.settle();
  EXPECT_NEAR(r_.windows()[0].realised.rate, .01, 1e-12);
  EXPECT_EQ(r_.label("a", std::vector<bool>(100, true), "two"), 100);  // the first label of an id counts
  r_.settle();
  EXPECT_NEAR(r_.windows()[0].realised.rate, .01, 1e-12);
  EXPECT_EQ(r_.label("a", std::vector<bool>(50, true), "three", true), 50);  // unless it is corrected
  r_.settle();
  EXPECT_NEAR(r_.windows()[0].realised.rate, .51, 1e-12);
  EXPECT_EQ(r_.label("a", std::vector<bool>(10, false), "four", true), 10);  // and the last correction counts
  r_.settle();
  EXPECT_NEAR(r_.windows()[0].realised.rate, .41, 1e-12);
  EXPECT_EQ(r_.windows()[0].labelled, 100);
  r_.open();
  r_.settle();
  EXPECT_NEAR(r_.windows()[0].realised.rate, .41, 1e-12);
}

TEST_P(MonitoringTest, LabelsAreCheckedBeforeTheyAreTaken) {
  const auto code = [&](const LabelBatch& batch) { return r_.monitoring->put_labels("e", batch).error().code; };
  EXPECT_EQ(code({{"a"}, {true, false}, "k"}), Code::invalid);
  EXPECT_EQ(code({{"a", "a"}, {true, false}, "k"}), Code::invalid);
  EXPECT_EQ(code({{""}, {true}, "k"}), Code::invalid);
  EXPECT_EQ(code({{"a"}, {true}, ""}), Code::invalid);
  EXPECT_EQ(code({std::vector<std::string>(kMaxLabelBatch + 1, "a"), std::vector<bool>(kMaxLabelBatch + 1), "k"}), Code::exhausted);
  EXPECT_EQ(r_.monitoring->put_labels("nope", {{"a"}, {true}, "k"}).error().code, Code::not_found);
  EXPECT_EQ(r_.monitoring->put_labels("e", {{"a", "a"}, {true, true}, "k"}).value(), 1);
}

TEST_P(MonitoringTest, LabelsFindPredictionsOfTheSameDayAndThoseThatComeLater) {
  r_.send(even(100), "a");
  r_.settle();
  std::vector<bool> labels(150, true);
  r_.label("a", labels, "early");  // 50 of them are not predicted yet
  r_.settle();
  next_day();
  EXPECT_EQ(r_.windows()[0].labelled, 100);
  std::vector<std::string> ids;
  for (int i = 100; i < 150; ++i) ids.push_back("a" + std::to_string(i));
  ASSERT_TRUE(r_.serving->score("e", serving::TestRooms::batch(even(50), ids), {"late"}));
  next_day();
  next_day();
  EXPECT_EQ(r_.windows()[1].labelled, 50);
  EXPECT_EQ(r_.monitoring->summary("m")->labelled, 150);
}

TEST_P(MonitoringTest, RowsForGatesComeBackAsTheyWereScored) {
  day(even(100), "a");
  r_.serve({{2, 1, "primary"}});
  day(even(100), "b");
  r_.label("a", std::vector<bool>(100, true), "a");
  r_.label("b", std::vector<bool>(50, false), "b");
  r_.settle();
  const auto rows = r_.monitoring->labelled_rows("e", 0, today_, 1000).value();
  ASSERT_EQ(rows.label.size(), 150u);
  EXPECT_EQ(rows.inputs.rows, 150u);
  EXPECT_EQ(rows.version.front(), 1);
  EXPECT_EQ(rows.version.back(), 2);
  EXPECT_TRUE(rows.label.front());
  EXPECT_FALSE(rows.label.back());
  EXPECT_EQ(r_.monitoring->labelled_rows("e", 0, today_, 7)->label.size(), 7u);
  EXPECT_EQ(r_.monitoring->labelled_rows("e", today_ - kDayMs, today_, 1000)->label.size(), 50u);
  const auto again = r_.serving->evaluate("model", 1, rows.inputs).value();
  EXPECT_NEAR(std::get<std::vector<float>>(again[0].values)[0], rows.score[0], 1e-6);
  const auto windows = r_.monitoring->labelled_windows("e", 0).value();
  ASSERT_EQ(windows.size(), 2u);
  EXPECT_EQ(windows[1].rows, 100);
  EXPECT_EQ(windows[1].labelled, 50);

  const auto reference = r_.monitoring->reference_rows("model", 2, r_.monitoring->monitor("m")->definition).value();
  EXPECT_EQ(reference.label.size(), 1000u);
  EXPECT_TRUE(r_.serving->evaluate("model", 2, reference.inputs));
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
  ASSERT_TRUE(r_.db.write([](sql::Tx& tx) { return tx.exec("INSERT INTO monitor_rules (monitor, rule, judged_to, state, recent, onset_ms, n, alert) VALUES ('another', 'shifted', 0, 'ok', 'no list', 0, 0, '')"); }));
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
