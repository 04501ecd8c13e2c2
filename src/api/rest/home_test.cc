#include <fmt/format.h>

#include <algorithm>

#include "api/rest/testing.h"
#include "base/yaml.h"

namespace gyre::rest {
namespace {

class RestHomeTest : public RestTest {
 protected:
  void commit(std::string message) {
    ASSERT_TRUE(datasets_.create_repo("flights", "test"));
    StringSource source(message);
    const auto content = datasets_.upload(source).value();
    ASSERT_TRUE(datasets_.commit({.repo = "flights",
                                  .message = message,
                                  .author = "a",
                                  .metadata = {},
                                  .idempotency_key = {},
                                  .changes = {datasets::Change::content("f.txt", content.sha256)},
                                  .causes = {}}));
  }
};

TEST_F(RestHomeTest, TheClockIsTheHouses) {
  const auto clock = get("/clock");
  EXPECT_EQ(clock.body["now"].string_or(""), "2001-04-01T00:00:00.000Z");
  EXPECT_EQ(clock.body["kind"].string_or(""), "virtual");
  EXPECT_EQ(clock.body["version"].string_or(""), "0.1.0");
}

TEST_F(RestHomeTest, TheIndexNamesEveryRoute) {
  const auto index = get("");
  EXPECT_EQ(index.body["name"].string_or(""), "gyre");
  EXPECT_TRUE(index.text.contains("GET /api/v1/projects/:project/loop"));
  EXPECT_TRUE(index.text.contains("POST /api/v1/endpoints/:endpoint/labels"));
}

TEST_F(RestHomeTest, AnEmptyHouseTellsHowToBegin) {
  const auto loop = get("/projects/default/loop", {{"Host", "127.0.0.1:9999"}});
  ASSERT_EQ(loop.status, 200) << loop.text;
  EXPECT_EQ(loop.body["stations"].if_array()->size(), 5u);
  EXPECT_EQ(loop.body["edges"].if_array()->size(), 5u);
  EXPECT_EQ(loop.body["status"].string_or(""), "none");
  EXPECT_TRUE(loop.body["policy"].is_null());
  for (const auto& step : *loop.body["setup"].if_array()) {
    EXPECT_FALSE(step["done"].bool_or(true));
    EXPECT_TRUE(step["command"].string_or("").contains("--server http://127.0.0.1:9999"));
  }
  EXPECT_EQ(get("/projects/default/inbox").body["total"].int_or(-1), 0);
  EXPECT_EQ(get("/projects/default/timeline").body["total"].int_or(-1), 0);
}

TEST_F(RestHomeTest, DataLightsItsStation) {
  commit("first");
  const auto loop = get("/projects/default/loop");
  const auto& data = (*loop.body["stations"].if_array())[0];
  EXPECT_EQ(data["status"].string_or(""), "ok");
  EXPECT_TRUE(data["headline"].string_or("").starts_with("flights@"));
  EXPECT_LE(data["headline"].string_or("").size(), 16u);
  EXPECT_TRUE((*loop.body["setup"].if_array())[0]["done"].bool_or(false));
}

TEST_F(RestHomeTest, TheTimelineIsPagedThroughWhatHappenedAtOnce) {
  for (int i = 0; i < 5; ++i) commit(fmt::format("c{}", i));  // all in one moment
  clock_.advance_to(clock_.now_ms() + 1000);
  commit("last");
  EXPECT_EQ(get("/projects/default/timeline").body["total"].int_or(-1), 0);  // commits are told where they are asked for
  std::vector<std::string> ids;
  std::string cursor;
  for (int page = 0; page < 10; ++page) {
    const auto answer = get("/projects/default/timeline?about=repo:flights&limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor));
    ASSERT_EQ(answer.status, 200) << answer.text;
    EXPECT_EQ(answer.body["total"].int_or(0), 6);
    for (const auto& row : *answer.body["rows"].if_array()) ids.push_back(row["id"].string_or(""));
    cursor = answer.body["cursor"].string_or("");
    if (cursor.empty()) break;
  }
  EXPECT_EQ(ids.size(), 6u);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 6u);
  EXPECT_EQ(get("/projects/default/timeline?kinds=commit&to=2001-04-01T00:00:01Z").body["total"].int_or(0), 5);
}

TEST_F(RestHomeTest, ObjectsAreFoundByNameAndByTheStartOfTheirId) {
  commit("first");
  const auto by_name = get("/projects/default/search?q=fligh");
  ASSERT_GE(by_name.body["rows"].if_array()->size(), 1u);
  const auto id = (*get("/repos/flights/commits").body["rows"].if_array())[0]["id"].string_or("");
  const auto by_ref = get("/projects/default/search?q=flights@" + id.substr(0, 8));
  ASSERT_GE(by_ref.body["rows"].if_array()->size(), 1u);
  EXPECT_EQ((*by_ref.body["rows"].if_array())[0]["link"]["kind"].string_or(""), "commit");
  EXPECT_EQ(get("/projects/default/search?q=%25%25nothing").body["rows"].if_array()->size(), 0u);
}

TEST_F(RestHomeTest, LineageTellsHopsAndWhatLeavesThePicture) {
  commit("first");
  commit("second");
  const auto near = get("/lineage?focus=repo:flights&up=0&down=1");
  ASSERT_EQ(near.status, 200) << near.text;
  ASSERT_EQ(near.body["nodes"].if_array()->size(), 2u);
  const auto& second = (*near.body["nodes"].if_array())[1];
  EXPECT_EQ(second["hops"].int_or(0), 1);
  EXPECT_EQ(second["more_down"].int_or(0), 1);
  EXPECT_EQ(second["detail"].string_or(""), "first");
  EXPECT_EQ(near.body["sentence"].string_or(""), "flights stands at the beginning; it reaches 1 commit.");
  EXPECT_EQ(get("/lineage?focus=flights@main").body["nodes"].if_array()->size(), 3u);
}

TEST_F(RestHomeTest, TheAuditLogIsReadNewestFirstPageByPage) {
  commit("first");
  commit("second");
  std::vector<std::int64_t> numbers;
  std::string cursor;
  for (int page = 0; page < 10; ++page) {
    const auto answer = get("/audit?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor));
    ASSERT_EQ(answer.status, 200) << answer.text;
    for (const auto& row : *answer.body["rows"].if_array()) numbers.push_back(row["seq"].int_or(0));
    cursor = answer.body["cursor"].string_or("");
    EXPECT_EQ(answer.body["total"].int_or(0), numbers.front());
    if (cursor.empty()) break;
  }
  ASSERT_GE(numbers.size(), 3u);
  EXPECT_EQ(numbers.back(), 1);
  EXPECT_TRUE(std::ranges::is_sorted(numbers, std::greater<>()));
  EXPECT_EQ(static_cast<std::size_t>(numbers.front()), numbers.size());
  const auto newest = (*get("/audit?limit=1").body["rows"].if_array())[0];
  EXPECT_EQ(newest["hash"].string_or("").size(), 64u);
  EXPECT_FALSE(newest["action"].string_or("").empty());
  EXPECT_FALSE(newest["subject"]["url"].string_or("").empty());
  EXPECT_EQ(get("/audit?cursor=x").status, 400);
}

TEST_F(RestHomeTest, LabelsAreTakenOnce) {
  ASSERT_TRUE(serving_.apply("flights-late", yaml::parse("{model: flights-late, id_column: id}").value(), "test"));
  const std::string batch = R"({"ids":["a","b"],"labels":[true,0]})";
  EXPECT_EQ(post("/endpoints/flights-late/labels", batch).body["new"].int_or(-1), 2);
  EXPECT_EQ(post("/endpoints/flights-late/labels", batch).body["new"].int_or(-1), 0);
  EXPECT_EQ(post("/endpoints/flights-late/labels", R"({"ids":["c"],"labels":[1],"key":"k"})").body["new"].int_or(-1), 1);
  EXPECT_EQ(post("/endpoints/flights-late/labels", R"({"ids":["d"],"labels":[1],"key":"k"})").body["new"].int_or(-1), 0);
  EXPECT_EQ(post("/endpoints/nope/labels", batch).status, 404);
  EXPECT_TRUE(post("/endpoints/flights-late/labels", R"({"ids":["a"],"labels":["yes"]})").what().contains("labels[0]"));
  EXPECT_EQ(post("/endpoints/flights-late/labels", R"({"ids":["a"],"labels":[]})").status, 400);
  std::string ids, labels;
  for (int i = 0; i < 50'001; ++i) ids += (i ? ",\"x" : "\"x") + std::to_string(i) + "\"", labels += i ? ",1" : "1";
  EXPECT_EQ(post("/endpoints/flights-late/labels", "{\"ids\":[" + ids + "],\"labels\":[" + labels + "]}").status, 429);
}

}  // namespace
}  // namespace gyre::rest
