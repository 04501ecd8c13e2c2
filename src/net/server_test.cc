#include "net/server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "net/client.h"
#include "net/gzip.h"
#include "net/range.h"
#include "net/testing.h"

namespace gyre::net {
namespace {

Response show(const Error& error, const Request&) { return text_response(error.message, 418); }

class ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    router_.add("GET", "/hello/:name", [](const Request& r) -> Result<Response> { return text_response(std::string(r.parameter("name"))); }, show);
    router_.add("POST", "/echo", [](const Request& r) -> Result<Response> { return text_response(r.body); }, show, {.max_body_bytes = 1 << 20});
    router_.add("GET", "/fail", [](const Request&) -> Result<Response> { return fail(Code::invalid, "no"); }, show);
    router_.add("GET", "/throw", [](const Request&) -> Result<Response> { throw std::runtime_error("boom"); }, show);
    router_.add(
        "GET", "/events",
        [](const Request& r) -> Result<Response> {
          return Response{
              .headers = {}, .body = EventStream{{"run:"}, TRY(r.query_int("after", -1, -1, INT64_MAX)), R"({"topic":"resync"})"}, .content_length = {}};
        },
        show);
    router_.add(
        "GET", "/slow",
        [this](const Request&) -> Result<Response> {
          in_flight_ = true;
          in_flight_.notify_all();
          std::this_thread::sleep_for(std::chrono::milliseconds(300));
          return text_response("done");
        },
        show);
    router_.add("PUT", "/count", count_body, show, {.body = BodyMode::stream});
    router_.add(
        "GET", "/digits",
        [](const Request& r) {
          return ranged_response(r, 10, "text/plain", [](ByteRange range, ByteSink& sink) {
            return sink.write(std::string_view("0123456789").substr(static_cast<std::size_t>(range.first), static_cast<std::size_t>(range.count)));
          });
        },
        show);
    router_.add(
        "GET", "/chunks",
        [](const Request&) -> Result<Response> {
          Response response;
          response.body = BodyWriter([](ByteSink& sink) -> Result<void> {
            for (int i = 0; i < 3; ++i) TRY(sink.write("part"));
            return {};
          });
          return response;
        },
        show);
    server_ = Server::start({}, router_, hub_).value();
  }

  ClientResponse send(ClientRequest request) {
    request.url = "http://127.0.0.1:" + std::to_string(server_->port()) + request.url;
    return Client().send(request).value();
  }

  // Sends bytes as they are and returns all that comes until the server closes.
  std::string raw(std::string_view bytes, bool finish = true) {
    const int fd = connect_raw();
    EXPECT_GT(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), 0);
    if (finish) shutdown(fd, SHUT_WR);
    std::string answer;
    char block[4096];
    for (ssize_t got; (got = recv(fd, block, sizeof block, 0)) > 0;) answer.append(block, static_cast<std::size_t>(got));
    close(fd);
    return answer;
  }

  int connect_raw() {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(server_->port()), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }

  std::atomic<bool> in_flight_ = false;  // the slow handler has begun
  Router router_;
  Hub hub_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AnswersAndCarriesItsRequestId) {
  const auto answer = send({.url = "/hello/w%C3%B6rld", .headers = {{"X-Request-Id", "abc-1"}}, .body = {}});
  EXPECT_EQ(answer.body, "wörld");
  EXPECT_EQ(answer.headers.find("X-Request-Id")->second, "abc-1");
}

TEST_F(ServerTest, ErrorsGoThroughTheRoutesMapper) {
  EXPECT_EQ(send({.url = "/fail", .headers = {}, .body = {}}).status, 418);
  EXPECT_EQ(send({.url = "/throw", .headers = {}, .body = {}}).status, 418);
}

TEST_F(ServerTest, UnknownPathsAndMethodsAreTold) {
  EXPECT_EQ(send({.url = "/nope", .headers = {}, .body = {}}).status, 404);
  const auto wrong = send({.method = "DELETE", .url = "/echo", .headers = {}, .body = {}});
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.find("Allow")->second, "POST");
}

TEST_F(ServerTest, TheLogFindsARequestByItsIdAndTrace) {
  const Headers known{{"X-Request-Id", "abc-7"}, {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}};
  ASSERT_TRUE(log::configure(log::Level::debug));
  testing::internal::CaptureStderr();
  send({.url = "/throw", .headers = known, .body = {}});
  send({.url = "/hello/a", .headers = known, .body = {}});
  server_->stop();  // an answer may come before its line
  const auto lines = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(log::configure(log::Level::info));
  for (const char* line : {R"("level":"error","message":"GET /throw")", R"("level":"debug","message":"GET /throw")",
                           R"("message":"GET /hello/a","route":"/hello/:name","status":"200")"})
    EXPECT_TRUE(lines.contains(line)) << lines;
  std::size_t ids = 0, traces = 0;
  for (auto at = lines.find("abc-7"); at != std::string::npos; at = lines.find("abc-7", at + 1)) ++ids;
  for (auto at = lines.find("0af7651916cd43dd8448eb211c80319c"); at != std::string::npos; at = lines.find("0af7651916cd43dd8448eb211c80319c", at + 1)) ++traces;
  EXPECT_EQ(ids, 3u) << lines;
  EXPECT_EQ(traces, 3u) << lines;
}

TEST_F(ServerTest, LargeBodiesAreRefusedBeforeTheyAreRead) {
  const auto answer = raw("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10737418240\r\n\r\n", false);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
}

TEST_F(ServerTest, ChunkedBodiesAreBoundedToo) {
  std::string body = "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n";
  body.append(0x200000, 'x');
  EXPECT_TRUE(raw(body + "\r\n0\r\n\r\n").starts_with("HTTP/1.1 413 "));
}

TEST_F(ServerTest, UploadsStreamInAndRangesStreamOut) {
  EXPECT_EQ(send({.method = "PUT", .url = "/count", .headers = {}, .body = std::string(50 << 20, 'x')}).body, std::to_string(50 << 20));
  const auto part = send({.url = "/digits", .headers = {{"Range", "bytes=2-4"}}, .body = {}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "234");
  EXPECT_EQ(send({.url = "/digits", .headers = {{"Range", "bytes=10-"}}, .body = {}}).status, 416);
  EXPECT_EQ(send({.url = "/digits", .headers = {{"Range", "bytes=-3"}}, .body = {}}).body, "789");
  EXPECT_EQ(send({.url = "/chunks", .headers = {}, .body = {}}).body, "partpartpart");
}

TEST_F(ServerTest, ThoseWhoSayNothingLockNobodyOut) {
  constexpr std::size_t kMost = 8;
  server_ = Server::start({.max_connections = kMost, .allowed_hosts = {}}, router_, hub_).value();
  const auto statistic = [&](const char* name) { return server_->statistics()[name].int_or(-1); };
  const auto is_open = [](int fd) {
    char byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
  };
  std::vector<int> silent(kMost);
  for (auto& fd : silent) fd = connect_raw();
  constexpr std::string_view kBegun = "GET /hello/a HTTP/1.1\r\nHost: ";
  EXPECT_EQ(::send(silent[0], kBegun.data(), kBegun.size(), MSG_NOSIGNAL), static_cast<ssize_t>(kBegun.size()));
  while (statistic("connections") < static_cast<std::int64_t>(kMost)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto from_ns = monotonic_ns();
  EXPECT_EQ(send({.url = "/hello/a", .headers = {}, .body = {}}).body, "a");
  EXPECT_LT(monotonic_ns() - from_ns, 5'000'000'000);
  EXPECT_EQ(statistic("evicted_connections"), 1);
  EXPECT_EQ(statistic("refused_connections"), 0);
  EXPECT_EQ(std::ranges::count_if(silent, is_open), static_cast<std::ptrdiff_t>(kMost) - 1);
  for (const int fd : silent) close(fd);
}

TEST_F(ServerTest, AConnectionThatIsServedIsNotLetGo) {
  std::atomic<bool> may_end = false;
  router_.add(
      "GET", "/held",
      [&](const Request&) -> Result<Response> {
        in_flight_ = true;
        in_flight_.notify_all();
        may_end.wait(false);
        return text_response("done");
      },
      show);
  server_ = Server::start({.max_connections = 1, .allowed_hosts = {}}, router_, hub_).value();
  const int busy = connect_raw();
  constexpr std::string_view kHeld = "GET /held HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  EXPECT_EQ(::send(busy, kHeld.data(), kHeld.size(), MSG_NOSIGNAL), static_cast<ssize_t>(kHeld.size()));
  in_flight_.wait(false);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const int late = connect_raw();
  char byte;
  EXPECT_EQ(recv(late, &byte, 1, 0), 0);  // refused
  may_end = true;
  may_end.notify_all();
  EXPECT_EQ(recv(busy, &byte, 1, 0), 1);  // answered
  EXPECT_EQ(server_->statistics()["evicted_connections"].int_or(-1), 0);
  close(late);
  close(busy);
}

TEST_F(ServerTest, SlowUploadsHoldUpNeitherOthersNorTheEnd) {
  server_ = Server::start({.drain_timeout_ms = 50, .allowed_hosts = {}}, router_, hub_).value();
  std::vector<int> slow(12);
  for (auto& fd : slow) {
    fd = connect_raw();
    constexpr std::string_view kBegun = "PUT /count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc";
    EXPECT_EQ(::send(fd, kBegun.data(), kBegun.size(), MSG_NOSIGNAL), static_cast<ssize_t>(kBegun.size()));
  }
  while (server_->statistics()["transfers"].int_or(0) < static_cast<std::int64_t>(slow.size())) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto from_ns = monotonic_ns();
  EXPECT_EQ(send({.url = "/hello/a", .headers = {}, .body = {}}).body, "a");
  server_->stop();
  EXPECT_LT(monotonic_ns() - from_ns, 10'000'000'000);
  for (const int fd : slow) close(fd);
}

TEST_F(ServerTest, BodiesTogetherAreBounded) {
  server_ = Server::start({.max_held_bytes = (4 << 20) / 3, .allowed_hosts = {}}, router_, hub_).value();  // three quarters of it are one caller's
  const std::string large = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" + std::string(900'000, 'x');
  const int held = connect_raw();
  EXPECT_EQ(::send(held, large.data(), large.size(), MSG_NOSIGNAL), static_cast<ssize_t>(large.size()));
  EXPECT_EQ(send({.method = "POST", .url = "/echo", .headers = {}, .body = "small"}).body, "small");
  while (server_->statistics()["held_bytes"].int_or(0) < 900'000)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // else the first may be the one refused
  const auto second = raw(large);
  EXPECT_TRUE(second.starts_with("HTTP/1.1 503 ")) << second;
  close(held);
}

TEST_F(ServerTest, TrailersAreBounded) {
  for (const char* request : {"POST /echo", "PUT /count"}) {
    for (const std::size_t size : {70'000, 1'000'000}) {
      const auto head = fmt::format("{} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nab\r\n0\r\nX: ", request);
      const auto answer = raw(head + std::string(size, 'a') + "\r\n\r\n");
      EXPECT_TRUE(answer.contains("the request's body is not valid HTTP/1.1")) << request << " " << size << ": " << answer;
    }
  }
}

TEST_F(ServerTest, CodingsThatAreNotKnownAreRefused) {
  for (const char* coding : {"xchunked", "identity", "gzip, chunked", "chunked, identity", "chunked;q=1"}) {
    const auto answer =
        raw(fmt::format("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: {}\r\n\r\nGET /hello/a HTTP/1.1\r\nHost: localhost\r\n\r\n", coding));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
    EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << answer;
  }
  EXPECT_EQ(send({.method = "POST", .url = "/echo", .headers = {{"Content-Encoding", "br"}}, .body = "x"}).status, 415);
  EXPECT_EQ(send({.method = "POST", .url = "/echo", .headers = {{"Content-Encoding", "GZIP"}}, .body = gzip("packed")}).body, "packed");
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  const auto answer = raw("GET /hello/a HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hello/b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_LT(answer.find("\r\n\r\na"), answer.find("\r\n\r\nb"));
}

TEST_F(ServerTest, ForeignHostsAndPagesAreRefused) {
  EXPECT_TRUE(raw("GET /hello/a HTTP/1.1\r\nHost: evil.example\r\n\r\n").starts_with("HTTP/1.1 403 "));
  EXPECT_EQ(send({.method = "POST", .url = "/echo", .headers = {{"Origin", "http://evil.example"}}, .body = "x"}).status, 403);
  EXPECT_EQ(send({.method = "POST", .url = "/echo", .headers = {{"Origin", "null"}}, .body = "x"}).status, 403);
  EXPECT_EQ(send({.method = "POST", .url = "/echo", .headers = {{"Origin", "http://127.0.0.1:" + std::to_string(server_->port())}}, .body = "x"}).status, 200);
  EXPECT_TRUE(raw("GET /hello/a HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

TEST_F(ServerTest, NonsenseIsToldNotCrashed) {
  EXPECT_TRUE(raw("\x16\x03\x01\x02 nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(raw("GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n").starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(raw("GET /hello/%ED%A0%80 HTTP/1.1\r\nHost: localhost\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(raw("GET /hello/a?b=%FF HTTP/1.1\r\nHost: localhost\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(send({.url = "/hello/a", .headers = {}, .body = {}}).status, 200);
}

TEST_F(ServerTest, CompressesAndDecompresses) {
  const std::string text(100'000, 'a');
  const auto answer = send({.method = "POST", .url = "/echo", .headers = {{"Content-Encoding", "gzip"}, {"Accept-Encoding", "gzip"}}, .body = gzip(text)});
  EXPECT_LT(answer.body.size(), 2000u);
  EXPECT_EQ(gunzip(answer.body, 1 << 20).value(), text);
  EXPECT_EQ(send({.method = "POST", .url = "/echo", .headers = {{"Content-Encoding", "gzip"}}, .body = gzip(std::string(64 << 20, 'a'))}).status, 413);
  EXPECT_EQ(send({.method = "POST", .url = "/echo", .headers = {{"Content-Encoding", "gzip"}}, .body = "not gzip"}).status, 400);
}

TEST_F(ServerTest, EventsReachWatchersAndAreReplayed) {
  std::int64_t first = 0;
  const auto watcher = hub_.watch({""}, -1, [&](const LiveEvent& event) {
    if (first == 0) first = event.id;
    return true;
  });
  hub_.publish("run:1", "1");
  hub_.publish("model:1", "2");
  hub_.leave(watcher);
  const int fd = connect_raw();
  const auto request = fmt::format("GET /events?after={} HTTP/1.1\r\nHost: localhost\r\n\r\n", first - 1);
  ASSERT_EQ(::send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string seen;
  char block[4096];
  const auto read_until = [&](std::string_view text) {
    while (!seen.contains(text)) {
      const auto got = recv(fd, block, sizeof block, 0);
      if (got <= 0) return false;
      seen.append(block, static_cast<std::size_t>(got));
    }
    return true;
  };
  EXPECT_TRUE(read_until("run:1"));
  hub_.publish("run:2", "3");
  EXPECT_TRUE(read_until(fmt::format("id: {}\nevent: run:2\ndata: 3\n\n", first + 2)));
  EXPECT_FALSE(seen.contains("model:1"));
  EXPECT_FALSE(seen.contains("resync"));
  close(fd);
}

TEST_F(ServerTest, WatchersOfAnEarlierProcessAreToldOfTheGap) {
  hub_.publish("run:1", "1");
  const int fd = connect_raw();
  const std::string_view request = "GET /events?after=17 HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_EQ(::send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string seen;
  char block[4096];
  while (!seen.contains("data: ")) {
    const auto got = recv(fd, block, sizeof block, 0);
    ASSERT_GT(got, 0);
    seen.append(block, static_cast<std::size_t>(got));
  }
  EXPECT_TRUE(seen.contains("event: resync\ndata: {\"topic\":\"resync\"}\n\n")) << seen;
  close(fd);
}

TEST_F(ServerTest, StoppingFinishesWhatIsInFlight) {
  std::string body;
  std::thread client([&] { body = send({.url = "/slow", .headers = {}, .body = {}}).body; });
  in_flight_.wait(false);
  server_->stop();
  client.join();
  EXPECT_EQ(body, "done");
}

TEST(ServerStart, RefusesWhatIsNotLoopback) {
  Router router;
  Hub hub;
  EXPECT_EQ(Server::start({.host = "0.0.0.0", .allowed_hosts = {}}, router, hub).error().code, Code::denied);
  const auto first = Server::start({}, router, hub).value();
  EXPECT_EQ(Server::start({.port = first->port(), .allowed_hosts = {}}, router, hub).error().code, Code::unavailable);
}

TEST(Router, TellsItsRoutes) {
  Router router;
  for (const auto& [method, path] : {std::pair("GET", "/b/:x/c"), {"PUT", "/a/*rest"}, {"GET", "/a"}}) router.add(method, path, {}, {});
  EXPECT_EQ(router.routes(), (std::vector<std::string>{"GET /a", "PUT /a/*rest", "GET /b/:x/c"}));
}

TEST(Router, LiteralsWinOverParametersOverRest) {
  Router router;
  const auto handler = [](const Request&) -> Result<Response> { return Response{}; };
  for (const char* pattern : {"/a/:x", "/a/b", "/a/*rest", "/a/:x/c"}) router.add("GET", pattern, handler, show);
  EXPECT_EQ(router.match("GET", "/a/b")->pattern, "/a/b");
  EXPECT_EQ(router.match("GET", "/a/z")->pattern, "/a/:x");
  EXPECT_EQ(router.match("GET", "/a/z/c")->parameters.at("x"), "z");
  EXPECT_EQ(router.match("GET", "/a/z/d/e")->parameters.at("rest"), "z/d/e");
  EXPECT_FALSE(router.match("GET", "/b"));
  EXPECT_FALSE(router.match("GET", "b"));
}

}  // namespace
}  // namespace gyre::net
