#include "api/page/routes.h"

#include <gtest/gtest.h>

#include "base/hash.h"

namespace gyre::page {
namespace {

EmbeddedFile file(std::string_view path, std::string_view bytes) { return {path, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()}; }

class PageTest : public testing::Test {
 protected:
  net::Response get(std::string_view path, std::initializer_list<std::pair<const std::string, std::string>> headers = {}) {
    net::Request request;
    request.method = "GET";
    request.path = path;
    request.headers = headers;
    auto match = router_.match("GET", path);
    if (!match) return net::text_response("no route", 404);
    request.path_parameters = match->parameters;
    auto response = (*match->handler)(request);
    return response ? *response : (*match->on_error)(response.error(), request);
  }
  static std::string text(const net::Response& response) { return std::get<std::string>(response.body); }
  static std::string header(const net::Response& response, std::string_view name) {
    const auto found = response.headers.find(name);
    return found == response.headers.end() ? "" : found->second;
  }
  net::Router router_;
};

constexpr std::string_view kScript = "assets/index-Bx3kq0aZ.js";

class BuiltPageTest : public PageTest {
 protected:
  BuiltPageTest() { add_routes(router_, "", Frames::none, files_); }
  const std::vector<EmbeddedFile> files_ = {file("index.html", "<html>"), file(kScript, "script"), file("assets/index-Bx3kq0aZ.js.br", "B"),
                                            file("assets/index-Bx3kq0aZ.js.gz", "G"), file("assets/theme.js", "theme")};
};

TEST_F(BuiltPageTest, EveryPageIsTheIndexUnderAStrictPolicy) {
  for (const char* path : {"/", "/p/default", "/p/default/models/m/v/3"}) {
    const auto page = get(path);
    EXPECT_EQ(text(page), "<html>") << path;
    EXPECT_EQ(header(page, "Cache-Control"), "no-cache");
    EXPECT_TRUE(header(page, "Content-Security-Policy").contains("script-src 'self'"));
    EXPECT_FALSE(header(page, "Content-Security-Policy").contains("unsafe"));
  }
  const auto tag = header(get("/"), "ETag");
  EXPECT_EQ(get("/p/default", {{"If-None-Match", tag}}).status, 304);
}

TEST_F(BuiltPageTest, HashedNamesAreKeptForEverAndOthersAskedForAgain) {
  EXPECT_TRUE(header(get("/assets/index-Bx3kq0aZ.js"), "Cache-Control").contains("immutable"));
  EXPECT_EQ(header(get("/assets/theme.js"), "Cache-Control"), "no-cache");
  EXPECT_EQ(get("/assets/theme.js").content_type, "text/javascript; charset=utf-8");
}

TEST_F(BuiltPageTest, TheBestPackingThatTheBrowserTakesIsSent) {
  const auto packed = [&](std::string accepted) { return text(get("/assets/index-Bx3kq0aZ.js", {{"Accept-Encoding", std::move(accepted)}})); };
  EXPECT_EQ(packed("gzip, deflate, br"), "B");
  EXPECT_EQ(packed("gzip"), "G");
  EXPECT_EQ(packed("identity"), "script");
  EXPECT_EQ(packed("gzip, br;q=0"), "G");
  EXPECT_EQ(header(get("/assets/index-Bx3kq0aZ.js", {{"Accept-Encoding", "br"}}), "Content-Encoding"), "br");
}

TEST_F(BuiltPageTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(get("/assets/nope.js").status, 404);
  EXPECT_EQ(get("/assets/../index.html").status, 404);
  EXPECT_EQ(get("/q").status, 404);
}

TEST_F(PageTest, UnderAPrefixTheIndexAsksThere) {
  const std::vector<EmbeddedFile> files = {file("index.html", "<html><head><script src=\"/assets/a.js\"></script></head>"), file("index.html.br", "B"),
                                           file("assets/a.js", "script")};
  add_routes(router_, "/team/gyre", Frames::none, files);
  EXPECT_EQ(text(get("/", {{"Accept-Encoding", "br"}})),
            "<html><head><meta name=\"gyre-prefix\" content=\"/team/gyre\"><script src=\"/team/gyre/assets/a.js\"></script></head>");
  EXPECT_EQ(text(get("/assets/a.js")), "script");
}

class FramesTest : public PageTest {
 protected:
  // The two fields in which browsers, new and old, read who may frame the page.
  std::pair<std::string, std::string> told(Frames frames) {
    add_routes(router_, "", frames, files_);
    const auto page = get("/");
    return {header(page, "X-Frame-Options"), header(page, "Content-Security-Policy")};
  }
  const std::vector<EmbeddedFile> files_ = {file("index.html", "<html>")};
};

TEST_F(FramesTest, NobodyMayFrameThePage) {
  const auto [options, policy] = told(Frames::none);
  EXPECT_EQ(options, "DENY");
  EXPECT_TRUE(policy.contains("frame-ancestors 'none'"));
}

TEST_F(FramesTest, ItsOwnOriginMayFrameThePage) {
  const auto [options, policy] = told(Frames::same_origin);
  EXPECT_EQ(options, "SAMEORIGIN");
  EXPECT_TRUE(policy.contains("frame-ancestors 'self'"));
}

TEST_F(FramesTest, AnybodyMayFrameThePage) {
  const auto [options, policy] = told(Frames::any);
  EXPECT_EQ(options, "");
  EXPECT_TRUE(policy.contains("default-src 'self'"));
  EXPECT_FALSE(policy.contains("frame-ancestors"));
}

TEST_F(PageTest, APageThatWasNotBuiltSaysSo) {
  add_routes(router_, "", Frames::none, {});
  const auto page = get("/p/default");
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(text(page).contains("was not built"));
  EXPECT_EQ(get("/assets/x.js").status, 404);
}

}  // namespace
}  // namespace gyre::page
