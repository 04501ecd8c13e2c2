// Counters over time.
#include <gtest/gtest.h>

#include "base/yaml.h"
#include "serving/testing.h"

namespace gyre::serving {
namespace {

TEST(TrafficTest, TellsOfEveryRequestThatWasAnswered) {
  TestRooms rooms("SqliteMemory");
  Service service(rooms.db, rooms.clock, rooms.registry, *rooms.runtime, *rooms.engine, rooms.folder.path() / "predictions");
  ASSERT_TRUE(service.open());
  rooms.add_version("m", "logistic.onnx");
  ASSERT_TRUE(service.apply("e", yaml::parse("{model: m}").value(), "user:test"));
  ASSERT_TRUE(service.deploy("e", {Route{1, 1}}, "test", "user:test"));
  for (std::int64_t n = 1; n <= 3; ++n) {
    ASSERT_TRUE(service.score("e", TestRooms::batch({1, 2}), {make_id("req")}));
    const auto traffic = service.traffic("e", 0, rooms.clock.now_ms() + 1, 10);
    ASSERT_TRUE(traffic) << traffic.error().message;
    ASSERT_EQ(traffic->versions.size(), 1u);
    VersionCounters all;
    for (const auto& bucket : traffic->versions.front().buckets) all.add(bucket);
    EXPECT_EQ(all.requests, n);
    EXPECT_EQ(all.rows, 2 * n);
  }
}

}  // namespace
}  // namespace gyre::serving
