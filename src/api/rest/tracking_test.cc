#include <fmt/format.h>
#include <gmock/gmock.h>

#include <limits>

#include "api/rest/contract_testing.h"
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

TEST_F(RestTrackingTest, RunsAreAskedForWithColumnsAndInGroups) {
  for (int i = 0; i < 4; ++i) {
    const auto id = run(fmt::format("r{}", i));
    log(id, "auc", 0, 0.5 + i);
    ASSERT_TRUE(tracking_.log_batch(id, {.metrics = {}, .params = {{"kind", i < 3 ? "tree" : "net"}}, .tags = {}}));
  }
  Contract contract;
  const auto table = post(
      "/runs/query",
      R"({"experiments": ["0"], "filter": "metrics.auc > 1", "sort": ["metrics.auc"], "columns": ["metrics.auc", "tags.x", "start_time", "duration"], "limit": 2})");
  ASSERT_EQ(table.status, 200) << table.text;
  EXPECT_THAT(contract.problems("tracking.yaml", "queryRuns", table.body), testing::IsEmpty());
  EXPECT_EQ(table.body["total"].int_or(0), 3);
  EXPECT_EQ(json::to_text((*table.body["rows"].if_array())[0]["cells"]), R"([1.5,null,"2001-04-01T00:00:00.000Z",0])");
  const auto next =
      post("/runs/query",
           fmt::format(R"({{"experiments": ["0"], "filter": "metrics.auc > 1", "sort": ["metrics.auc"], "limit": 2, "count": false, "cursor": "{}"}})",
                       table.body["cursor"].string_or("")));
  EXPECT_EQ(next.body["rows"].if_array()->size(), 1u);
  EXPECT_TRUE(next.body["total"].is_null() && next.body["cursor"].is_null());
  const auto far = post("/runs/query", R"({"columns": ["start_time + 1e300", "duration * 1e300", "start_time - 1e14"], "limit": 1})");
  EXPECT_TRUE((*(*far.body["rows"].if_array())[0]["cells"].if_array())[0].is_number()) << far.text;
  EXPECT_EQ(post("/runs/query", R"({"limit": 0, "filter": "params.kind = 'tree'"})").body["total"].int_or(0), 3);

  const auto groups = post("/runs/groups", R"({"by": ["params.kind"], "figures": ["metrics.auc"], "sort": "metrics.auc DESC"})");
  ASSERT_EQ(groups.status, 200) << groups.text;
  EXPECT_THAT(contract.problems("tracking.yaml", "groupRuns", groups.body), testing::IsEmpty());
  const auto& net = (*groups.body["rows"].if_array())[0];
  EXPECT_EQ(net["filter"].string_or(""), "params.kind = 'net'");
  EXPECT_EQ(json::to_text((*net["figures"].if_array())[0]["low"]), "null");  // one value has no interval
  EXPECT_EQ((*(*groups.body["rows"].if_array())[1]["figures"].if_array())[0]["mean"].number_or(0), 1.5);
}

TEST_F(RestTrackingTest, AFilterIsCompletedAndItsTroubleTold) {
  log(run("r"), "val/auc", 0, 0.5);
  const auto told = post("/runs/complete", R"({"text": "metrics.au"})");
  ASSERT_EQ(told.status, 200) << told.text;
  Contract contract;
  EXPECT_THAT(contract.problems("tracking.yaml", "completeFilter", told.body), testing::IsEmpty());
  EXPECT_EQ((*told.body["suggestions"].if_array())[0]["insert"].string_or(""), "val/auc ");
  EXPECT_EQ(told.body["from"].int_or(0), 8);
  const auto broken = post("/runs/complete", R"({"text": "metrics.a >    'x' AND", "cursor": 0})");
  EXPECT_EQ(broken.body["trouble"]["column"].int_or(0), 23) << broken.text;
  for (const auto* bad : {R"({"language": "french", "text": ""})", R"({"text": 1})", R"({"text": "", "experiments": ["none"]})", R"({"nothing": 1})", ""})
    EXPECT_GE(post("/runs/complete", bad).status, 400) << bad;
  for (const auto* bad : {R"({"limit": 501})", R"({"view": "SOME"})", R"({"filter": "metrics.a >"})", R"({"columns": ["metrics."]})", R"({"sort": ["?"]})",
                          R"({"cursor": "zz"})"})
    EXPECT_EQ(post("/runs/query", bad).status, 400) << bad;
  for (const auto* bad :
       {R"({"by": []})", R"({"by": ["status"], "figures": ["status"]})", R"({"by": ["status"], "sort": "nothing"})", R"({"by": ["status"], "limit": 0})"})
    EXPECT_EQ(post("/runs/groups", bad).status, 400) << bad;
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

TEST_F(RestTrackingTest, FilesBelowAFolderComePageByPage) {
  const auto id = run("r");
  const auto uri = tracking_.run(id).value().info.artifact_uri;
  for (const auto* path : {"a.txt", "m/1", "m/2 +", "m/sub/3", "mm/4"}) {
    StringSource source("12345");
    ASSERT_TRUE(blobs_->put(tracking::artifact_key(uri + "/" + path).value(), source));
  }
  const auto paths = [&](const std::string& query) {
    std::string all;
    for (std::string cursor, more = "yes"; !more.empty(); more = cursor) {
      const auto told = get("/runs/" + id + "/files?limit=2" + query + (cursor.empty() ? "" : "&cursor=" + cursor));
      EXPECT_EQ(told.status, 200) << told.text;
      EXPECT_THAT(Contract().problems("tracking.yaml", "listRunFiles", told.body), testing::IsEmpty());
      for (const auto& row : *told.body["rows"].if_array()) all += row["path"].string_or("") + ";";
      cursor = told.body["cursor"].string_or("");
    }
    return all;
  };
  EXPECT_EQ(paths(""), "a.txt;m/1;m/2 +;m/sub/3;mm/4;");
  EXPECT_EQ(paths("&under=m"), "m/1;m/2 +;m/sub/3;");
  EXPECT_EQ(paths("&under=m/sub/"), "m/sub/3;");
  EXPECT_EQ(paths("&under=nothing"), "");
  EXPECT_EQ(get("/runs/" + id + "/files?under=..").status, 400);
  for (const auto* cursor : {"zzz", "7a7a7a", "612e747874"}) EXPECT_EQ(get("/runs/" + id + "/files?cursor=" + cursor).status, 400) << cursor;
  const auto of_all = get("/runs/" + id + "/files?limit=1").body["cursor"].string_or("");
  EXPECT_EQ(get("/runs/" + id + "/files?under=m&cursor=" + of_all).status, 400) << "it is of another list";
  EXPECT_EQ(get("/runs/none/files").status, 404);
}

TEST_F(RestTrackingTest, ARunWhoseFilesAreElsewhereIsShownWithoutThem) {
  const auto away = tracking_.create_experiment("away", "s3://bucket/away", {}).value();
  const auto id = tracking_.create_run({.experiment_id = away, .name = "r", .user = "u", .start_ms = 1, .tags = {}}).value().info.id;
  const auto told = get("/runs/" + id);
  ASSERT_EQ(told.status, 200) << told.text;
  EXPECT_TRUE(told.body["files"].if_array()->empty());
  EXPECT_EQ(get("/runs/" + id + "/files").status, 400);
}

TEST_F(RestTrackingTest, ANestedRunNamesItsParent) {
  const auto parent = run("parent");
  const auto child = tracking_.create_run({.experiment_id = "0", .name = "child", .user = "u", .start_ms = 1, .tags = {{"mlflow.parentRunId", parent}}});
  const auto told = get("/runs/" + child.value().info.id);
  EXPECT_THAT(Contract().problems("tracking.yaml", "getRun", told.body), testing::IsEmpty());
  EXPECT_EQ(told.body["parent"].string_or(""), parent);
  EXPECT_TRUE(get("/runs/" + parent).body["parent"].is_null());
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
