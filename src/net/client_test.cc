#include "net/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "net/server.h"
#include "net/testing.h"

namespace gyre::net {
namespace {

using testing::HasSubstr;

Response show(const Error& error, const Request&) { return text_response(error.message, 500); }

class ClientTest : public testing::Test {
 protected:
  void SetUp() override {
    router_.add(
        "GET", "/busy/:times",
        [this](const Request& request) -> Result<Response> {
          const auto asked = ++asked_;
          return text_response("answer", asked <= std::stoi(std::string(request.parameter("times"))) ? 503 : 200);
        },
        show);
    router_.add("GET", "/wrong", [this](const Request&) -> Result<Response> { return ++asked_, text_response("no", 400); }, show);
    router_.add("GET", "/large", [](const Request&) -> Result<Response> { return text_response(std::string(100'000, 'a')); }, show);
    router_.add(
        "GET", "/slow",
        [](const Request&) -> Result<Response> {
          std::this_thread::sleep_for(std::chrono::milliseconds(500));
          return text_response("late");
        },
        show);
    router_.add("PUT", "/count", count_body, show, {.body = BodyMode::stream});
    server_ = Server::start({}, router_, hub_).value();
  }
  std::string url(std::string_view path) const { return "http://127.0.0.1:" + std::to_string(server_->port()) + std::string(path); }
  ClientRequest get(std::string_view path) const { return {.method = "GET", .url = url(path), .headers = {}, .body = {}, .progress = {}}; }

  Router router_;
  Hub hub_;
  std::unique_ptr<Server> server_;
  std::atomic<int> asked_ = 0;
};

TEST_F(ClientTest, TriesAgainWhatMayGoWellTheNextTime) {
  EXPECT_EQ(Client().send(get("/busy/2"))->status, 200);
  EXPECT_EQ(asked_, 3);
  asked_ = 0;
  EXPECT_EQ(Client({.retries = 1}).send(get("/busy/9"))->status, 503);  // an answer, though no good one
  EXPECT_EQ(asked_, 2);
  asked_ = 0;
  EXPECT_EQ(Client().send(get("/wrong"))->status, 400);
  EXPECT_EQ(asked_, 1);
}

TEST_F(ClientTest, IsBoundedInTimeAndSize) {
  const auto slow = Client({.total_timeout_ms = 100, .retries = 3}).send(get("/slow"));
  EXPECT_EQ(slow.error().code, Code::unavailable);
  const auto large = Client({.max_answer_bytes = 1000}).send(get("/large"));
  EXPECT_EQ(large.error().code, Code::exhausted);
  EXPECT_THAT(large.error().message, HasSubstr("1000 bytes"));
}

TEST_F(ClientTest, WhatCannotBeReachedIsToldWithTheRemedy) {
  const auto address = url("/wrong");
  server_->stop();
  server_.reset();
  const auto gone = Client({.retries = 1}).send({.method = "GET", .url = address, .headers = {}, .body = {}, .progress = {}});
  EXPECT_EQ(gone.error().code, Code::unavailable);
  EXPECT_THAT(gone.error().message, HasSubstr(address));
  EXPECT_THAT(gone.error().fix, HasSubstr("gyre server"));
  EXPECT_FALSE(Client().send({.method = "GET", .url = "file:///etc/passwd", .headers = {}, .body = {}, .progress = {}}));
}

TEST_F(ClientTest, LargeBodiesFlowBothWays) {
  const std::string text(5 << 20, 'x');
  StringSource source(text);
  auto request = get("/count");
  request.method = "PUT";
  request.source = &source;
  request.source_bytes = static_cast<std::int64_t>(text.size());
  EXPECT_EQ(Client().send(request)->body, std::to_string(text.size()));
  StringSink sink;
  auto download = get("/large");
  download.sink = &sink;
  EXPECT_EQ(Client().send(download)->body, "");
  EXPECT_EQ(sink.text.size(), 100'000u);
}

}  // namespace
}  // namespace gyre::net
