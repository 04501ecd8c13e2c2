#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <cstring>

#include "api/rest/contract_testing.h"
#include "api/rest/testing.h"
#include "base/base64.h"

namespace gyre::rest {
namespace {

class RestSeriesTest : public RestTest {
 protected:
  std::string run(std::string name) {
    return tracking_.create_run({.experiment_id = "0", .name = std::move(name), .user = "u", .start_ms = clock_.now_ms(), .tags = {}}).value().info.id;
  }
  void log(const std::string& id, std::string key, std::int64_t step, double value) {
    ASSERT_TRUE(tracking_.log_batch(id, {.metrics = {{std::move(key), value, clock_.now_ms() + step, step}}, .params = {}, .tags = {}}));
  }
  Contract contract_;
};

TEST_F(RestSeriesTest, BytesTellWhatTheJsonTells) {
  const auto one = run("one"), two = run("two");
  for (int step = 0; step < 10; ++step) log(one, "a", step, step == 3 ? NAN : step / 4.0);
  log(two, "a", 20, 1e300);
  const auto wish = fmt::format(R"({{"runs": ["{}", "{}"], "keys": ["a"], "smooth": 2, "want": ["last", "smooth", "count"], "outliers": "clip"}})", one, two);
  const auto json = post("/series/query", wish);
  ASSERT_EQ(json.status, 200) << json.text;
  EXPECT_THAT(contract_.problems("series.yaml", "querySeries", json.body), testing::IsEmpty());

  const auto bytes = call("POST", "/series/query", wish, {{"Accept", "application/vnd.gyre.columns"}}).text;
  ASSERT_TRUE(bytes.starts_with("GYC1"));
  std::uint32_t size = 0;
  std::memcpy(&size, bytes.data() + 4, sizeof size);
  ASSERT_EQ((8 + size) % 8, 0u);
  const auto header = json::parse(bytes.substr(8, size)).value();
  EXPECT_EQ(header["rev"], json.body["rev"]);
  EXPECT_EQ(header["places"].int_or(0), 11);
  auto at = 8 + size;
  const auto next = [&]<class Number>(Number number) {
    std::memcpy(&number, bytes.data() + at, sizeof number);
    at += sizeof number;
    return static_cast<double>(number);
  };
  for (const auto& x : *json.body["x"].if_array()) EXPECT_EQ(next(0.0), x.number_or(-1));
  const auto& lines = *header["lines"].if_array();
  ASSERT_EQ(lines.size(), 2u);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(json::to_text(lines[i]["columns"]), R"(["last","smooth","count"])");
    for (const auto& name : *lines[i]["columns"].if_array()) {
      for (const auto& figure : *(*json.body["lines"].if_array())[i][name.string_or("")].if_array()) {
        const auto got = next(0.0F);
        if (!figure.is_number()) {
          EXPECT_TRUE(std::isnan(got)) << got;
        } else if (figure.number_or(0) == 1e300) {
          EXPECT_TRUE(std::isinf(got));
        } else {
          EXPECT_FLOAT_EQ(static_cast<float>(got), static_cast<float>(figure.number_or(0)));
        }
      }
    }
  }
  EXPECT_EQ(at, bytes.size());
}

TEST_F(RestSeriesTest, GroupsAndDensitiesKeepTheContract) {
  for (int i = 0; i < 4; ++i) {
    const auto id = run(fmt::format("r{}", i));
    ASSERT_TRUE(tracking_.log_batch(id, {.metrics = {}, .params = {{"kind", i < 3 ? "tree" : "net"}}, .tags = {}}));
    for (int step = 0; step < 50; ++step) log(id, "a", step, i + step / 50.0);
  }
  const auto groups =
      post("/series/query", R"({"select": {"experiments": ["0"]}, "keys": ["a"], "group": {"by": ["params.kind"], "band": "confidence"}, "buckets": 10})");
  ASSERT_EQ(groups.status, 200) << groups.text;
  EXPECT_THAT(contract_.problems("series.yaml", "querySeries", groups.body), testing::IsEmpty());
  EXPECT_EQ(groups.body["lines"].if_array()->size(), 2u);
  const auto density = post("/series/density", R"({"select": {"experiments": ["0"]}, "key": "a", "width": 10, "height": 8})");
  ASSERT_EQ(density.status, 200) << density.text;
  EXPECT_THAT(contract_.problems("series.yaml", "drawDensity", density.body), testing::IsEmpty());
  EXPECT_EQ(unbase64(density.body["cells"].string_or("")).value().size(), 160u);
  const auto near = post("/series/nearest", R"({"select": {"experiments": ["0"]}, "key": "a", "width": 10, "height": 8, "at": {"x": 25, "y": 2.45}})");
  EXPECT_THAT(contract_.problems("series.yaml", "findNearestCurve", near.body), testing::IsEmpty());
  EXPECT_EQ(near.body["name"].string_or(""), "r2");
  const auto rows = post("/runs/query", R"({"experiments": ["0"], "sparks": ["metrics.a", "metrics.b"]})");
  ASSERT_EQ(rows.status, 200) << rows.text;
  EXPECT_THAT(contract_.problems("tracking.yaml", "queryRuns", rows.body), testing::IsEmpty());
  EXPECT_EQ(post("/runs/query", R"({"sparks": ["metrics.a", "metrics.a", "metrics.a", "metrics.a", "metrics.a"]})").status, 400);
}

}  // namespace
}  // namespace gyre::rest
