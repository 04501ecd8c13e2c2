// A watched endpoint whose days pass. For the tests of this folder.
#pragma once

#include <fmt/format.h>

#include <algorithm>

#include "monitoring/testing.h"

namespace gyre::monitoring {

inline constexpr std::string_view kDaily = R"(
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

inline std::vector<float> even(int n, double from = -2, double to = 2) {
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
    for (auto& row : r_.db.read([&](sql::Tx& tx) { return tx.select<Row>("SELECT subject FROM outbox_events WHERE topic = $1 ORDER BY seq", topic); }).value())
      subjects.push_back(row.subject);
    return subjects;
  }

  WatchedRooms r_{GetParam()};
  TimeMs today_ = 0;
};

}  // namespace gyre::monitoring
