#include "net/sending.h"

#include <fmt/format.h>

#include "base/log.h"
#include "net/blocking_stream.h"
#include "net/bodies.h"
#include "net/cors.h"
#include "net/event_stream.h"
#include "net/exchange.h"
#include "net/gzip.h"

namespace gyre::net {

asio::awaitable<void> Sending::send(const Request& request, Response& response) {
  if (shared_.draining) connection_.keep_alive = false;
  let_read(shared_.rules, request, response);
  if (const auto* events = std::get_if<EventStream>(&response.body)) {
    if (co_await send_events(shared_, loop_, connection_, request, *events)) co_return;
    co_return co_await refuse(request, 503, {Code::exhausted, "too many pages watch this server", {}, "close some"});
  }
  if (auto* write = std::get_if<BodyWriter>(&response.body)) co_return co_await send_written(request, response, *write);
  co_await send_text(request, response);
}

asio::awaitable<void> Sending::send_text(const Request& request, const Response& response) {
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

asio::awaitable<void> Sending::send_written(const Request& request, Response& response, BodyWriter& write) {
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

asio::awaitable<void> Sending::refuse(const Request& request, int status, const Error& error) {
  connection_.keep_alive = false;  // the body, if any, is not read
  co_await send_text(request, plain_error(status, error, request));
  shared_.statistics.count(request.method, "(refused)", status, 0);
}

asio::awaitable<void> Sending::refuse_large(const Request& request, std::size_t limit) {
  const Error error{Code::exhausted, fmt::format("the request's body is larger than the {} bytes that this route takes", limit), {}, "send it in parts"};
  co_await refuse(request, 413, error);
}

asio::awaitable<void> Sending::shed(const Request& request) {
  ++shared_.statistics.shed;
  connection_.keep_alive = false;
  auto response = plain_error(503, {Code::exhausted, "the server has too much to do right now", {}, "try again in a second"}, request);
  response.headers.emplace("Retry-After", "1");
  co_await send_text(request, response);
}

asio::awaitable<void> Sending::refuse_unrouted(const Request& request, const std::vector<std::string>& allowed) {
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

}  // namespace gyre::net
