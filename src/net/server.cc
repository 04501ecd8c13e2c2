#include "net/server.h"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <signal.h>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <deque>
#include <set>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "net/blocking_stream.h"
#include "net/exchange.h"
#include "net/guard.h"
#include "net/gzip.h"
#include "net/statistics.h"

namespace gyre::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kHeartbeat = std::chrono::seconds(15);
constexpr std::size_t kMaxQueuedEvents = 1024;  // a watcher that reads slower is let go and comes back for a resync
constexpr auto kLinger = std::chrono::seconds(1);
constexpr std::size_t kMaxDrainedBytes = 8 << 20;
constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

// As opposed to a client that went away or was too slow.
bool is_malformed(const error_code& error) {
  return error.category() == make_error_code(http::error::bad_chunk).category() && error != http::error::partial_message && error != http::error::end_of_stream;
}

std::chrono::milliseconds ms(std::int64_t count) { return std::chrono::milliseconds(count); }

// A body as it arrives, read by the worker that handles the request.
class UploadSource final : public ByteSource {
 public:
  UploadSource(BlockingStream& stream, beast::flat_buffer& buffer, http::request_parser<http::buffer_body>& parser)
      : stream_(stream), buffer_(buffer), parser_(parser), block_(kStreamBlockBytes, '\0') {}

  Result<std::string_view> read(std::size_t most) override {
    if (parser_.is_done()) return std::string_view();
    auto& body = parser_.get().body();
    body.data = block_.data();
    body.size = std::min(most, block_.size());
    const auto room = body.size;
    error_code error;
    http::read(stream_, buffer_, parser_, error);
    if (error && error != http::error::need_buffer) return fail(Code::cancelled, "the client stopped sending: " + error.message());
    return std::string_view(block_.data(), room - body.size);
  }

 private:
  BlockingStream& stream_;
  beast::flat_buffer& buffer_;
  http::request_parser<http::buffer_body>& parser_;
  std::string block_;
};

// A body as it is made: in chunks, or as it is where its length was told.
class DownloadSink final : public ByteSink {
 public:
  DownloadSink(BlockingStream& stream, bool chunked) : stream_(stream), chunked_(chunked) {}
  Result<void> write(std::string_view bytes) override {
    if (bytes.empty()) return {};
    const bool sent = chunked_ ? stream_.write_all(fmt::format("{:x}\r\n", bytes.size())) && stream_.write_all(bytes) && stream_.write_all("\r\n") : stream_.write_all(bytes);
    if (!sent) return fail(Code::cancelled, "the client has gone");
    return {};
  }

 private:
  BlockingStream& stream_;
  const bool chunked_;
};

// Events for one watcher, between the publisher's thread and the connection.
struct Mailbox {
  Guarded<std::deque<std::string>> texts;
  std::function<void()> wake;
  std::string resync;
  std::atomic<bool> overflowed = false;  // the hub has let this watcher go

  bool put(const LiveEvent& event) {
    const bool fits = texts.with([&](auto& waiting) {
      if (waiting.size() >= kMaxQueuedEvents) return false;
      waiting.push_back(fmt::format("id: {}\nevent: {}\ndata: {}\n\n", event.id, event.topic, event.topic == Hub::kResync ? resync : event.data));
      return true;
    });
    if (!fits) overflowed = true;
    wake();
    return fits;
  }
};

class ServerImpl final : public Server {
 public:
  ServerImpl(ServerOptions options, const Router& router, Hub& hub)
      : options_(std::move(options)), router_(router), hub_(hub), acceptor_(io_), workers_(options_.workers), rules_{options_.host, options_.allowed_hosts} {}
  ~ServerImpl() override { stop(); }

  Result<void> open() {
    if (!is_loopback(options_.host)) {
      return fail(Code::denied, fmt::format("listening on {} is refused: sign-in does not exist yet, so anybody in the network could run commands here", options_.host), {},
                  "listen on 127.0.0.1 and reach it through ssh -L");
    }
    error_code error;
    const auto address = asio::ip::make_address(options_.host == "localhost" ? "127.0.0.1" : options_.host, error);
    const tcp::endpoint endpoint(address, options_.port);
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return fail(Code::unavailable, fmt::format("cannot listen on {}:{}: {}", options_.host, options_.port, error.message()), {}, "choose another port with --listen");
    port_ = acceptor_.local_endpoint().port();
    asio::co_spawn(io_, accept_all(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
    return {};
  }

  std::uint16_t port() const override { return port_; }
  json::Value statistics() const override { return statistics_.to_json(); }

  void stop() override {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] {
      draining_ = true;
      acceptor_.close();
      for (auto* socket : idle_) socket->cancel();
      for (auto* timer : heartbeats_) timer->cancel();
    });
    const auto deadline = std::chrono::steady_clock::now() + ms(options_.drain_timeout_ms);
    while (statistics_.connections > 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    io_.stop();
    thread_.join();
    workers_.stop();
    workers_.join();
  }

 private:
  struct Connection {
    explicit Connection(tcp::socket s) : stream(std::move(s)) {}
    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    bool keep_alive = true;
  };

  // Runs blocking work on the pool and comes back to the connection's executor: the one bridge between the two worlds.
  template <class Work>
  asio::awaitable<std::invoke_result_t<Work&>> offload(Work& work) {
    auto on_pool = [&]() -> asio::awaitable<std::invoke_result_t<Work&>> { co_return work(); };
    co_return co_await asio::co_spawn(workers_, on_pool, asio::use_awaitable);
  }

  asio::awaitable<void> accept_all() {
    while (acceptor_.is_open()) {
      auto [error, socket] = co_await acceptor_.async_accept(kNoThrow);
      if (error == asio::error::operation_aborted) co_return;
      if (error) {  // out of descriptors: let some go first
        asio::steady_timer pause(io_, std::chrono::milliseconds(50));
        co_await pause.async_wait(kNoThrow);
        continue;
      }
      if (statistics_.connections >= static_cast<std::int64_t>(options_.max_connections)) {
        ++statistics_.refused_connections;
        continue;
      }
      socket.set_option(tcp::no_delay(true), error);
      ++statistics_.connections;
      asio::co_spawn(io_, converse(std::move(socket)), [this](std::exception_ptr) { --statistics_.connections; });
    }
  }

  asio::awaitable<void> converse(tcp::socket socket) {
    Connection connection(std::move(socket));
    while (connection.keep_alive && !draining_) {
      http::request_parser<http::buffer_body> parser;
      parser.header_limit(static_cast<std::uint32_t>(options_.max_header_bytes));
      parser.body_limit(boost::none);
      if (!co_await read_head(connection, parser)) co_return;
      connection.keep_alive = parser.get().keep_alive();
      co_await answer(connection, parser);
    }
    co_await linger(connection);
  }

  // Closing over unread bytes would reset the connection, and the client might lose the answer that tells it why.
  asio::awaitable<void> linger(Connection& connection) {
    error_code ignored;
    connection.stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    connection.stream.expires_after(kLinger);
    connection.buffer.clear();
    for (std::size_t drained = 0; drained < kMaxDrainedBytes && !draining_;) {
      const auto [error, got] = co_await connection.stream.async_read_some(connection.buffer.prepare(64 << 10), kNoThrow);
      if (error) co_return;
      drained += got;
    }
  }

  asio::awaitable<bool> read_head(Connection& connection, http::request_parser<http::buffer_body>& parser) {
    auto& socket = connection.stream.socket();
    if (connection.buffer.size() == 0) {  // wait for the first byte without a deadline of the head
      idle_.insert(&socket);
      connection.stream.expires_after(ms(options_.idle_timeout_ms));
      const auto [error, got] = co_await connection.stream.async_read_some(connection.buffer.prepare(16 << 10), kNoThrow);
      idle_.erase(&socket);
      if (error) co_return false;
      connection.buffer.commit(got);
    }
    connection.stream.expires_after(ms(options_.read_timeout_ms));
    const auto [error, got] = co_await http::async_read_header(connection.stream, connection.buffer, parser, kNoThrow);
    if (!error) co_return true;
    if (error != http::error::end_of_stream && error != beast::error::timeout && error != asio::error::operation_aborted) {
      const bool large = error == http::error::header_limit;
      Request unknown;
      const Error trouble{Code::invalid, large ? fmt::format("the request's headers are larger than {} bytes", options_.max_header_bytes) : "not a valid HTTP/1.1 request: " + error.message()};
      const auto refusal = plain_error(large ? 431 : 400, trouble, unknown);
      connection.keep_alive = false;
      co_await send_text(connection, unknown, refusal);
    }
    co_return false;
  }

  asio::awaitable<void> answer(Connection& connection, http::request_parser<http::buffer_body>& parser) {
    const auto started_ns = monotonic_ns();
    auto request = to_request(parser.get());
    if (!request) co_return co_await refuse(connection, Request{}, 400, request.error());
    const auto host = request->header("Host"), origin = request->header("Origin");
    if (const auto may = check_origin(rules_, host, origin); !may) {
      co_return co_await refuse(connection, *request, may.error().code == Code::denied ? 403 : 400, may.error());
    }
    std::vector<std::string> allowed;
    auto match = router_.match(request->method, request->path, &allowed);
    if (!match) co_return co_await refuse_unrouted(connection, *request, allowed);
    request->path_parameters = std::move(match->parameters);
    if (statistics_.waiting >= static_cast<std::int64_t>(options_.max_queued)) co_return co_await shed(connection, *request);

    if (parser.get()[http::field::expect] == "100-continue") {
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(connection.stream, asio::buffer(kContinue), kNoThrow);
    }
    int status = 0;
    if (match->options.body == BodyMode::stream) {
      status = co_await handle_stream(connection, parser, *request, *match);
    } else {
      if (!co_await read_body(connection, parser, *request, match->options.max_body_bytes)) co_return;
      auto handle = [&] { return call(*match, *request); };
      ++statistics_.waiting;
      auto response = co_await offload(handle);
      --statistics_.waiting;
      status = response.status;
      co_await send(connection, *request, response);
    }
    statistics_.count(request->method, match->pattern, status, monotonic_ns() - started_ns);
  }

  static Response call(const Router::Match& match, const Request& request) try {
    auto response = (*match.handler)(request);
    if (response) return *std::move(response);
    if (response.error().code == Code::internal) log::report(log::Level::error, request.method + " " + request.path, response.error());
    return (*match.on_error)(response.error(), request);
  } catch (const std::exception& thrown) {
    const Error error{Code::internal, "the server failed on this request", thrown.what()};
    log::report(log::Level::error, request.method + " " + request.path, error);
    return (*match.on_error)(error, request);
  }

  asio::awaitable<bool> read_body(Connection& connection, http::request_parser<http::buffer_body>& head, Request& request, std::size_t limit) {
    const auto told = head.content_length();
    if (told && *told > limit) {
      co_await refuse_large(connection, request, limit);
      co_return false;
    }
    http::request_parser<http::string_body> parser(std::move(head));
    parser.body_limit(limit);
    connection.stream.expires_after(ms(options_.read_timeout_ms));
    if (!parser.is_done()) {
      const auto [error, got] = co_await http::async_read(connection.stream, connection.buffer, parser, kNoThrow);
      if (error == http::error::body_limit) {
        co_await refuse_large(connection, request, limit);
        co_return false;
      }
      if (error) {
        connection.keep_alive = false;
        if (is_malformed(error)) co_await refuse(connection, request, 400, {Code::invalid, "the request's body is not valid HTTP/1.1: " + error.message()});
        co_return false;
      }
    }
    request.body = std::move(parser.get().body());
    if (request.header("Content-Encoding").value_or("") == "gzip") {
      auto unpacked = gunzip(request.body, limit);
      if (!unpacked) {
        co_await refuse(connection, request, unpacked.error().code == Code::exhausted ? 413 : 400, unpacked.error());
        co_return false;
      }
      request.body = std::move(*unpacked);
    }
    co_return true;
  }

  // The worker owns the socket while it reads the body and writes the answer.
  asio::awaitable<int> handle_stream(Connection& connection, http::request_parser<http::buffer_body>& parser, Request& request, const Router::Match& match) {
    connection.stream.expires_never();
    BlockingStream socket(connection.stream.socket().native_handle(), static_cast<int>(options_.read_timeout_ms));
    UploadSource source(socket, connection.buffer, parser);
    request.stream = &source;
    auto work = [&] {
      auto response = call(match, request);
      if (!parser.is_done()) connection.keep_alive = false;  // the rest of the body is not waited for
      return response;
    };
    ++statistics_.waiting;
    auto response = co_await offload(work);
    --statistics_.waiting;
    co_await send(connection, request, response);
    co_return response.status;
  }

  asio::awaitable<void> send(Connection& connection, const Request& request, Response& response) {
    if (draining_) connection.keep_alive = false;
    if (auto* events = std::get_if<EventStream>(&response.body)) co_return co_await send_events(connection, request, *events);
    if (auto* write = std::get_if<BodyWriter>(&response.body)) co_return co_await send_written(connection, request, response, *write);
    co_await send_text(connection, request, response);
  }

  asio::awaitable<void> send_text(Connection& connection, const Request& request, const Response& response) {
    const auto& plain = std::get<std::string>(response.body);
    std::string packed;
    const bool gzipped = wants_gzip(request, response, plain.size());
    if (gzipped) packed = gzip(plain);
    const std::string& body = gzipped ? packed : plain;
    const auto head = head_text(response, request, static_cast<std::int64_t>(body.size()), connection.keep_alive,
                                gzipped ? "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n" : "");
    const bool bodyless = request.method == "HEAD" || response.status == 204 || response.status == 304;
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), bodyless ? asio::const_buffer() : asio::buffer(body)};
    connection.stream.expires_after(ms(options_.read_timeout_ms));
    const auto [error, sent] = co_await asio::async_write(connection.stream, buffers, kNoThrow);
    if (error) connection.keep_alive = false;
  }

  asio::awaitable<void> send_written(Connection& connection, const Request& request, Response& response, BodyWriter& write) {
    connection.stream.expires_never();
    BlockingStream socket(connection.stream.socket().native_handle(), static_cast<int>(options_.read_timeout_ms));
    auto work = [&]() -> bool {
      const bool chunked = !response.content_length;
      if (!socket.write_all(head_text(response, request, response.content_length, connection.keep_alive))) return false;
      if (request.method == "HEAD") return true;
      DownloadSink sink(socket, chunked);
      const auto outcome = write(sink);
      if (!outcome && outcome.error().code != Code::cancelled) log::report(log::Level::error, "while sending " + request.path, outcome.error());
      return outcome && (!chunked || socket.write_all("0\r\n\r\n"));
    };
    if (!co_await offload(work)) connection.keep_alive = false;  // the client sees a body cut off, not a wrong one
  }

  asio::awaitable<void> send_events(Connection& connection, const Request& request, const EventStream& events) {
    connection.keep_alive = false;
    auto text = fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Request-Id: {}\r\nConnection: close\r\n\r\nretry: 2000\n\n", request.request_id);

    auto timer = std::make_shared<asio::steady_timer>(io_);
    auto mailbox = std::make_shared<Mailbox>();
    mailbox->wake = [this, timer] { asio::post(io_, [timer] { timer->cancel(); }); };
    mailbox->resync = events.resync;
    const auto watcher = hub_.watch(events.topics, events.last_event_id.value_or(-1), [mailbox](const LiveEvent& event) { return mailbox->put(event); });
    if (watcher == 0) co_return co_await refuse(connection, request, 503, {Code::exhausted, "too many pages watch this server", {}, "close some"});

    while (!draining_ && !mailbox->overflowed) {
      connection.stream.expires_after(ms(options_.read_timeout_ms));
      const auto [error, sent] = co_await asio::async_write(connection.stream, asio::buffer(text), kNoThrow);
      if (error) break;
      text.clear();
      mailbox->texts.with([&](auto& waiting) {
        for (const auto& one : waiting) text += one;
        waiting.clear();
      });
      if (!text.empty()) continue;
      timer->expires_after(kHeartbeat);
      heartbeats_.insert(timer.get());
      const auto [woken] = co_await timer->async_wait(kNoThrow);
      heartbeats_.erase(timer.get());
      if (!woken) text = ": still here\n\n";
    }
    hub_.leave(watcher);
  }

  asio::awaitable<void> refuse(Connection& connection, const Request& request, int status, const Error& error) {
    connection.keep_alive = false;  // the body, if any, is not read
    const auto response = plain_error(status, error, request);
    co_await send_text(connection, request, response);
    statistics_.count(request.method, "(refused)", status, 0);
  }

  asio::awaitable<void> refuse_large(Connection& connection, const Request& request, std::size_t limit) {
    const Error error{Code::exhausted, fmt::format("the request's body is larger than the {} bytes that this route takes", limit), {}, "send it in parts"};
    co_await refuse(connection, request, 413, error);
  }

  asio::awaitable<void> shed(Connection& connection, const Request& request) {
    ++statistics_.shed;
    connection.keep_alive = false;
    auto response = plain_error(503, {Code::exhausted, "the server has too much to do right now", {}, "try again in a second"}, request);
    response.headers.emplace("Retry-After", "1");
    co_await send_text(connection, request, response);
  }

  asio::awaitable<void> refuse_unrouted(Connection& connection, const Request& request, const std::vector<std::string>& allowed) {
    if (allowed.empty()) {
      const Error error{Code::not_found, fmt::format("there is nothing at {:.200}", request.path), {}, "see the API's description at /api/v1"};
      co_return co_await refuse(connection, request, 404, error);
    }
    connection.keep_alive = false;
    auto response = plain_error(405, {Code::invalid, fmt::format("{} is not possible here", request.method), {}, fmt::format("possible: {}", fmt::join(allowed, ", "))}, request);
    response.headers.emplace("Allow", fmt::format("{}", fmt::join(allowed, ", ")));
    co_await send_text(connection, request, response);
  }

  const ServerOptions options_;
  const Router& router_;
  Hub& hub_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  asio::thread_pool workers_;
  const HostRules rules_;
  std::uint16_t port_ = 0;
  Statistics statistics_;
  std::thread thread_;

  // Touched on the I/O thread alone.
  std::set<tcp::socket*> idle_;
  std::set<asio::steady_timer*> heartbeats_;
  std::atomic<bool> draining_ = false;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, const Router& router, Hub& hub) {
  auto server = std::make_unique<ServerImpl>(options, router, hub);
  TRY(server->open());
  return server;
}

void block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void wait_for_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  int caught = 0;
  sigwait(&set, &caught);
}

}  // namespace gyre::net
