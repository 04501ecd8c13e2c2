#include <fmt/format.h>

#include <limits>

#include "api/rest/testing.h"

namespace gyre::rest {
namespace {

class RestTrackingTest : public RestTest {
 protected:
  std::string run(std::string name) {
    return tracking_.create_run({.experiment_id = "0", .name = std::move(name), .user = "u", .start_ms = clock_.now_ms(), .tags = {}}).value().info.id;
  }
  void log(const std::string& id, std::string key, std::int64_t step, double value) {
    ASSERT_TRUE(tracking_.log_batch(id, {.metrics = {{std::move(key), value, clock_.now_ms() + step, step}}, .params = {}, .tags = {}}));
  }
};

TEST_F(RestTrackingTest, RunsAreListedFilteredAndPaged) {
  for (int i = 0; i < 3; ++i) log(run(fmt::format("r{}", i)), "auc", 0, 0.5 + i);
  const auto first = get("/runs?experiment=0&limit=2");
  EXPECT_EQ(first.body["total"].int_or(0), 3);
  EXPECT_EQ(first.body["rows"].if_array()->size(), 2u);
  EXPECT_EQ(get("/runs?experiment=0&limit=2&cursor=" + first.body["cursor"].string_or("")).body["rows"].if_array()->size(), 1u);
  const auto best = get("/runs?filter=metrics.auc > 2");
  ASSERT_EQ(best.status, 200) << best.text;
  EXPECT_EQ(best.body["total"].int_or(0), 1);
  EXPECT_EQ((*best.body["rows"].if_array())[0]["name"].string_or(""), "r2");
  EXPECT_EQ((*get("/runs?sort=metrics.auc ASC").body["rows"].if_array())[0]["name"].string_or(""), "r0");
  EXPECT_EQ((*get("/experiments").body["rows"].if_array())[0]["runs_total"].int_or(0), 3);
  EXPECT_EQ((*get("/experiments").body["rows"].if_array())[0]["running"].int_or(0), 3);
}

TEST_F(RestTrackingTest, ARunTellsItsCurvesAndFiles) {
  const auto id = run("r");
  log(id, "loss", 1, 0.5);
  log(id, "loss", 2, std::numeric_limits<double>::quiet_NaN());
  StringSource source("model");
  ASSERT_TRUE(blobs_->put(tracking::artifact_key(tracking_.run(id).value().info.artifact_uri + "/m/model onnx").value(), source));
  const auto told = get("/runs/" + id);
  ASSERT_EQ(told.status, 200) << told.text;
  const auto& key = (*told.body["keys"].if_array())[0];
  EXPECT_EQ(key["points"].int_or(0), 2);
  EXPECT_EQ(key["last"].string_or(""), "NaN");
  EXPECT_EQ(key["min"].number_or(0), 0.5);
  EXPECT_EQ((*told.body["files"].if_array())[0]["path"].string_or(""), "m/model onnx");
  EXPECT_EQ((*told.body["files"].if_array())[0]["bytes"].int_or(0), 5);
  EXPECT_EQ(told.body["state"].string_or(""), "running");
}

TEST_F(RestTrackingTest, ShortCurvesAreExactAndLongOnesKeepTheirExtremes) {
  const auto id = run("r");
  std::vector<tracking::Metric> points;
  for (int i = 0; i < 1000; ++i) points.push_back({"loss", i == 777 ? 99.0 : static_cast<double>(i % 10), clock_.now_ms() + i, i});
  ASSERT_TRUE(tracking_.log_batch(id, {.metrics = points, .params = {}, .tags = {}}));
  log(id, "auc", 5, 0.9);
  const auto exact = get("/runs/" + id + "/series?keys=auc");
  EXPECT_TRUE(exact.body["exact"].bool_or(false));
  EXPECT_EQ(exact.body["x"].if_array()->size(), 1u);
  const auto rough = get("/runs/" + id + "/series?buckets=10");
  ASSERT_EQ(rough.status, 200) << rough.text;
  EXPECT_FALSE(rough.body["exact"].bool_or(true));
  ASSERT_EQ(rough.body["x"].if_array()->size(), 10u);
  ASSERT_EQ(rough.body["series"].if_array()->size(), 2u);
  const auto& loss = (*rough.body["series"].if_array())[1];
  EXPECT_EQ((*loss["max"].if_array())[7].number_or(0), 99.0);
  EXPECT_EQ((*loss["min"].if_array())[7].number_or(-1), 0.0);
  std::int64_t count = 0;
  for (const auto& n : *loss["count"].if_array()) count += n.int_or(0);
  EXPECT_EQ(count, 1000);
  EXPECT_TRUE((*(*rough.body["series"].if_array())[0]["last"].if_array())[9].is_null());
  const auto part = get("/runs/" + id + "/series?keys=loss&from=10&to=12");
  EXPECT_EQ(part.body["x"].if_array()->size(), 3u);
  EXPECT_EQ(get("/runs/" + id + "/series?x=relative&from=0&to=1&keys=loss").body["x"].if_array()->size(), 2u);
}

}  // namespace
}  // namespace gyre::rest
