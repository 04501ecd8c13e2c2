// What needs no socket: who may ask, ranges, query parameters, compression.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/exchange.h"
#include "net/guard.h"
#include "net/gzip.h"
#include "net/range.h"

namespace gyre::net {
namespace {

using testing::HasSubstr;

TEST(Guard, Table) {
  struct Row {
    std::optional<std::string_view> host, origin;
    std::optional<Code> refused;
  };
  const HostRules rules{"127.0.0.1", {"gyre.example"}, {"https://app.example"}};
  const Row rows[] = {
      {"127.0.0.1:7070", {}, {}},
      {"localhost:7070", "http://localhost:7070", {}},
      {"[::1]:7070", "http://[::1]:7070", {}},
      {"gyre.example", "https://gyre.example", {}},
      {"pages.localhost", {}, {}},
      {"LOCALHOST:7070", "http://localhost:7070", {}},
      {"localhost.:7070", "http://LocalHost:7070", {}},
      {"127.0.0.1.", {}, {}},
      {"GYRE.example", "https://gyre.Example.", {}},
      {"localhost..", {}, Code::denied},
      {".", {}, Code::denied},
      {"EVIL.example", {}, Code::denied},
      {{}, {}, Code::invalid},
      {"", {}, Code::invalid},
      {"evil.example", {}, Code::denied},
      {"127.0.0.1.evil.example", {}, Code::denied},
      {"localhost.evil.example:7070", {}, Code::denied},
      {"evil-localhost", {}, Code::denied},
      {"[::1].evil.example", {}, Code::denied},
      {"[::1]evil:7070", {}, Code::denied},
      {"localhost:80:evil", {}, Code::denied},
      {"127.0.0.1:7070", "http://evil.example", Code::denied},
      {"127.0.0.1:7070", "http://127.0.0.1:8080", Code::denied},
      {"127.0.0.1:7070", "https://app.example", {}},
      {"127.0.0.1:7070", "http://app.example", Code::denied},
      {"127.0.0.1:7070", "https://app.example.evil", Code::denied},
      {"evil.example", "https://app.example", Code::denied},
      {"127.0.0.1:7070", "null", Code::denied},
      {"127.0.0.1:7070", "", Code::denied},
  };
  for (const auto& row : rows) {
    const auto may = check_origin(rules, row.host, row.origin);
    const auto what = std::string(row.host.value_or("(none)")) + " from " + std::string(row.origin.value_or("(none)"));
    EXPECT_EQ(may.has_value(), !row.refused) << what;
    if (!may && row.refused) EXPECT_EQ(may.error().code, *row.refused) << what;
  }
  EXPECT_TRUE(is_loopback("127.8.9.1"));
  EXPECT_FALSE(is_loopback("0.0.0.0"));
  EXPECT_FALSE(is_loopback("127.0.0.1.example"));
}

Request with_header(std::string name, std::string value) {
  Request request;
  request.headers.emplace(std::move(name), std::move(value));
  return request;
}

TEST(Range, Table) {
  struct Row {
    const char* header;
    std::int64_t first, count;  // count 0: the whole; -1: outside
  };
  const Row rows[] = {{"bytes=0-0", 0, 1},  {"bytes=2-4", 2, 3},     {"bytes=7-", 7, 3},   {"bytes=-3", 7, 3},
                      {"bytes=-99", 0, 10}, {"bytes=5-99", 5, 5},    {"bytes=10-", 0, -1}, {"bytes=-0", 0, -1},
                      {"bytes=9-2", 0, -1}, {"bytes=0-1,3-4", 0, 0}, {"items=0-1", 0, 0},  {"bytes=", 0, 0},
                      {"bytes=a-b", 0, 0},  {"bytes=1", 0, 0},       {"bytes=--1", 0, 0},  {"", 0, 0}};
  for (const auto& row : rows) {
    const auto range = requested_range(with_header("range", row.header), 10);
    EXPECT_EQ(range.has_value(), row.count >= 0) << row.header;
    if (!range) continue;
    EXPECT_EQ(range->has_value(), row.count > 0) << row.header;
    if (!*range) continue;
    EXPECT_EQ((*range)->first, row.first) << row.header;
    EXPECT_EQ((*range)->count, row.count) << row.header;
  }
}

TEST(Query, NumbersAreCheckedAndNamed) {
  Request request;
  request.query = {{"limit", "50"}, {"far", "99999999999999999999"}, {"word", "x"}, {"empty", ""}};
  EXPECT_EQ(request.query_int("limit", 10, 1, 100).value(), 50);
  EXPECT_EQ(request.query_int("none", 10, 1, 100).value(), 10);
  EXPECT_EQ(request.query_int("empty", 10, 1, 100).value(), 10);
  EXPECT_EQ(request.query_int("limit", 10, 1, 49).error().code, Code::invalid);
  EXPECT_FALSE(request.query_int("far", 10, 1, INT64_MAX));
  EXPECT_THAT(request.query_int("word", 10, 1, 100).error().message, HasSubstr("'word' must be a whole number from 1 to 100, not 'x'"));
  EXPECT_FALSE(request.required_query("empty"));
  EXPECT_EQ(request.required_query("word").value(), "x");
}

TEST(Gzip, OnlyWholeStreamsWithinTheLimitAreUnpacked) {
  const std::string text(10'000, 'a');
  const auto packed = gzip(text);
  EXPECT_EQ(gunzip(packed, text.size()).value(), text);
  EXPECT_EQ(gunzip(packed, text.size() - 1).error().code, Code::exhausted);
  for (std::size_t cut = 0; cut < packed.size(); ++cut) EXPECT_EQ(gunzip(std::string_view(packed).substr(0, cut), 1 << 20).error().code, Code::invalid) << cut;
  EXPECT_FALSE(gunzip("no gzip at all", 1 << 20));
  EXPECT_FALSE(inflate_body("no deflate at all", 1 << 20));
  EXPECT_EQ(gunzip(gzip(""), 10).value(), "");
  EXPECT_EQ(gunzip(gzip("one ") + gzip("body"), 10).value(), "one body");
  EXPECT_EQ(gunzip(gzip("a body") + "and more", 100).error().code, Code::invalid);
}

Request read(std::string target, std::vector<std::pair<std::string, std::string>> headers = {}) {
  Head head;
  head.method(boost::beast::http::verb::get);
  head.target(target);
  for (const auto& [name, value] : headers) head.insert(name, value);
  auto request = to_request(head);
  EXPECT_TRUE(request) << request.error().message;
  return request.value_or(Request{});
}

TEST(Request, PathsAndParametersAreDecoded) {
  const auto request = read("/a%20b/%c3%b6?x=1%2B1&y=&x=2");
  EXPECT_EQ(request.path, "/a b/ö");
  EXPECT_EQ(request.query_text("x"), "1+1");
  EXPECT_EQ(request.query_text("y"), "");
  EXPECT_EQ(request.query.count("x"), 2u);
  Head head;
  for (const char* bad : {"http://other/", "relative", "/%zz", "/a%00b"}) {
    head.target(bad);
    EXPECT_FALSE(to_request(head)) << bad;
  }
}

TEST(Request, IdsAndTracesAreTakenWhereTheyAreSane) {
  EXPECT_EQ(read("/", {{"X-Request-Id", "abc-1"}}).request_id, "abc-1");
  for (const char* bad : {"", "a b", "a\tb", "<script>"}) EXPECT_TRUE(read("/", {{"X-Request-Id", bad}}).request_id.starts_with("req_")) << bad;
  EXPECT_TRUE(read("/", {{"X-Request-Id", std::string(129, 'a')}}).request_id.starts_with("req_"));
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const auto continued = read("/", {{"traceparent", trace}}).traceparent;
  EXPECT_EQ(continued.substr(0, 36), trace.substr(0, 36));
  EXPECT_NE(continued, trace);
  EXPECT_EQ(continued.size(), trace.size());
  const auto fresh = read("/", {{"traceparent", "nonsense"}}).traceparent;
  EXPECT_EQ(fresh.size(), trace.size());
  EXPECT_EQ(read("/").traceparent, "");
}

}  // namespace
}  // namespace gyre::net
