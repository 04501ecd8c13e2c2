#include "net/conversation.h"

#include <fmt/format.h>

#include "base/log.h"
#include "net/bodies.h"
#include "net/cors.h"
#include "net/event_stream.h"
#include "net/exchange.h"
#include "net/gzip.h"

namespace gyre::net {
namespace {

namespace http = boost::beast::http;
using WholeParser = http::request_parser<http::string_body>;

constexpr std::int64_t kLingerMs = 1000;
constexpr std::size_t kMaxDrainedBytes = 8 << 20;
// Above it even a handler that says that it is quick may hold up the others of its thread.
constexpr std::size_t kQuickBodyBytes = 16 << 10;

// The id and the trace let a line be found from what the client, or the service before it, has kept.
void tell(const Request& request, const Error& error) {
  log::write(log::Level::error, request.method + " " + request.path,
             {{"code", std::string(to_string(error.code))},
              {"error", error.message},
              {"detail", error.detail},
              {"request_id", request.request_id},
              {"traceparent", request.traceparent}});
}

void tell_answered(const Request& request, std::string_view pattern, int status, std::int64_t latency_ns) {
  if (!log::is_on(log::Level::debug)) return;
  log::write(log::Level::debug, request.method + " " + request.path,
             {{"route", std::string(pattern)},
              {"status", std::to_string(status)},
              {"ms", fmt::format("{:.3f}", static_cast<double>(latency_ns) / 1e6)},
              {"request_id", request.request_id},
              {"traceparent", request.traceparent}});
}

Response call(const Router::Match& match, const Request& request) try {
  auto response = (*match.handler)(request);
  if (response) return *std::move(response);
  if (response.error().code == Code::internal) tell(request, response.error());
  return (*match.on_error)(response.error(), request);
} catch (const std::exception& thrown) {
  const Error error{Code::internal, "the server failed on this request", thrown.what()};
  tell(request, error);
  return (*match.on_error)(error, request);
}

// False where the path is not under the prefix.
bool take_prefix(std::string& path, std::string_view prefix) {
  if (prefix.empty()) return true;
  if (!path.starts_with(prefix) || (path.size() > prefix.size() && path[prefix.size()] != '/')) return false;
  path.erase(0, prefix.size());
  if (path.empty()) path = "/";
  return true;
}

class Conversation {
 public:
  Conversation(Shared& shared, Loop& loop, tcp::socket socket, std::shared_ptr<Caller> caller)
      : shared_(shared), options_(shared.options), loop_(loop), connection_(std::move(socket), std::move(caller)) {
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
    co_await send_text(unknown, plain_error(large ? 431 : 400, trouble, unknown));
  }

  asio::awaitable<void> answer(HeadParser& parser) {
    const auto started_ns = monotonic_ns();
    const bool crowded = !room_for(shared_.requests, options_.max_connections, caller().requests);
    const Counted begun(shared_.requests, caller().requests);
    auto request = to_request(parser.get());
    if (!request) co_return co_await refuse(Request{}, 400, request.error());
    if (const auto may = check_origin(shared_.rules, request->header("Host"), request->header("Origin")); !may) {
      co_return co_await refuse(*request, may.error().code == Code::denied ? 403 : 400, may.error());
    }
    if (const auto told = answer_preflight(shared_.rules, *request)) {
      connection_.keep_alive = false;
      co_return co_await send_text(*request, *told);
    }
    if (!take_prefix(request->path, options_.prefix)) {
      co_return co_await refuse(*request, 404,
                                {Code::not_found, fmt::format("there is nothing at {:.200}", request->path), {}, "all is under " + options_.prefix});
    }
    std::vector<std::string> allowed;
    auto match = shared_.router.match(request->method, request->path, &allowed);
    if (!match) co_return co_await refuse_unrouted(*request, allowed);
    request->path_parameters = std::move(match->parameters);
    request->client = caller().name;
    if (crowded || !room_for(shared_.statistics.waiting, options_.max_queued, caller().waiting)) co_return co_await shed(*request);
    if (match->options->body == BodyMode::stream && no_transfer_free()) co_return co_await shed(*request);

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
    co_await send(request, *response);
    co_return response->status;
  }

  asio::awaitable<bool> read_body(HeadParser& head, Request& request, std::size_t limit, HeldBytes& held) {
    const auto told = head.content_length();
    if (told && *told > limit) {
      co_await refuse_large(request, limit);
      co_return false;
    }
    WholeParser parser(std::move(head));
    parser.body_limit(limit);
    parser.eager(true);
    connection_.give_up_after(options_.read_timeout_ms);
    if (const auto error = co_await read_rest(parser, held)) {
      connection_.keep_alive = false;
      if (error == http::error::body_limit) {
        co_await refuse_large(request, limit);
      } else if (error == asio::error::no_buffer_space) {
        co_await shed(request);
      } else if (is_malformed(error)) {
        co_await refuse(request, 400, {Code::invalid, "the request's body is not valid HTTP/1.1: " + error.message()});
      }
      co_return false;
    }
    request.body = std::move(parser.get().body());
    const auto encoding = request.header("Content-Encoding").value_or("identity");
    if (boost::beast::iequals(encoding, "gzip")) co_return co_await take_unpacked(request, gunzip(request.body, limit), held);
    if (boost::beast::iequals(encoding, "deflate")) co_return co_await take_unpacked(request, inflate_body(request.body, limit), held);
    if (boost::beast::iequals(encoding, "identity")) co_return true;
    co_await refuse(request, 415,
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
      co_await refuse(request, unpacked.error().code == Code::exhausted ? 413 : 400, unpacked.error());
      co_return false;
    }
    request.body = std::move(*unpacked);
    if (held.grow_to(request.body.size())) co_return true;
    co_await shed(request);
    co_return false;
  }

  Caller& caller() { return *connection_.caller; }
  static bool room_for(std::int64_t all, std::size_t most, std::int64_t own) { return has_room(all, static_cast<std::int64_t>(most), own); }
  bool no_transfer_free() { return !room_for(shared_.statistics.transfers, options_.max_transfers, caller().transfers); }
  // Runs what reads or writes a body as it streams.
  template <class Work>
  asio::awaitable<std::invoke_result_t<Work&>> transfer(Work& work) {
    const Counted counted(shared_.statistics.transfers, caller().transfers);
    const auto at_once = [this](auto job) { asio::post(shared_.transfers, std::move(job)); };
    co_return co_await offload(at_once, work);
  }

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
    auto response = co_await transfer(work);
    co_await send(request, response);
    co_return response.status;
  }

  asio::awaitable<void> send(const Request& request, Response& response) {
    if (shared_.draining) connection_.keep_alive = false;
    let_read(shared_.rules, request, response);
    if (const auto* events = std::get_if<EventStream>(&response.body)) {
      if (co_await send_events(shared_, loop_, connection_, request, *events)) co_return;
      co_return co_await refuse(request, 503, {Code::exhausted, "too many pages watch this server", {}, "close some"});
    }
    if (auto* write = std::get_if<BodyWriter>(&response.body)) co_return co_await send_written(request, response, *write);
    co_await send_text(request, response);
  }

  asio::awaitable<void> send_text(const Request& request, const Response& response) {
    const auto& plain = std::get<std::string>(response.body);
    std::string packed;
    const bool gzipped = wants_gzip(request, response, plain.size());
    if (gzipped) packed = gzip(plain);
    const std::string& body = gzipped ? packed : plain;
    const auto head = head_text(response, request, static_cast<std::int64_t>(body.size()), connection_.keep_alive,
                                gzipped ? "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n" : "");
    const bool bodyless = request.method == "HEAD" || response.status == 204 || response.status == 304;
    const std::array<asio::const_buffer, 2> parts{asio::buffer(head), bodyless ? asio::const_buffer() : asio::buffer(body)};
    connection_.give_up_after(options_.read_timeout_ms);
    if (co_await connection_.send(parts)) connection_.keep_alive = false;
  }

  asio::awaitable<void> send_written(const Request& request, Response& response, BodyWriter& write) {
    if (no_transfer_free()) co_return co_await shed(request);
    connection_.never_give_up();
    BlockingStream socket(connection_.socket.native_handle(), static_cast<int>(options_.read_timeout_ms));
    auto work = [&]() -> bool {
      const bool chunked = !response.content_length;
      if (!socket.write_all(head_text(response, request, response.content_length, connection_.keep_alive))) return false;
      if (request.method == "HEAD") return true;
      DownloadSink sink(socket, chunked);
      const auto outcome = write(sink);
      if (!outcome && outcome.error().code != Code::cancelled) log::report(log::Level::error, "while sending " + request.path, outcome.error());
      return outcome && (!chunked || socket.write_all("0\r\n\r\n"));
    };
    if (!co_await transfer(work)) connection_.keep_alive = false;  // the client sees a body cut off, not a wrong one
  }

  asio::awaitable<void> refuse(const Request& request, int status, const Error& error) {
    connection_.keep_alive = false;  // the body, if any, is not read
    co_await send_text(request, plain_error(status, error, request));
    shared_.statistics.count(request.method, "(refused)", status, 0);
  }

  asio::awaitable<void> refuse_large(const Request& request, std::size_t limit) {
    const Error error{Code::exhausted, fmt::format("the request's body is larger than the {} bytes that this route takes", limit), {}, "send it in parts"};
    co_await refuse(request, 413, error);
  }

  asio::awaitable<void> shed(const Request& request) {
    ++shared_.statistics.shed;
    connection_.keep_alive = false;
    auto response = plain_error(503, {Code::exhausted, "the server has too much to do right now", {}, "try again in a second"}, request);
    response.headers.emplace("Retry-After", "1");
    co_await send_text(request, response);
  }

  asio::awaitable<void> refuse_unrouted(const Request& request, const std::vector<std::string>& allowed) {
    if (allowed.empty()) {
      const Error error{Code::not_found, fmt::format("there is nothing at {:.200}", request.path), {}, "see the API's description at /api/v1"};
      co_return co_await refuse(request, 404, error);
    }
    connection_.keep_alive = false;
    auto response = plain_error(
        405, {Code::invalid, fmt::format("{} is not possible here", request.method), {}, fmt::format("possible: {}", fmt::join(allowed, ", "))}, request);
    response.headers.emplace("Allow", fmt::format("{}", fmt::join(allowed, ", ")));
    co_await send_text(request, response);
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
};

}  // namespace

asio::awaitable<void> converse(Shared& shared, Loop& loop, tcp::socket socket, std::shared_ptr<Caller> caller) {
  Conversation conversation(shared, loop, std::move(socket), std::move(caller));
  co_await conversation.run();
}

}  // namespace gyre::net
