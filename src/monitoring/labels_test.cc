#include <gmock/gmock.h>

#include "base/file.h"
#include "monitoring/monitoring_test.h"

namespace gyre::monitoring {
namespace {

class LabelsTest : public MonitoringTest {};

TEST_P(LabelsTest, LateLabelsBecomeTheQualityOfTheirWindow) {
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

TEST_P(LabelsTest, QualityAlertsWaitForLabels) {
  day(even(100), "a");
  day(even(100), "b");
  std::vector<bool> wrong;
  for (const float x : even(100)) wrong.push_back(x < 0);
  EXPECT_EQ(r_.label("a", std::vector<bool>(wrong.begin(), wrong.begin() + 9), "a-1"), 9);
  r_.settle();
  EXPECT_EQ(rule("skill"), "nodata");  // nine are not enough
  EXPECT_EQ(r_.label("a", wrong, "a-2"), 91);
  r_.settle();
  EXPECT_EQ(rule("skill"), "open");
  EXPECT_EQ(alerts("open")[0].onset_ms, today_ - 2 * kDayMs);
}

TEST_P(LabelsTest, AWindowWhoseLabelsNeverCameDoesNotHoldUpTheNext) {
  day(even(100), "a");
  day(even(100), "b");
  std::vector<bool> wrong;
  for (const float x : even(100)) wrong.push_back(x < 0);
  r_.label("b", wrong, "b");
  r_.settle();
  EXPECT_EQ(rule("skill"), "open");
  EXPECT_EQ(alerts("open")[0].onset_ms, today_ - kDayMs);
}

TEST_P(LabelsTest, LabelsComeOnceTwiceAndCorrected) {
  day(even(100), "a");
  std::vector<bool> labels(100, false);
  labels[99] = true;
  EXPECT_EQ(r_.label("a", labels, "one"), 100);
  EXPECT_EQ(r_.label("a", std::vector<bool>(100, true), "one"), 0);  // the same key changes nothing
  r_.settle();
  EXPECT_NEAR(r_.windows()[0].realised.rate, .01, 1e-12);
  EXPECT_EQ(r_.label("a", std::vector<bool>(100, true), "two"), 0);  // the first label of an id counts
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

TEST_P(LabelsTest, OnlyWhatSaysSomethingNewIsToldAsNew) {
  EXPECT_EQ(r_.label("a", std::vector<bool>(50, true), "one"), 50);
  EXPECT_EQ(r_.label("a", std::vector<bool>(50, true), "one"), 0);
  EXPECT_EQ(r_.label("a", std::vector<bool>(50, true), "by another key"), 0);
  EXPECT_EQ(r_.label("a", std::vector<bool>(80, false), "thirty more"), 30);      // the first fifty keep the label that they have
  EXPECT_EQ(r_.label("a", std::vector<bool>(80, false), "corrected", true), 50);  // thirty are false already
  EXPECT_EQ(r_.label("a", std::vector<bool>(80, false), "corrected again", true), 0);
  day(even(80), "a");
  EXPECT_EQ(r_.windows()[0].labelled, 80);
  EXPECT_EQ(r_.windows()[0].realised.rate, 0);
}

TEST_P(LabelsTest, AFileThatIsNotWhatWasWrittenIsFound) {
  day(even(50), "a");
  r_.label("a", std::vector<bool>(50, true), "one");
  EXPECT_THAT(r_.monitoring->verify()->problems, testing::IsEmpty());
  const auto file = r_.folder.path() / "monitoring" / "labels" / "e" / "0000000001.parquet";
  auto bytes = read_file(file).value();
  bytes[bytes.rfind("DuckDB")] ^= 1;  // the writer's name: the file still reads well
  ASSERT_TRUE(write_file_durably(file, bytes));
  EXPECT_THAT(r_.monitoring->verify()->problems, testing::ElementsAre(testing::HasSubstr("is not what was written")));
}

TEST_P(LabelsTest, LabelsAreCheckedBeforeTheyAreTaken) {
  const auto code = [&](const LabelBatch& batch) { return r_.monitoring->put_labels("e", batch).error().code; };
  EXPECT_EQ(code({{"a"}, {true, false}, "k"}), Code::invalid);
  EXPECT_EQ(code({{"a", "a"}, {true, false}, "k"}), Code::invalid);
  EXPECT_EQ(code({{""}, {true}, "k"}), Code::invalid);
  EXPECT_EQ(code({{"a"}, {true}, ""}), Code::invalid);
  EXPECT_EQ(code({std::vector<std::string>(kMaxLabelBatch + 1, "a"), std::vector<bool>(kMaxLabelBatch + 1), "k"}), Code::exhausted);
  EXPECT_EQ(r_.monitoring->put_labels("nope", {{"a"}, {true}, "k"}).error().code, Code::not_found);
  EXPECT_EQ(r_.monitoring->put_labels("e", {{"a", "a"}, {true, true}, "k"}).value(), 1);
}

TEST_P(LabelsTest, LabelsFindPredictionsOfTheSameDayAndThoseThatComeLater) {
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

TEST_P(LabelsTest, RowsForGatesComeBackAsTheyWereScored) {
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

INSTANTIATE_TEST_SUITE_P(On, LabelsTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::monitoring
