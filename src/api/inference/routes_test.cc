// Over a real server, with a real model.
#include "api/inference/routes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "base/yaml.h"
#include "net/client.h"
#include "net/server.h"
#include "serving/testing.h"

namespace gyre::inference {
namespace {

using testing::HasSubstr;

class InferenceRoutesTest : public testing::Test {
 protected:
  void SetUp() override {
    rooms_.add_version("m", "logistic.onnx");
    rooms_.add_version("m", "logistic_inverse.onnx");
    ASSERT_TRUE(serving_.open());
    ASSERT_TRUE(serving_.apply("e", yaml::parse("{model: m, id_column: id}").value(), "user:test"));
    add_routes(router_, serving_);
    server_ = net::Server::start({}, router_, hub_).value();
  }
  net::ClientResponse send(std::string method, std::string path, std::string body = "", net::Headers headers = {}) {
    return client_
        .send({.method = std::move(method),
               .url = fmt::format("http://127.0.0.1:{}{}", server_->port(), path),
               .headers = std::move(headers),
               .body = std::move(body)})
        .value();
  }
  json::Value document(const net::ClientResponse& answer) { return json::parse(answer.body).value(); }
  void deploy(const std::vector<serving::Route>& routes) { ASSERT_TRUE(serving_.deploy("e", routes, "", "user:test")); }

  serving::TestRooms rooms_{"SqliteMemory"};
  serving::Service serving_{rooms_.db, rooms_.clock, rooms_.registry, *rooms_.runtime, *rooms_.engine, rooms_.folder.path() / "predictions"};
  net::Router router_;
  net::Hub hub_;
  std::unique_ptr<net::Server> server_;
  net::Client client_{net::ClientOptions{.retries = 0}};
};

constexpr const char* kRows = R"({"dataframe_split": {"columns": ["id", "group", "x"], "data": [["r1", "a", 0], ["r2", "b", 1]]}})";

TEST_F(InferenceRoutesTest, ScoresInBothProtocols) {
  deploy({{1, 1, "primary"}});
  const auto mlflow = send("POST", "/endpoints/e/invocations", kRows, {{"X-Request-Id", "req-1"}});
  EXPECT_EQ(mlflow.status, 200) << mlflow.body;
  EXPECT_EQ(mlflow.headers.find("X-Model-Version")->second, "1");
  EXPECT_NEAR(document(mlflow)["predictions"].if_array()->at(1)["p"].number_or(0), 1 / (1 + std::exp(-1.0)), 1e-6);
  EXPECT_EQ(send("POST", "/endpoints/e/invocations", R"({"inputs": {"id": ["i1", "i2"], "group": ["a", "a"], "x": [0, 1]}})").body,
            R"({"predictions":{"p":[[0.5],[0.7310586]],"double_x":[[0],[2]]}})");
  const std::string tensors =
      R"({"id": "7", "inputs": [{"name": "id", "shape": [1], "datatype": "BYTES", "data": ["r3"]}, {"name": "group", "shape": [1, 1], "datatype": "BYTES", "data": ["a"]},
    {"name": "x", "shape": [1, 1], "datatype": "FP32", "data": [2]}], "outputs": [{"name": "double_x"}]})";
  for (const char* path : {"/endpoints/e/v2/models/e/infer", "/v2/models/e/infer", "/v2/models/e/versions/1/infer"}) {
    const auto answer = send("POST", path, tensors);
    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto body = document(answer);
    EXPECT_EQ(body["id"].string_or(""), "7");
    EXPECT_EQ(body["model_version"].string_or(""), "1");
    ASSERT_EQ(body["outputs"].if_array()->size(), 1u);
    EXPECT_EQ(body["outputs"].if_array()->at(0)["name"].string_or(""), "double_x");
    EXPECT_EQ(body["outputs"].if_array()->at(0)["data"].if_array()->at(0).number_or(0), 4);
  }
  const auto logged = serving_.log().read("e", {}, 1 << 20)->frames;
  ASSERT_EQ(logged.size(), 5u);
  EXPECT_EQ(logged[0].request_id, "req-1");
  EXPECT_EQ(logged[0].ids[1], "r2");
}

TEST_F(InferenceRoutesTest, TellsWhatItIs) {
  EXPECT_EQ(send("GET", "/v2/health/live").status, 200);
  EXPECT_EQ(send("GET", "/v2/models/e/ready").status, 503);
  EXPECT_EQ(send("GET", "/endpoints/e/ping").status, 503);
  deploy({{1, .5, "primary"}, {2, .5, "primary"}});
  EXPECT_EQ(send("GET", "/v2/models/e/ready").status, 200);
  EXPECT_EQ(send("GET", "/v2/models/e/versions/2/ready").status, 200);
  EXPECT_EQ(send("GET", "/v2/models/e/versions/3/ready").status, 404);
  EXPECT_EQ(send("GET", "/v2/models/e/versions/x/ready").status, 404);
  EXPECT_EQ(send("GET", "/v2/models/nope/ready").status, 404);
  const auto metadata = document(send("GET", "/endpoints/e/v2/models/e"));
  EXPECT_EQ(metadata["inputs"].if_array()->at(0)["datatype"].string_or(""), "BYTES");
  EXPECT_EQ(metadata["inputs"].if_array()->at(1)["shape"].if_array()->at(0).int_or(0), -1);
}

// What a load balancer asks: an endpoint without a model keeps the server from nothing, one whose model is gone does.
TEST_F(InferenceRoutesTest, IsReadyWhenWhatIsDeployedAnswers) {
  EXPECT_EQ(send("GET", "/v2/health/ready").body, R"({"ready":true})");
  const auto empty = send("GET", "/endpoints/e/v2/health/ready");
  EXPECT_EQ(empty.status, 503);
  EXPECT_FALSE(document(empty)["ready"].if_bool() == nullptr || *document(empty)["ready"].if_bool());
  EXPECT_THAT(document(empty)["error"].string_or(""), HasSubstr("has no model yet"));
  EXPECT_EQ(send("GET", "/endpoints/nope/v2/health/ready").status, 404);
  deploy({{1, 1, "primary"}});
  EXPECT_EQ(send("GET", "/endpoints/e/v2/health/ready").body, R"({"ready":true})");
  EXPECT_EQ(send("GET", "/v2/models/e/ready").body, R"({"name":"e","ready":true})");
  for (const auto& file : rooms_.registry.files("m", 1).value()) ASSERT_TRUE(rooms_.blobs->remove(file.key));
  serving::Service restarted(rooms_.db, rooms_.clock, rooms_.registry, *rooms_.runtime, *rooms_.engine, rooms_.folder.path() / "predictions");
  ASSERT_TRUE(restarted.open());
  net::Router router;
  add_routes(router, restarted);
  server_ = net::Server::start({}, router, hub_).value();
  for (const char* path : {"/v2/health/ready", "/endpoints/e/v2/health/ready"}) {
    const auto broken = send("GET", path);
    EXPECT_EQ(broken.status, 503);
    EXPECT_THAT(document(broken)["error"].string_or(""), HasSubstr("cannot be loaded"));
  }
  server_.reset();
}

TEST_F(InferenceRoutesTest, RefusalsNameTheRowAndAreCounted) {
  EXPECT_EQ(send("POST", "/endpoints/e/invocations", kRows).status, 503);
  EXPECT_EQ(send("POST", "/endpoints/nope/invocations", kRows).status, 404);
  deploy({{1, 1, "primary"}});
  EXPECT_EQ(send("POST", "/endpoints/e/invocations", "{").status, 400);
  const auto wrong = send("POST", "/endpoints/e/invocations", R"({"dataframe_records": [{"id": 1, "group": "a", "x": "big"}]})");
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(document(wrong)["error_code"].string_or(""), "BAD_REQUEST");
  EXPECT_EQ(document(wrong)["details"].if_array()->at(0)["column"].string_or(""), "x");
  const auto unknown =
      send("POST", "/endpoints/e/invocations", R"({"dataframe_records": [{"id": 1, "group": "a", "x": 1}, {"id": 2, "group": "zzz", "x": 1}]})");
  EXPECT_EQ(unknown.status, 422);
  EXPECT_THAT(document(unknown)["error"].string_or(""), HasSubstr("row 1, column 'group'"));
  EXPECT_EQ(document(unknown)["details"].if_array()->at(0)["row"].int_or(-1), 1);
  EXPECT_EQ(send("POST", "/endpoints/e/invocations", R"({"dataframe_records": [{"group": "a", "x": 1}]})").status, 422);  // no id
  EXPECT_EQ(send("POST", "/v2/models/e/infer", "{}", {{"Inference-Header-Content-Length", "x"}}).status, 422);
  const auto refused = serving_.status("e")->refused;
  EXPECT_EQ(refused.at("not JSON").first, 1);
  EXPECT_EQ(refused.at("wrong type"), std::pair(std::int64_t{1}, std::int64_t{1}));
  EXPECT_EQ(refused.at("unknown category"), std::pair(std::int64_t{1}, std::int64_t{1}));
  EXPECT_EQ(refused.at("missing column"), std::pair(std::int64_t{1}, std::int64_t{1}));
  EXPECT_EQ(serving_.log().read("e", {}, 1 << 20)->frames.size(), 0u);
}

TEST_F(InferenceRoutesTest, AKeyStaysWithItsVersion) {
  deploy({{1, .5, "primary"}, {2, .5, "primary"}});
  const auto version = [&](const char* key) {
    return send("POST", "/endpoints/e/invocations", kRows, {{"X-Sticky-Key", key}}).headers.find("X-Model-Version")->second;
  };
  std::set<std::string> seen;
  for (const char* key : {"a", "b", "c", "d", "e", "f"}) {
    EXPECT_EQ(version(key), version(key));
    seen.insert(version(key));
  }
  EXPECT_EQ(seen.size(), 2u);
}

}  // namespace
}  // namespace gyre::inference
