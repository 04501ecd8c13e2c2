// A served endpoint and its monitor on an empty database. For tests of monitoring and policy.
#pragma once

#include <cmath>

#include "base/yaml.h"
#include "monitoring/monitoring.h"
#include "serving/testing.h"

namespace gyre::monitoring {

class WatchedRooms : public serving::TestRooms {
 public:
  explicit WatchedRooms(std::string_view database_kind) : TestRooms(database_kind) {
    EXPECT_TRUE(sql::migrate(db, monitoring::migrations()));
    open();
  }
  // As after a restart.
  void open() {
    monitoring.reset();
    serving.reset();
    serving = std::make_unique<serving::Service>(db, clock, registry, *runtime, *engine, folder.path() / "predictions");
    const auto opened = serving->open();
    EXPECT_TRUE(opened) << opened.error().message;
    monitoring = std::make_unique<Service>(db, *blobs, clock, registry, *serving, *engine, folder.path() / "monitoring");
  }

  // Of the logistic models: x from -2 to 2 in equal steps, labels 1 where x is above `threshold`.
  void put_reference(const std::string& model, std::int64_t version, double slope, int rows = 1000, double threshold = 0) {
    const auto file = folder.path() / "reference.parquet";
    auto writer = engine
                      ->write_parquet(file, {{"group", query::Type::text, "VARCHAR"},
                                             {"x", query::Type::real, "FLOAT"},
                                             {"p", query::Type::real, "FLOAT"},
                                             {"double_x", query::Type::real, "FLOAT"},
                                             {"y", query::Type::integer, "INTEGER"}})
                      .value();
    query::Block block{static_cast<std::size_t>(rows), std::vector<query::ColumnData>(5)};
    for (int i = 0; i < rows; ++i) {
      const double x = -2 + 4.0 * i / (rows - 1);
      block.columns[0].texts.push_back(i % 2 == 0 ? "a" : "b");
      block.columns[1].reals.push_back(x);
      block.columns[2].reals.push_back(1 / (1 + std::exp(-slope * x)));
      block.columns[3].reals.push_back(2 * x);
      block.columns[4].integers.push_back(x > threshold);
    }
    ASSERT_TRUE(writer->append(block));
    ASSERT_TRUE(writer->finish());
    const auto content = blob::put_file_content(*blobs, file).value();
    ASSERT_TRUE(registry.put_evidence(model, version, {"reference", content.sha256, content.size_bytes, json::Object{{"rows", rows}}, clock.now_ms()}));
  }

  void serve(const std::vector<serving::Route>& routes) {
    const auto deployed = serving->deploy("e", routes, "test", "user:test");
    ASSERT_TRUE(deployed) << deployed.error().message;
  }
  void apply_monitor(std::string_view definition, std::string_view name = "m") {
    const auto applied = monitoring->apply(name, yaml::parse(definition).value(), "user:test");
    ASSERT_TRUE(applied) << applied.error().message;
  }

  // One request; ids are "<prefix><row>".
  void send(const std::vector<float>& x, const std::string& prefix, const std::string& request = "") {
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < x.size(); ++i) ids.push_back(prefix + std::to_string(i));
    const auto scored = serving->score("e", batch(x, ids), {request.empty() ? "req-" + prefix : request});
    ASSERT_TRUE(scored) << scored.error().error.message;
  }
  std::int64_t label(const std::string& prefix, const std::vector<bool>& labels, const std::string& key, bool corrects = false) {
    LabelBatch made{{}, labels, key, corrects};
    for (std::size_t i = 0; i < labels.size(); ++i) made.ids.push_back(prefix + std::to_string(i));
    const auto taken = monitoring->put_labels("e", made);
    EXPECT_TRUE(taken) << taken.error().message;
    return taken.value_or(-1);
  }
  // All duties of these rooms, until nothing is left to do.
  void settle() {
    for (int i = 0; i < 100; ++i) {
      const auto served = serving->run_due(clock.now_ms());
      ASSERT_TRUE(served) << served.error().message;
      const auto watched = monitoring->run_due(clock.now_ms());
      ASSERT_TRUE(watched) << watched.error().message;
      if (!served->worked && !watched->worked) return;
    }
    FAIL() << "it does not settle";
  }
  void settle_at(TimeMs at_ms) {
    clock.advance_to(at_ms);
    settle();
  }
  std::vector<Window> windows(std::string_view monitor = "m") { return monitoring->windows(monitor, 0, INT64_MAX / 2).value(); }

  std::unique_ptr<serving::Service> serving;
  std::unique_ptr<Service> monitoring;
};

}  // namespace gyre::monitoring
