#include "net/connection.h"

#include <algorithm>
#include <boost/beast/core/buffers_suffix.hpp>
#include <boost/beast/http/error.hpp>

namespace gyre::net {

asio::awaitable<error_code> Connection::fill(std::size_t most) {
  if (buffer.size() + most > buffer.max_size()) co_return boost::beast::http::error::buffer_overflow;
  const auto [error, got] = co_await socket.async_read_some(buffer.prepare(most), kNoThrow);
  buffer.commit(got);
  co_return error;
}

asio::awaitable<error_code> Connection::send(std::array<asio::const_buffer, 2> parts) {
  error_code error;
  boost::beast::buffers_suffix rest(parts);
  rest.consume(socket.write_some(parts, error));
  if (error && error != asio::error::would_block) co_return error;
  if (asio::buffer_size(rest) == 0) co_return error_code();
  const auto [failed, sent] = co_await asio::async_write(socket, rest, kNoThrow);
  co_return failed;
}

Loop::Loop(std::int64_t shortest_timeout_ms) : sweep_each_(std::clamp<std::int64_t>(shortest_timeout_ms / 8, 10, 1000)) {
  asio::co_spawn(io, sweep(), asio::detached);
}

void Loop::run() { io.run(); }

void Loop::end() {
  asio::post(io, [this] {
    error_code ignored;
    for (auto* connection : connections) connection->socket.shutdown(tcp::socket::shutdown_both, ignored);
    io.stop();
  });
}

void Loop::wake_idle() {
  error_code ignored;
  for (auto* connection : connections) {
    if (connection->idle) connection->socket.cancel(ignored);
  }
  for (auto* timer : watches) timer->cancel();
}

// Its client is not told: it has not asked anything yet.
asio::awaitable<bool> Loop::let_one_go(std::int64_t least_wait_ms, const Caller& newcomer) {
  const auto latest_ns = monotonic_ns() - least_wait_ms * 1'000'000;
  const auto may_go = [&](const Connection* one) {
    if (one->waits_since_ns == Connection::kNever) return false;
    return one->waits_since_ns <= latest_ns || one->caller->connections > newcomer.connections + 1;
  };
  const auto rank = [](const Connection* one) { return std::pair(-one->caller->connections, one->waits_since_ns); };
  Connection* chosen = nullptr;
  for (auto* one : connections) {
    if (may_go(one) && (!chosen || rank(one) < rank(chosen))) chosen = one;
  }
  if (!chosen) co_return false;
  chosen->waits_since_ns = Connection::kNever;  // it is not chosen twice
  error_code ignored;
  chosen->socket.close(ignored);
  co_return true;
}

asio::awaitable<void> Loop::sweep() {
  asio::steady_timer timer(io);
  for (;;) {
    timer.expires_after(sweep_each_);
    co_await timer.async_wait(kNoThrow);
    const auto now_ns = monotonic_ns();
    for (auto* connection : connections) {
      error_code ignored;
      if (connection->give_up_ns <= now_ns) connection->socket.cancel(ignored);
    }
  }
}

}  // namespace gyre::net
