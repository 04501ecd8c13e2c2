// A caller that asks for more than there is, beside one that asks for little. They are told apart by address: 127.0.0.2 and 127.0.0.3.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/clock.h"
#include "net/callers.h"
#include "net/server.h"
#include "net/testing.h"

namespace gyre::net {
namespace {

constexpr auto kFlood = "127.0.0.2", kOther = "127.0.0.3";
constexpr std::int64_t kWaitMs = 10'000;

Response show(const Error& error, const Request&) { return text_response(error.message, 418); }

class FairnessTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto held = [this](const Request&) -> Result<Response> {
      may_end_.wait(false);
      return text_response("held");
    };
    router_.add("GET", "/held", held, show);
    router_.add("POST", "/held", held, show);
    router_.add(
        "GET", "/brief",
        [](const Request&) -> Result<Response> {
          std::this_thread::sleep_for(std::chrono::milliseconds(10));
          return text_response("brief");
        },
        show);
    router_.add("POST", "/echo", [](const Request& r) -> Result<Response> { return text_response(std::to_string(r.body.size())); }, show);
    router_.add("PUT", "/count", count_body, show, {.body = BodyMode::stream});
  }
  void TearDown() override {
    let_end();
    for (const int fd : open_) close(fd);
  }
  void let_end() {
    may_end_ = true;
    may_end_.notify_all();
  }
  void start(ServerOptions options) { server_ = Server::start(options, router_, hub_).value(); }

  int connect_from(const char* address) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in from{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {inet_addr(address)}, .sin_zero = {}};
    EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&from), sizeof from), 0);
    sockaddr_in to{.sin_family = AF_INET, .sin_port = htons(server_->port()), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    const timeval patience{.tv_sec = kWaitMs / 1000, .tv_usec = 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return open_.emplace_back(fd);
  }
  int say(const char* address, std::string_view bytes) {
    const int fd = connect_from(address);
    (void)::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return fd;
  }
  static std::string hear(int fd) {
    std::string answer;
    char block[4096];
    for (ssize_t got; (got = recv(fd, block, sizeof block, 0)) > 0;) answer.append(block, static_cast<std::size_t>(got));
    return answer;
  }
  std::string ask(const char* address, std::string_view what) { return hear(say(address, request(what))); }
  static std::string request(std::string_view what) { return fmt::format("{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", what); }
  void wait_for(const char* statistic, std::int64_t value) {
    for (std::int64_t ms = 0; server_->statistics()[statistic].int_or(-1) < value; ++ms) {
      ASSERT_LT(ms, kWaitMs) << statistic;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  std::atomic<bool> may_end_ = false;
  std::vector<int> open_;
  Router router_;
  Hub hub_;
  std::unique_ptr<Server> server_;
};

TEST_F(FairnessTest, TheQueueHasRoomForOthers) {
  start({.readers = 1, .max_queued = 16, .allowed_hosts = {}});
  for (int i = 0; i < 12; ++i) say(kFlood, request("GET /held"));
  wait_for("waiting", 12);
  EXPECT_TRUE(ask(kFlood, "GET /held").starts_with("HTTP/1.1 503 "));
  const int other = say(kOther, request("GET /held"));
  wait_for("waiting", 13);
  let_end();
  EXPECT_TRUE(hear(other).ends_with("held"));
}

TEST_F(FairnessTest, CallersTakeTurns) {
  start({.readers = 1, .allowed_hosts = {}});
  std::vector<int> flood;
  for (int i = 0; i < 200; ++i) flood.push_back(say(kFlood, request("GET /brief")));
  wait_for("waiting", 100);
  EXPECT_TRUE(ask(kOther, "GET /brief").ends_with("brief"));
  EXPECT_GT(server_->statistics()["waiting"].int_or(0), 50) << "it did not wait for those who came before it";
  for (const int fd : flood) EXPECT_TRUE(hear(fd).ends_with("brief"));
}

TEST_F(FairnessTest, WhoReadsDoesNotWaitForWhatIsWritten) {
  start({.workers = 1, .allowed_hosts = {}});
  const int writer = say(kFlood, "POST /held HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  wait_for("waiting", 1);
  EXPECT_TRUE(ask(kFlood, "GET /brief").ends_with("brief"));
  let_end();
  EXPECT_TRUE(hear(writer).ends_with("held"));
}

TEST_F(FairnessTest, BegunRequestsLeaveConnectionsForOthers) {
  start({.max_connections = 16, .allowed_hosts = {}});
  constexpr auto kBegun = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc";
  std::vector<int> flood;
  for (int i = 0; i < 40; ++i) flood.push_back(say(kFlood, kBegun));
  const auto from_ns = monotonic_ns();
  EXPECT_TRUE(ask(kOther, "GET /brief").ends_with("brief"));
  EXPECT_LT(monotonic_ns() - from_ns, kWaitMs * 1'000'000 / 2);
}

TEST_F(FairnessTest, SilentConnectionsOfOneMakeRoomForOthersAtOnce) {
  start({.max_connections = 16, .allowed_hosts = {}});
  const int polite = connect_from(kOther);
  for (int i = 0; i < 15; ++i) connect_from(kFlood);
  wait_for("connections", 16);
  EXPECT_TRUE(ask("127.0.0.4", "GET /brief").ends_with("brief"));
  EXPECT_TRUE(ask(kOther, "GET /brief").ends_with("brief"));
  const auto said = request("GET /brief");
  (void)::send(polite, said.data(), said.size(), MSG_NOSIGNAL);
  EXPECT_TRUE(hear(polite).ends_with("brief")) << "who has one connection keeps it, although it is the oldest";
}

TEST_F(FairnessTest, MemoryOfBodiesIsShared) {
  start({.max_held_bytes = 4 << 20, .allowed_hosts = {}});
  const auto part = "POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n" + std::string(900'000, 'x');
  for (int i = 0; i < 3; ++i) say(kFlood, part);
  wait_for("held_bytes", 2'700'000);
  EXPECT_TRUE(hear(say(kFlood, part)).starts_with("HTTP/1.1 503 "));
  const int other = say(kOther, part + std::string(100'000, 'y'));
  EXPECT_TRUE(hear(other).ends_with("1000000"));
}

TEST_F(FairnessTest, SlowUploadsLeaveTransfersForOthers) {
  start({.max_transfers = 8, .drain_timeout_ms = 50, .allowed_hosts = {}});
  constexpr auto kBegun = "PUT /count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc";
  for (int i = 0; i < 6; ++i) say(kFlood, kBegun);
  wait_for("transfers", 6);
  EXPECT_TRUE(hear(say(kFlood, kBegun)).starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(hear(say(kOther, "PUT /count HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc")).ends_with("3"));
}

TEST(Callers, AreNetworksInIpv6AndForgottenWhenTheyAreGone) {
  Callers callers;
  const auto at = [&](const char* address) { return callers.at(boost::asio::ip::make_address(address)); };
  const auto one = at("2001:db8::1");
  EXPECT_EQ(one, at("2001:db8::ffff:2"));
  EXPECT_NE(one, at("2001:db8:0:1::1"));
  EXPECT_NE(at("127.0.0.1"), at("127.0.0.2"));
  EXPECT_TRUE(has_room(0, 1, 0));
  EXPECT_TRUE(has_room(74, 100, 74));
  EXPECT_FALSE(has_room(75, 100, 25));
  EXPECT_TRUE(has_room(99, 100, 24));
  EXPECT_FALSE(has_room(100, 100, 0));
}

}  // namespace
}  // namespace gyre::net
