#include "app/house.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "net/client.h"

namespace gyre::app {
namespace {

class HouseTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = House::open({.data_dir = folder_.path() / "data", .database = {}, .artifact_root = {}, .step_path = {}, .step_home = {}}, clock_);
    ASSERT_TRUE(opened) << opened.error().message;
    house_ = std::move(*opened);
    ASSERT_TRUE(house_->listen({}));
  }
  net::ClientResponse get(std::string_view path) {
    return client_.send({.method = "GET", .url = house_->url() + std::string(path), .headers = {}, .body = {}}).value();
  }

  const ScratchFolder folder_;
  const RealClock clock_;
  std::unique_ptr<House> house_;
  net::Client client_;
};

TEST_F(HouseTest, TellsThoseWhoRunItHowItIs) {
  EXPECT_EQ(get("/health").body, "OK");
  EXPECT_EQ(get("/ready").status, 200);
  EXPECT_TRUE(get("/ready").body.contains(R"("database":"ok")"));
  EXPECT_FALSE(get("/version").body.empty());
  EXPECT_TRUE(get("/version").headers.find("Content-Type")->second.starts_with("text/plain"));
}

TEST_F(HouseTest, EveryRoomHasAFigureThatIsExplained) {
  ASSERT_EQ(get("/api/v1/clock").status, 200);
  const auto metrics = get("/metrics");
  ASSERT_EQ(metrics.status, 200);
  for (const char* room : {"sql", "blob", "exec", "query", "infer", "http", "events", "governance", "views", "tracking", "traces", "genai", "registry",
                           "webhooks", "datasets", "pipelines", "serving", "monitoring", "policy"}) {
    EXPECT_TRUE(metrics.body.contains(fmt::format("# HELP gyre_{}_", room))) << room;
    EXPECT_FALSE(metrics.body.contains(fmt::format("gyre_rooms_silent{{room=\"{}\"}} 1", room))) << room;
  }
  EXPECT_TRUE(metrics.body.contains(R"(gyre_http_requests_total{method="GET",route="/api/v1/clock",status="200"} 1)")) << metrics.body;
  EXPECT_TRUE(metrics.body.contains(R"(gyre_sql_seconds_bucket{operation="write",le="+Inf"})"));
}

TEST_F(HouseTest, FiguresFollowWhatHappens) {
  ASSERT_TRUE(house_->rooms().datasets.create_repo("flights", "test"));
  const auto metrics = get("/metrics").body;
  EXPECT_TRUE(metrics.contains("gyre_datasets_repositories 1"));
  EXPECT_TRUE(metrics.contains(R"(gyre_datasets_commits_total{repo="flights"} 0)"));
  EXPECT_FALSE(metrics.contains("gyre_sql_commits_total 0\n"));
  EXPECT_TRUE(metrics.contains("gyre_governance_audit_entries_total 1"));
}

TEST_F(HouseTest, AnswersForThePageAndForItsApi) {
  EXPECT_EQ(get("/").status, 200);
  EXPECT_EQ(get("/p/default/models").status, 200);
  EXPECT_TRUE(get("/p/default").headers.contains("Content-Security-Policy"));
  EXPECT_EQ(get("/api/v1/projects/default/loop").status, 200);
  EXPECT_EQ(get("/api/v1/nothing").status, 404);
}

TEST(HouseOpens, NeitherBesideALostDatabaseNorOnAnUnknownOne) {
  const ScratchFolder folder;
  const RealClock clock;
  ASSERT_TRUE(House::open({.data_dir = folder.path() / "data"}, clock));
  ASSERT_TRUE(make_folders(folder.path() / "data/blobs/objects/sha256"));
  ASSERT_TRUE(write_file_durably(folder.path() / "data/blobs/objects/sha256/one", "1"));
  ASSERT_TRUE(House::open({.data_dir = folder.path() / "data"}, clock));
  for (const char* name : {"gyre.db", "gyre.db-wal", "gyre.db-shm"}) std::filesystem::remove(folder.path() / "data" / name);
  const auto lost = House::open({.data_dir = folder.path() / "data"}, clock);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::not_found);
  const auto unknown = House::open({.data_dir = folder.path() / "other", .database = "host=127.0.0.1 password=secret"}, clock);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::invalid);
  EXPECT_FALSE(unknown.error().message.contains("secret"));
}

}  // namespace
}  // namespace gyre::app
