#include <fmt/format.h>

#include "api/rest/testing.h"
#include "base/hash.h"

namespace gyre::rest {
namespace {

class RestDatasetsTest : public RestTest {
 protected:
  void SetUp() override {
    RestTest::SetUp();
    ASSERT_EQ(post("/repos", R"({"name":"flights"})").status, 200);
  }
  std::string upload(std::string bytes) { return call("PUT", "/repos/flights/content", std::move(bytes)).body["sha256"].string_or(""); }
  Answer commit(std::string changes, std::string more = "") {
    return post("/repos/flights/commits", fmt::format(R"({{"message":"m","author":"a","changes":[{}]{}}})", changes, more));
  }
  std::string put(std::string path, std::string bytes) { return fmt::format(R"({{"path":"{}","sha256":"{}"}})", path, upload(std::move(bytes))); }
};

TEST_F(RestDatasetsTest, WhatIsPutAndCommittedComesBackWithItsHistory) {
  const auto sent = call("PUT", "/repos/flights/content", "one");
  EXPECT_EQ(sent.body["sha256"].string_or(""), sha256_hex("one"));
  EXPECT_EQ(sent.body["size_bytes"].int_or(0), 3);
  const auto made = commit(put("a/b.txt", "one"), R"(,"metadata":{"source":"test","n":3})");
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_TRUE(made.body["created"].bool_or(false));
  EXPECT_EQ(made.body["commit"]["added"].int_or(0), 1);
  EXPECT_EQ(made.body["commit"]["metadata"]["n"].string_or(""), "3");
  EXPECT_EQ(made.body["commit"]["branches"].if_array()->front().string_or(""), "main");

  const auto content = get("/repos/flights/content?path=a/b.txt");
  EXPECT_EQ(content.text, "one");
  EXPECT_EQ(content.headers.find("ETag")->second, fmt::format("\"{}\"", sha256_hex("one")));
  EXPECT_EQ(get("/repos/flights/content?path=a/b.txt", {{"Range", "bytes=1-"}}).text, "ne");
  EXPECT_EQ(get("/repos/flights/content?path=a/b.txt", {{"Range", "bytes=9-"}}).status, 416);
  EXPECT_EQ(get("/repos/flights/content?path=a/b.txt", {{"If-None-Match", content.headers.find("ETag")->second}}).status, 304);

  const auto tree = get("/repos/flights/tree?path=a");
  EXPECT_EQ(tree.body["total"].int_or(0), 1);
  EXPECT_EQ((*tree.body["rows"].if_array())[0]["sha256"].string_or(""), sha256_hex("one"));
  const auto preview = get("/repos/flights/preview?path=a/b.txt");
  EXPECT_EQ(preview.body["format"].string_or(""), "text");
  EXPECT_EQ(preview.body["text"].string_or(""), "one");
}

TEST_F(RestDatasetsTest, ACommitIsIdempotentByItsKeyAndGuardedByItsHead) {
  const auto change = put("a", "1");
  const auto first = commit(change, R"(,"idempotency_key":"k","expected_head":"")");
  ASSERT_EQ(first.status, 200) << first.text;
  const auto again = commit(change, R"(,"idempotency_key":"k","expected_head":"")");
  EXPECT_FALSE(again.body["created"].bool_or(true));
  EXPECT_EQ(again.body["commit"]["id"].string_or("?"), first.body["commit"]["id"].string_or(""));
  EXPECT_EQ(commit(put("b", "2"), R"(,"idempotency_key":"k")").status, 409);
  EXPECT_EQ(commit(put("b", "2"), R"(,"expected_head":"")").status, 409);
  EXPECT_EQ(commit(put("b", "2"), fmt::format(R"(,"expected_head":"{}")", first.body["commit"]["id"].string_or(""))).status, 200);
  EXPECT_EQ(commit(put("c", "3"), R"(,"expected_head":null)").status, 200);
}

TEST_F(RestDatasetsTest, BadChangesAreToldByTheirPlaceAndChangeNothing) {
  const auto good = put("a", "1");
  const std::pair<const char*, const char*> kBad[] = {{R"({"path":"x"})", "changes[1]"},
                                                      {R"({"path":"x","folder":"y","remove":true})", "changes[1]"},
                                                      {R"({"folder":"y","sha256":"00"})", "changes[1]"},
                                                      {R"({"path":"x","sha256":"00","remove":true})", "changes[1]"},
                                                      {R"({"path":"../../etc/passwd","sha256":"00"})", "path"},
                                                      {R"({"path":"x","sha256":"zz"})", "SHA-256"},
                                                      {R"({"path":"x","sha":"zz"})", "sha"}};
  for (const auto& [change, told] : kBad) {
    const auto answer = commit(good + "," + change);
    EXPECT_EQ(answer.status, 400) << change << answer.text;
    EXPECT_TRUE(answer.what().contains(told)) << answer.text;
  }
  EXPECT_EQ(commit(fmt::format(R"({{"path":"x","sha256":"{}"}})", sha256_hex("never sent"))).status, 404);
  EXPECT_EQ(get("/repos/flights/commits").status, 404);  // still without a commit
  EXPECT_EQ(call("PUT", "/repos/nope/content", "x").status, 404);
  EXPECT_EQ(post("/repos", R"({"name":"../x"})").status, 400);
}

TEST_F(RestDatasetsTest, PagesOfCommitsStandStillWhileNewOnesCome) {
  for (int i = 0; i < 5; ++i) ASSERT_EQ(commit(put(fmt::format("f{}", i), std::to_string(i))).status, 200);
  const auto first = get("/repos/flights/commits?limit=2");
  EXPECT_EQ(first.body["total"].int_or(0), 5);
  ASSERT_EQ(commit(put("late", "x")).status, 200);
  const auto second = get("/repos/flights/commits?limit=2&cursor=" + first.body["cursor"].string_or(""));
  EXPECT_EQ((*second.body["rows"].if_array())[0]["id"].string_or(""), (*first.body["rows"].if_array())[1]["parent"].string_or("?"));
  const auto third = get("/repos/flights/commits?limit=2&cursor=" + second.body["cursor"].string_or(""));
  EXPECT_EQ(third.body["rows"].if_array()->size(), 1u);
  EXPECT_TRUE(third.body["cursor"].is_null());
}

TEST_F(RestDatasetsTest, TreesArePagedAtOneCommit) {
  ASSERT_EQ(commit(put("a", "1") + "," + put("b", "2") + "," + put("c", "3")).status, 200);
  const auto first = get("/repos/flights/tree?limit=2");
  ASSERT_EQ(commit(R"({"path":"a","remove":true})").status, 200);
  const auto second = get("/repos/flights/tree?limit=2&cursor=" + first.body["cursor"].string_or(""));
  ASSERT_EQ(second.body["rows"].if_array()->size(), 1u);
  EXPECT_EQ((*second.body["rows"].if_array())[0]["name"].string_or(""), "c");
  EXPECT_EQ(get("/repos/flights/tree").body["total"].int_or(0), 2);
}

TEST_F(RestDatasetsTest, TagsBranchesRefsAndDifferences) {
  ASSERT_EQ(commit(put("a", "1")).status, 200);
  EXPECT_EQ(post("/repos/flights/tags", R"({"name":"v1","ref":"main"})").status, 200);
  EXPECT_EQ(post("/repos/flights/tags", R"({"name":"v1"})").status, 200);  // the same again
  EXPECT_EQ(post("/repos/flights/branches", R"({"name":"work"})").status, 200);
  ASSERT_EQ(commit(put("a", "2") + "," + put("b", "3")).status, 200);
  EXPECT_EQ(post("/repos/flights/tags", R"({"name":"v1"})").status, 409);
  const auto refs = get("/repos/flights/refs");
  EXPECT_EQ(refs.body["total"].int_or(0), 3);
  const auto diff = get("/repos/flights/diff?from=v1&to=main");
  ASSERT_EQ(diff.status, 200) << diff.text;
  ASSERT_EQ(diff.body["paths"].if_array()->size(), 2u);
  EXPECT_EQ((*diff.body["paths"].if_array())[0]["kind"].string_or(""), "changed");
  EXPECT_EQ((*diff.body["paths"].if_array())[1]["kind"].string_or(""), "added");
  EXPECT_EQ(get("/repos/flights/diff?from=v1").status, 400);
  EXPECT_EQ(get("/repos/flights/content?path=a&ref=v1").text, "1");
}

TEST_F(RestDatasetsTest, TablesArePreviewedWithTheirTypes) {
  const auto made = commit(put("t.csv", "id,name\n1,a\n2,\n"));
  ASSERT_EQ(made.status, 200) << made.text;
  const auto preview = get("/repos/flights/preview?path=t.csv");
  ASSERT_EQ(preview.status, 200) << preview.text;
  EXPECT_EQ(preview.body["format"].string_or(""), "csv");
  EXPECT_EQ(preview.body["total_rows"].int_or(0), 2);
  EXPECT_EQ((*preview.body["columns"].if_array())[0]["type"].string_or(""), "BIGINT");
  const auto& rows = *preview.body["rows"].if_array();
  EXPECT_EQ((*rows[0].if_array())[0].string_or(""), "1");
  EXPECT_TRUE((*rows[1].if_array())[1].is_null());
}

}  // namespace
}  // namespace gyre::rest
