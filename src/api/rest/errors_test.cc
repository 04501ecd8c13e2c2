#include <gtest/gtest.h>

#include "api/rest/testing.h"

namespace gyre::rest {
namespace {

net::Request request() {
  net::Request request;
  request.request_id = "req_1";
  return request;
}

json::Value error_of(const Error& error) { return json::parse(std::get<std::string>(to_response(error, request()).body)).value()["error"]; }

TEST(RestErrors, EachCodeHasOneStatus) {
  const std::pair<Code, int> kAll[] = {{Code::invalid, 400},     {Code::unauthenticated, 401}, {Code::denied, 403},
                                       {Code::not_found, 404},   {Code::conflict, 409},        {Code::exhausted, 429},
                                       {Code::unavailable, 503}, {Code::cancelled, 499},       {Code::internal, 500}};
  for (const auto& [code, status] : kAll) {
    const auto response = to_response({code, "what"}, request());
    EXPECT_EQ(response.status, status) << to_string(code);
    EXPECT_EQ(response.headers.contains("Retry-After"), status == 503 || status == 429);
    EXPECT_EQ(error_of({code, "what"})["code"].string_or(""), to_string(code));
  }
}

TEST(RestErrors, AFullDiskIsNotTriedAgain) {
  const Error sqlite{Code::unavailable, "the disk is full", "database or disk is full"};
  const Error file{Code::unavailable, "cannot write 'x': No space left on device", "disk full"};
  for (const auto& error : {sqlite, file}) {
    const auto response = to_response(error, request());
    EXPECT_EQ(response.status, 507);
    EXPECT_FALSE(response.headers.contains("Retry-After"));
  }
  EXPECT_EQ(status_for({Code::unavailable, "the queue is full"}), 503);
}

TEST(RestErrors, TellWhatWhyAndWhatToDo) {
  const auto told = error_of({Code::conflict, "branch 'main' is elsewhere", "it moved", "read it again"});
  EXPECT_EQ(told["what"].string_or(""), "branch 'main' is elsewhere");
  EXPECT_EQ(told["why"].string_or(""), "it moved");
  EXPECT_EQ(told["fix"].string_or(""), "read it again");
  EXPECT_EQ(told["request_id"].string_or(""), "req_1");
}

TEST(RestErrors, WhatWentWrongInsideStaysInside) {
  const auto told = error_of({Code::internal, "row 7 of secret_table", "0xdeadbeef"});
  EXPECT_FALSE(told["what"].string_or("").contains("secret"));
  EXPECT_EQ(told["why"].string_or(""), "");
}

class RestErrorsTest : public RestTest {};

TEST_F(RestErrorsTest, BodiesAreReadStrictlyWithTheirPlace) {
  EXPECT_EQ(post("/repos", "").code(), "invalid");
  EXPECT_EQ(post("/repos", "{\"name\": ").code(), "invalid");
  EXPECT_TRUE(post("/repos", R"({"nam": "a"})").what().contains("nam"));
  EXPECT_TRUE(post("/repos", R"({"name": 7})").what().contains("name"));
  EXPECT_TRUE(post("/repos", "[]").what().contains("an object"));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += '[';
  EXPECT_EQ(post("/repos", deep).status, 400);
}

TEST_F(RestErrorsTest, QueriesAreBoundedAndNamed) {
  for (const char* target : {"/pipeline-runs?limit=0", "/pipeline-runs?limit=501", "/pipeline-runs?limit=ten", "/runs?cursor=x",
                             "/projects/default/timeline?from=yesterday", "/projects/default/timeline?cursor=7", "/projects/default/timeline?about=moon",
                             "/lineage", "/projects/default/search", "/runs?filter=metrics.auc", "/runs/x/series?x=colour"}) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, 400) << target;
    EXPECT_FALSE(answer.what().empty()) << target;
  }
}

TEST_F(RestErrorsTest, ThereIsOneProject) {
  EXPECT_EQ(get("/repos?project=other").status, 404);
  EXPECT_EQ(get("/projects/other/loop").status, 404);
  EXPECT_EQ(get("/repos?project=default").status, 200);
}

TEST_F(RestErrorsTest, WhatIsNotThereIsNotFound) {
  for (const char* target :
       {"/repos/nope/commits", "/repos/nope/tree", "/repos/nope/content?path=a", "/pipeline-runs/pr_nope", "/pipeline-runs/pr_nope/steps/a/log", "/runs/nope",
        "/runs/nope/series", "/lineage?focus=nope", "/lineage?focus=nope@1", "/lineage?focus=run:nope", "/projects/default/timeline?about=policy:nope"}) {
    EXPECT_EQ(get(target).status, 404) << target;
  }
}

}  // namespace
}  // namespace gyre::rest
