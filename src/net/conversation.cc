#include "net/conversation.h"

#include <fmt/format.h>

#include "net/bodies.h"
#include "net/cors.h"
#include "net/exchange.h"
#include "net/gzip.h"
#include "net/handling.h"
#include "net/holding.h"
#include "net/sending.h"

namespace gyre::net {
namespace {

namespace http = boost::beast::http;
using WholeParser = http::request_parser<http::string_body>;

constexpr std::int64_t kLingerMs = 1000;
constexpr std::size_t kMaxDrainedBytes = 8 << 20;
// Above it even a handler that says that it is quick may hold up the others of its thread.
constexpr std::size_t kQuickBodyBytes = 16 << 10;

class Conversation {
 public:
  Conversation(Shared& shared, Loop& loop, tcp::socket socket, std::shared_ptr<Caller> caller)
      : shared_(shared), options_(shared.options), loop_(loop), connection_(std::move(socket), std::move(caller)), out_(shared, loop, connection_) {
    loop_.connections.insert(&connection_);
  }
  ~Conversation() { loop_.connections.erase(&connection_); }
  Conversation(const Conversation&) = delete;

  asio::awaitable<void> run() {
    while (connection_.keep_alive && !shared_.draining) {
      HeadParser parser;
      parser.header_limit(static_cast<std::uint32_t>(options_.max_header_bytes));
      parser.body_limit(boost::none);
      parser.eager(false);
      if (!co_await read_head(parser)) break;
      connection_.keep_alive = parser.get().keep_alive();
      co_await answer(parser);
    }
    co_await linger();
  }

 private:
  // False when there is no request, or none that can be understood. A server that has no connection left hangs up on those
  // that have waited here longest.
  asio::awaitable<bool> read_head(HeadParser& parser) {
    connection_.waits_since_ns = monotonic_ns();
    const bool whole = co_await read_whole_head(parser);
    connection_.waits_since_ns = Connection::kNever;
    co_return whole;
  }

  asio::awaitable<bool> read_whole_head(HeadParser& parser) {
    if (connection_.buffer.size() == 0) {  // the deadline of a head begins with its first byte
      connection_.give_up_after(options_.idle_timeout_ms);
      connection_.idle = true;
      const auto error = co_await connection_.fill(kHeadBlockBytes);
      connection_.idle = false;
      if (error) co_return hang_up();
    }
    connection_.give_up_after(options_.read_timeout_ms);
    for (;;) {
      error_code error;
      connection_.buffer.consume(parser.put(connection_.buffer.data(), error));
      if (parser.is_header_done()) co_return true;
      if (error && error != http::error::need_more) {
        co_await refuse_head(error);
        co_return false;
      }
      error = co_await connection_.fill(kHeadBlockBytes);
      if (error == asio::error::eof) co_await refuse_head(http::error::partial_message);
      if (error) co_return hang_up();
    }
  }

  // After what is under way. False, for those who tell whether to go on.
  bool hang_up() {
    connection_.keep_alive = false;
    return false;
  }

  asio::awaitable<void> refuse_head(error_code error) {
    const bool large = error == http::error::header_limit;
    const Error trouble{Code::invalid, large ? fmt::format("the request's headers are larger than {} bytes", options_.max_header_bytes)
                                             : "not a valid HTTP/1.1 request: " + error.message()};
    const Request unknown;
    connection_.keep_alive = false;
    co_await out_.send_text(unknown, plain_error(large ? 431 : 400, trouble, unknown));
  }

  asio::awaitable<void> answer(HeadParser& parser) {
    const auto started_ns = monotonic_ns();
    const bool crowded = !Sending::room_for(shared_.requests, options_.max_connections, caller().requests);
    const Counted begun(shared_.requests, caller().requests);
    auto request = to_request(parser.get());
    if (!request) co_return co_await out_.refuse(Request{}, 400, request.error());
    if (const auto may = check_origin(shared_.rules, request->header("Host"), request->header("Origin")); !may) {
      co_return co_await out_.refuse(*request, may.error().code == Code::denied ? 403 : 400, may.error());
    }
    if (const auto told = answer_preflight(shared_.rules, *request)) {
      connection_.keep_alive = false;
      co_return co_await out_.send_text(*request, *told);
    }
    if (!take_prefix(request->path, options_.prefix)) {
      co_return co_await out_.refuse(*request, 404,
                                     {Code::not_found, fmt::format("there is nothing at {:.200}", request->path), {}, "all is under " + options_.prefix});
    }
    std::vector<std::string> allowed;
    auto match = shared_.router.match(request->method, request->path, &allowed);
    if (!match) co_return co_await out_.refuse_unrouted(*request, allowed);
    request->path_parameters = std::move(match->parameters);
    request->client = caller().name;
    if (crowded || !Sending::room_for(shared_.statistics.waiting, options_.max_queued, caller().waiting)) co_return co_await out_.shed(*request);
    if (match->options->body == BodyMode::stream && out_.no_transfer_free()) co_return co_await out_.shed(*request);

    if (parser.get()[http::field::expect] == "100-continue") {
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      const std::array<asio::const_buffer, 2> parts{asio::buffer(kContinue), asio::const_buffer()};
      co_await connection_.send(parts);
    }
    int status = 0;
    HeldBytes held(shared_.statistics.held_bytes, caller().held_bytes, options_.max_held_bytes);
    if (match->options->body == BodyMode::stream) {
      status = co_await handle_stream(parser, *request, *match);
    } else {
      if (!co_await read_body(parser, *request, match->options->max_body_bytes, held)) co_return;
      status = co_await handle(*request, *match);
    }
    const auto latency_ns = monotonic_ns() - started_ns;
    shared_.statistics.count(request->method, match->pattern, status, latency_ns);
    tell_answered(*request, match->pattern, status, latency_ns);
  }

  asio::awaitable<int> handle(const Request& request, const Router::Match& match) {
    auto work = [&] { return call(match, request); };
    const bool quick = request.body.size() <= kQuickBodyBytes && match.options->is_quick && match.options->is_quick(request);
    auto& turns = request.method == "GET" || request.method == "HEAD" ? shared_.reader_turns : shared_.turns;
    const auto by_turns = [&](Turns::Job job) { turns.post(connection_.caller, std::move(job)); };
    std::optional<Response> response;
    {
      const Counted waits(shared_.statistics.waiting, caller().waiting);
      response = quick ? work() : co_await offload(by_turns, work);
    }
    if (const auto hold = take_hold(*response)) {
      const std::function<asio::awaitable<Response>()> again = [&]() -> asio::awaitable<Response> { co_return co_await offload(by_turns, work); };
      connection_.never_give_up();
      response = co_await held(shared_, loop_, *hold, again);
      connection_.give_up_after(options_.read_timeout_ms);
    }
    co_await out_.send(request, *response);
    co_return response->status;
  }

  asio::awaitable<bool> read_body(HeadParser& head, Request& request, std::size_t limit, HeldBytes& held) {
    const auto told = head.content_length();
    if (told && *told > limit) {
      co_await out_.refuse_large(request, limit);
      co_return false;
    }
    WholeParser parser(std::move(head));
    parser.body_limit(limit);
    parser.eager(true);
    connection_.give_up_after(options_.read_timeout_ms);
    if (const auto error = co_await read_rest(parser, held)) {
      connection_.keep_alive = false;
      if (error == http::error::body_limit) {
        co_await out_.refuse_large(request, limit);
      } else if (error == asio::error::no_buffer_space) {
        co_await out_.shed(request);
      } else if (is_malformed(error)) {
        co_await out_.refuse(request, 400, {Code::invalid, "the request's body is not valid HTTP/1.1: " + error.message()});
      }
      co_return false;
    }
    request.body = std::move(parser.get().body());
    const auto encoding = request.header("Content-Encoding").value_or("identity");
    if (boost::beast::iequals(encoding, "gzip")) co_return co_await take_unpacked(request, gunzip(request.body, limit), held);
    if (boost::beast::iequals(encoding, "deflate")) co_return co_await take_unpacked(request, inflate_body(request.body, limit), held);
    if (boost::beast::iequals(encoding, "identity")) co_return true;
    co_await out_.refuse(
        request, 415,
        {Code::invalid, fmt::format("the content encoding '{:.80}' is not known here", encoding), {}, "send gzip, deflate, or the body as it is"});
    co_return false;
  }

  asio::awaitable<error_code> read_rest(WholeParser& parser, HeldBytes& held) {
    for (error_code error; !parser.is_done();) {
      connection_.buffer.consume(without_throw(error, [&] { return parser.put(connection_.buffer.data(), error); }));
      if (error && error != http::error::need_more) co_return error;
      if (!held.grow_to(parser.get().body().size())) co_return asio::error::no_buffer_space;
      if (parser.is_done()) break;
      error = co_await connection_.fill(kBodyBlockBytes);
      if (error) co_return error;
    }
    co_return error_code();
  }

  asio::awaitable<bool> take_unpacked(Request& request, Result<std::string> unpacked, HeldBytes& held) {
    if (!unpacked) {
      co_await out_.refuse(request, unpacked.error().code == Code::exhausted ? 413 : 400, unpacked.error());
      co_return false;
    }
    request.body = std::move(*unpacked);
    if (held.grow_to(request.body.size())) co_return true;
    co_await out_.shed(request);
    co_return false;
  }

  Caller& caller() { return *connection_.caller; }
  // The worker owns the socket while it reads the body and writes the answer.
  asio::awaitable<int> handle_stream(HeadParser& parser, Request& request, const Router::Match& match) {
    connection_.never_give_up();
    BlockingStream socket(connection_.socket.native_handle(), static_cast<int>(options_.read_timeout_ms));
    parser.eager(true);
    UploadSource source(socket, connection_.buffer, parser);
    request.stream = &source;
    auto work = [&] {
      auto response = call(match, request);
      if (!parser.is_done()) connection_.keep_alive = false;  // the rest of the body is not waited for
      return response;
    };
    auto response = co_await out_.transfer(work);
    co_await out_.send(request, response);
    co_return response.status;
  }

  // Closing over unread bytes would reset the connection, and the client might lose the answer that tells it why. Where connections are
  // needed, it has to go like one that asks nothing.
  asio::awaitable<void> linger() {
    error_code ignored;
    connection_.socket.shutdown(tcp::socket::shutdown_send, ignored);
    connection_.give_up_after(kLingerMs);
    connection_.waits_since_ns = monotonic_ns();
    for (std::size_t drained = 0; drained < kMaxDrainedBytes && !shared_.draining; drained += connection_.buffer.size()) {
      connection_.buffer.clear();
      if (co_await connection_.fill(kBodyBlockBytes)) co_return;
    }
  }

  Shared& shared_;
  const ServerOptions& options_;
  Loop& loop_;
  Connection connection_;
  Sending out_;
};

}  // namespace

asio::awaitable<void> converse(Shared& shared, Loop& loop, tcp::socket socket, std::shared_ptr<Caller> caller) {
  Conversation conversation(shared, loop, std::move(socket), std::move(caller));
  co_await conversation.run();
}

}  // namespace gyre::net
