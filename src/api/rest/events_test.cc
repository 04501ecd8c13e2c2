#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/rest/testing.h"
#include "net/server.h"

namespace gyre::rest {
namespace {

// A browser's EventSource, on a socket.
class Watcher {
 public:
  Watcher(std::uint16_t port, std::string_view target, std::string_view headers = "") {
    fd_ = socket(AF_INET, SOCK_STREAM, 0);
    timeval patience{.tv_sec = 5, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const auto request = fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", target, headers);
    EXPECT_EQ(::send(fd_, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  }
  ~Watcher() { close(fd_); }
  bool hears(std::string_view text) {
    while (!heard_.contains(text)) {
      char block[4096];
      const auto got = recv(fd_, block, sizeof block, 0);
      if (got <= 0) return false;
      heard_.append(block, static_cast<std::size_t>(got));
    }
    return true;
  }
  // The id of the event whose data is `data`.
  std::string id_of(std::string_view data) {
    const auto line = fmt::format("data: {}\n", data);  // its text alone may stand in a header, too
    if (!hears(line)) return "";
    const auto from = heard_.rfind("id: ", heard_.find(line)) + 4;
    return heard_.substr(from, heard_.find('\n', from) - from);
  }
  const std::string& heard() const { return heard_; }

 private:
  int fd_ = -1;
  std::string heard_;
};

class RestEventsTest : public RestTest {
 protected:
  void SetUp() override {
    RestTest::SetUp();
    server_ = net::Server::start({}, router_, hub_).value();
  }
  void TearDown() override { server_->stop(); }
  net::Hub hub_;
  std::unique_ptr<net::Server> server_;
};

TEST_F(RestEventsTest, ATopicIsTheEventsName) {
  Watcher all(server_->port(), "/api/v1/events"), runs(server_->port(), "/api/v1/events?topics=run.,step.");
  ASSERT_TRUE(all.hears("retry:"));
  ASSERT_TRUE(runs.hears("retry:"));
  hub_.publish("alert.opened", "1");
  hub_.publish("run.created", "2");
  EXPECT_TRUE(all.hears("event: alert.opened\ndata: 1\n\n"));
  EXPECT_TRUE(runs.hears("event: run.created\ndata: 2\n\n"));
  EXPECT_FALSE(runs.heard().contains("alert"));
  EXPECT_TRUE(runs.heard().contains("Content-Type: text/event-stream"));
}

TEST_F(RestEventsTest, WhoComesBackHearsWhatHappenedMeanwhile) {
  std::string seen;
  {
    Watcher first(server_->port(), "/api/v1/events");
    ASSERT_TRUE(first.hears("retry:"));
    hub_.publish("run.created", "11");
    seen = first.id_of("11");
  }
  hub_.publish("run.created", "12");
  Watcher again(server_->port(), "/api/v1/events", fmt::format("Last-Event-ID: {}\r\n", seen));
  EXPECT_TRUE(again.hears("data: 12\n"));
  EXPECT_FALSE(again.heard().contains("data: 11"));
  EXPECT_FALSE(again.heard().contains("resync"));
}

TEST_F(RestEventsTest, AGapIsToldAsAnEventOfTheContract) {
  hub_.publish("run.created", "1");
  Watcher late(server_->port(), "/api/v1/events", "Last-Event-ID: 3\r\n");
  EXPECT_TRUE(late.hears("event: resync\ndata: {\"seq\":0,\"topic\":\"resync\",\"subject\":\"\",\"at\":\"2001-04-01T00:00:00.000Z\",\"payload\":{}}\n\n"))
      << late.heard();
}

TEST_F(RestEventsTest, AnIdThatIsNoneIsRefused) {
  Watcher wrong(server_->port(), "/api/v1/events", "Last-Event-ID: yesterday\r\n");
  EXPECT_TRUE(wrong.hears("400 Bad Request"));
}

}  // namespace
}  // namespace gyre::rest
