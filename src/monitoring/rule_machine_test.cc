#include "monitoring/rule_machine.h"

#include <gtest/gtest.h>

#include "base/yaml.h"

namespace gyre::monitoring {
namespace {

Rule rule(int bad, int of, double above = 10, double clear = 8) {
  Rule made{.name = "r", .column = "c", .metric = "js"};
  made.above = above;
  made.clear = clear;
  made.bad_windows = bad;
  made.of_windows = of;
  return made;
}

// One letter a window: what the rule says after it, and a capital where an alert opened or was resolved.
// o: ok, p: pending, a: open (alert); A: opened now, O: resolved now.
std::string story(const Rule& rule, const std::vector<double>& values, std::vector<TimeMs>* onsets = nullptr, double error = 0) {
  RuleMemory memory;
  std::string letters;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto turn = step(memory, rule, static_cast<TimeMs>(i), {.value = values[i], .n = 100, .few = false, .error = error});
    letters += turn == Turn::opened ? 'A' : turn == Turn::resolved ? 'O' : memory.state == "open" ? 'a' : memory.state == "pending" ? 'p' : 'o';
    if (turn == Turn::opened && onsets) onsets->push_back(memory.onset_ms);
  }
  return letters;
}

TEST(RuleMachine, Table) {
  struct Row {
    const char* what;
    Rule rule;
    std::vector<double> values;
    const char* story;
    std::vector<TimeMs> onsets;
  };
  const Row rows[] = {
      {"at the limit is not over it", rule(1, 1), {10, 10, 10}, "ooo", {}},
      {"one window opens, one resolves", rule(1, 1), {1, 11, 1}, "oAO", {1}},
      {"between clear and limit it stays as it is", rule(1, 1), {9, 11, 9, 10, 8, 9}, "oAaaOo", {1}},
      {"it opens again", rule(1, 1), {11, 1, 11, 1}, "AOAO", {0, 2}},
      {"two in a row", rule(2, 2), {11, 1, 11, 11, 1, 1}, "pppAaO", {2}},
      {"two of three, the onset is the first of them", rule(2, 3), {11, 1, 11}, "ppA", {0}},
      {"one that fell out of the last three is no onset", rule(2, 3), {11, 1, 1, 11, 11}, "ppppA", {3}},
      {"pending ends when none of the last counts", rule(2, 3), {11, 1, 1, 1}, "pppo", {}},
      {"resolving takes as many calm windows", rule(2, 3), {11, 11, 1, 9, 9, 1, 1}, "pAaaaaO", {0}},
      {"what counted for opening does not count for resolving", rule(2, 2), {11, 11, 11, 1, 11, 1, 1}, "pAaaaaO", {0}},
  };
  for (const auto& row : rows) {
    std::vector<TimeMs> onsets;
    EXPECT_EQ(story(row.rule, row.values, &onsets), row.story) << row.what;
    EXPECT_EQ(onsets, row.onsets) << row.what;
  }
}

TEST(RuleMachine, BelowIsTheOtherWayRound) {
  auto below = rule(1, 1);
  below.above.reset();
  below.below = 0.15;
  below.clear = 0.18;
  EXPECT_EQ(story(below, {.2, .15, .14, .17, .18}), "ooAaO");
}

TEST(RuleMachine, WithCertaintyTheWholeIntervalMustBePastTheLimit) {
  auto sure = rule(1, 1);
  sure.margin_errors = 2;
  EXPECT_EQ(story(sure, {11, 12, 13, 9, 8}, nullptr, 1), "ooAaO");
}

Result<Definition> read(std::string_view text) { return read_definition(yaml::parse(text).value()); }

TEST(MonitorDefinition, ReadsAllThatItMaySay) {
  const auto definition = read(R"(
    endpoint: e
    window: 1h
    prediction: p
    label: y
    quality: {min_labelled: 7, min_coverage: 0.9}
    drift: {min_rows: 5}
    alerts:
      - {name: a, signal: {column: x, metric: share, value: 0}, above: 0.06, clear: 0.05, windows: 2 of 3, min_rows: 10, severity: critical}
      - {name: b, signal: {metric: skill}, below: 0.15}
  )")
                              .value();
  EXPECT_EQ(definition.window_ms, kHourMs);
  EXPECT_EQ(definition.min_coverage, 0.9);
  ASSERT_EQ(definition.rules.size(), 2u);
  EXPECT_EQ(definition.rules[0].bad_windows, 2);
  EXPECT_EQ(definition.rules[0].of_windows, 3);
  EXPECT_EQ(definition.rules[1].clear, 0.15);
  EXPECT_TRUE(definition.rules[1].is_quality());
}

TEST(MonitorDefinition, RefusesWhatMeansNothing) {
  const auto refused = [](std::string_view rules) {
    return read("{endpoint: e, prediction: p, label: y, alerts: [" + std::string(rules) + "]}").error().message;
  };
  EXPECT_EQ(read("{endpoint: e}").error().code, Code::invalid);
  EXPECT_EQ(read("{endpoint: e, prediction: p, window: 30s}").error().code, Code::invalid);
  EXPECT_EQ(read("{endpoint: e, prediction: p, window: 90s}").error().code, Code::invalid);
  EXPECT_EQ(read("{endpoint: e, prediction: p, quality: {min_coverage: 2}}").error().code, Code::invalid);
  EXPECT_NE(read("{endpoint: e,\n predicton: p}").error().message.find("line 2"), std::string::npos);
  EXPECT_EQ(refused("{signal: {metric: auc}, below: 1}"), "an alert needs 'name'");
  EXPECT_NE(refused("{name: a, signal: {metric: acu}, below: 1}").find("'acu' is not one of auc"), std::string::npos);
  EXPECT_NE(refused("{name: a, signal: {column: x, metric: auc}, below: 1}").find("'auc' is not one of js"), std::string::npos);
  EXPECT_EQ(refused("{name: a, signal: {metric: auc}}"), "alert 'a': give either 'above' or 'below'");
  EXPECT_EQ(refused("{name: a, signal: {metric: auc}, above: 1, below: 0}"), "alert 'a': give either 'above' or 'below'");
  EXPECT_EQ(refused("{name: a, signal: {column: x, metric: share}, above: 1}"), "alert 'a': metric 'share' needs 'value', and no other takes it");
  EXPECT_EQ(refused("{name: a, signal: {metric: auc}, below: 0.8, clear: 0.7}"), "alert 'a': 'clear' must lie on the good side of the limit");
  EXPECT_EQ(refused("{name: a, signal: {column: x, metric: js}, above: 0.1, clear: 0.2}"), "alert 'a': 'clear' must lie on the good side of the limit");
  EXPECT_EQ(refused("{name: a, signal: {column: x, metric: js}, above: .nan}"), "alert 'a': 'above', 'below' and 'clear' must be finite numbers");
  for (const char* windows : {"2", "3 of 2", "0 of 1", "1 of 101", "1 of 1x", "x of 1", "1 of "}) {
    EXPECT_NE(refused("{name: a, signal: {metric: auc}, below: 1, windows: '" + std::string(windows) + "'}").find("must be like '2 of 3'"), std::string::npos)
        << windows;
  }
  EXPECT_NE(refused("{name: a, signal: {metric: auc}, below: 1, certainty: 0.5}").find("must be 0.9, 0.95 or 0.99"), std::string::npos);
  EXPECT_NE(refused("{name: a, signal: {metric: ece}, above: 1, certainty: 0.9}").find("whose error is known"), std::string::npos);
  EXPECT_EQ(refused("{name: a, signal: {metric: auc}, below: 1}, {name: a, signal: {metric: ece}, above: 1}"), "two alerts are called 'a'");
  EXPECT_NE(read("{endpoint: e, prediction: p, alerts: [{name: a, signal: {metric: auc}, below: 1}]}").error().message.find("needs 'label'"),
            std::string::npos);
}

}  // namespace
}  // namespace gyre::monitoring
