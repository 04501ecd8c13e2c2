#include <fmt/format.h>

#include <fstream>

#include "api/rest/testing.h"
#include "base/yaml.h"

namespace gyre::rest {
namespace {

constexpr std::string_view kTwoSteps = R"(
code: .
parameters: {days: 7}
steps:
  - {name: prepare, command: "true", outputs: {table: table.txt}}
  - {name: train, command: "true", inputs: {table: prepare.table}, retries: 1}
)";

class RestPipelinesTest : public RestTest {
 protected:
  void SetUp() override {
    RestTest::SetUp();
    std::ofstream(folder_.path() / "code.py") << "pass\n";
    const auto made = pipelines_.apply("train", yaml::parse(kTwoSteps).value(), folder_.path() / "empty", "test");
    ASSERT_FALSE(made);  // its folder is not there
    std::filesystem::create_directory(folder_.path() / "code");
    ASSERT_TRUE(pipelines_.apply("train", yaml::parse(kTwoSteps).value(), folder_.path() / "code", "test"));
    script_ = [](const exec::Spec&) {
      return exec::Script{.output = "line one\nline two \xF0\x9F\x9A\x80\n", .effect = [](const exec::Spec& started) {
                            std::ofstream(started.environment.contains("GYRE_OUTPUT_TABLE") ? started.environment.at("GYRE_OUTPUT_TABLE") : "/dev/null") << "t";
                          }};
    };
  }
  std::string start(std::string body = "{}") {
    const auto answer = post("/pipelines/train/runs", std::move(body));
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.body["object"]["ref"].string_or("").substr(std::string_view("pipeline-run:").size());
  }
};

TEST_F(RestPipelinesTest, ARunIsStartedOnceByItsKeyAndToldWithItsSteps) {
  const auto id = start(R"({"parameters":{"days":"9"},"key":"k1"})");
  EXPECT_EQ(start(R"({"key":"k1"})"), id);
  settle();
  const auto run = get("/pipeline-runs/" + id);
  ASSERT_EQ(run.status, 200) << run.text;
  EXPECT_EQ(run.body["state"].string_or(""), "succeeded");
  EXPECT_EQ(run.body["parameters"]["days"].string_or(""), "9");
  EXPECT_EQ(run.body["steps_done"].int_or(0), 2);
  ASSERT_EQ(run.body["steps"].if_array()->size(), 2u);
  const auto& train = (*run.body["steps"].if_array())[1];
  EXPECT_EQ(train["attempts"].int_or(0), 2);
  EXPECT_EQ(train["exit"].string_or(""), "exit 0");
  EXPECT_TRUE(train["duration_ms"].if_int());
  EXPECT_EQ((*train["inputs"].if_array())[0]["from"].string_or(""), "prepare.table");
  EXPECT_EQ((*train["inputs"].if_array())[0]["bytes"].int_or(0), 1);
  EXPECT_EQ((*run.body["edges"].if_array())[0]["artefact"].string_or(""), "table");
  EXPECT_FALSE((*run.body["can"].if_array())[0]["allowed"].bool_or(true));
}

TEST_F(RestPipelinesTest, ListsCountAndPage) {
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(start(fmt::format(R"({{"parameters":{{"days":{}}}}})", i)));
  settle();
  const auto pipelines = get("/pipelines");
  const auto& row = (*pipelines.body["rows"].if_array())[0];
  EXPECT_EQ(row["runs_total"].int_or(0), 3);
  EXPECT_EQ(row["success_share"].number_or(0), 1.0);
  EXPECT_EQ(row["recent"].if_array()->size(), 3u);
  EXPECT_EQ(row["trigger"].string_or(""), "by hand");
  const auto first = get("/pipeline-runs?pipeline=train&limit=2");
  EXPECT_EQ(first.body["total"].int_or(0), 3);
  EXPECT_EQ((*first.body["rows"].if_array())[0]["id"].string_or(""), ids[2]);
  const auto second = get("/pipeline-runs?pipeline=train&limit=2&cursor=" + first.body["cursor"].string_or(""));
  ASSERT_EQ(second.body["rows"].if_array()->size(), 1u);
  EXPECT_EQ((*second.body["rows"].if_array())[0]["id"].string_or(""), ids[0]);
  EXPECT_EQ(get("/pipeline-runs?pipeline=nope").status, 404);
}

TEST_F(RestPipelinesTest, LogsAreReadFromEitherEndAndAsAFile) {
  const auto id = start();
  settle();
  const auto whole = get("/pipeline-runs/" + id + "/steps/prepare/log");
  ASSERT_EQ(whole.status, 200) << whole.text;
  const auto text = whole.body["text"].string_or("");
  EXPECT_TRUE(text.starts_with("line one\n")) << text;
  EXPECT_TRUE(whole.body["done"].bool_or(false));
  const auto total = whole.body["total_bytes"].int_or(0);
  EXPECT_EQ(total, static_cast<std::int64_t>(text.size()));
  const auto tail = get("/pipeline-runs/" + id + "/steps/prepare/log?offset=-5");
  EXPECT_EQ(tail.body["offset"].int_or(0), total - 5);
  EXPECT_EQ(tail.body["next_offset"].int_or(0), total);
  // A part that would end within a character ends before it.
  const auto part = get("/pipeline-runs/" + id + "/steps/prepare/log?limit=20");
  EXPECT_EQ(part.body["text"].string_or(""), "line one\nline two ");
  EXPECT_EQ(part.body["next_offset"].int_or(0), 18);
  EXPECT_EQ(get("/pipeline-runs/" + id + "/steps/prepare/log.txt").text, text);
  EXPECT_EQ(get("/pipeline-runs/" + id + "/steps/nope/log").status, 404);
}

TEST_F(RestPipelinesTest, ARunIsCancelledOnceAndForAll) {
  script_ = [](const exec::Spec&) { return exec::Script{.polls_before_end = exec::kForever}; };
  const auto id = start();
  ASSERT_TRUE(pipelines_.run_due(clock_.now_ms()));
  EXPECT_EQ(get("/pipeline-runs/" + id).body["state"].string_or(""), "running");
  EXPECT_EQ(post("/pipeline-runs/" + id + "/cancel", "").status, 200);
  EXPECT_EQ(get("/pipeline-runs/" + id).body["state"].string_or(""), "cancelled");
  EXPECT_EQ(post("/pipeline-runs/" + id, R"({"action":"stop"})").status, 200);
  settle();
  EXPECT_EQ(post("/pipeline-runs/" + id, R"({"action":"explode"})").status, 400);
  EXPECT_EQ(post("/pipeline-runs/pr_nope/cancel", "").status, 404);
}

TEST_F(RestPipelinesTest, BadStartsStartNothing) {
  EXPECT_EQ(post("/pipelines/nope/runs", "{}").status, 404);
  EXPECT_EQ(post("/pipelines/train/runs", R"({"parameters":{"dayz":1}})").status, 400);
  EXPECT_EQ(post("/pipelines/train/runs", R"({"parameters":{"days":[1]}})").status, 400);
  EXPECT_EQ(post("/pipelines/train/runs", fmt::format(R"({{"key":"{}"}})", std::string(300, 'k'))).status, 400);
  EXPECT_EQ(get("/pipeline-runs").body["total"].int_or(-1), 0);
}

TEST_F(RestPipelinesTest, AProjectFileIsAppliedOrToldItsPlace) {
  const auto folder = folder_.path().string();
  EXPECT_EQ((*post("/project:apply?folder=" + folder, "repositories: {flights: }").body["repositories"].if_array())[0].string_or(""), "flights");
  EXPECT_EQ(applied_text_, "repositories: {flights: }");
  EXPECT_TRUE(post("/project:apply?folder=" + folder, "bad: 1").what().contains("line 1"));
  EXPECT_EQ(post("/project:apply?folder=relative", "x").status, 400);
  EXPECT_EQ(post("/project:apply?folder=/nope/nope", "x").status, 404);
  EXPECT_EQ(post("/project:apply", "x").status, 400);
}

}  // namespace
}  // namespace gyre::rest
