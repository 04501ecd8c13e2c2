// A connection and the I/O thread that looks after it. Inside net/ only: this header brings in Asio.
#pragma once

#include <boost/asio.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <limits>
#include <set>

#include "base/clock.h"
#include "net/callers.h"

namespace gyre::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kHeadBlockBytes = 16 << 10, kBodyBlockBytes = 64 << 10;
constexpr std::size_t kMaxBufferedBytes = 256 << 10;  // read, but not yet a whole head, chunk's line or trailer

// Used by its loop's thread, but for the time that a worker has it for streaming.
struct Connection {
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  Connection(tcp::socket from, std::shared_ptr<Caller> by) : socket(std::move(from)), caller(std::move(by)) {}
  void give_up_after(std::int64_t ms) { give_up_ns = monotonic_ns() + ms * 1'000'000; }
  void never_give_up() { give_up_ns = kNever; }

  // At least one byte more, in the buffer's end; fails with `buffer_overflow` where it is full.
  asio::awaitable<error_code> fill(std::size_t most);
  // All of it; most answers fit into the socket's buffer, and then nothing is waited for.
  asio::awaitable<error_code> send(std::array<asio::const_buffer, 2> parts);

  tcp::socket socket;
  const std::shared_ptr<Caller> caller;
  boost::beast::flat_buffer buffer{kMaxBufferedBytes};  // what was read and not yet used
  bool keep_alive = true;
  bool idle = false;                     // waits for a request
  std::int64_t waits_since_ns = kNever;  // for a request's head, its first byte included; kNever: it has one
  std::int64_t give_up_ns = kNever;      // when what it waits for takes too long
};

// One I/O thread. A timer for each read and write would cost more than the reads and writes: instead all connections are
// looked through now and then, and those whose time is over lose what they wait for.
class Loop {
 public:
  explicit Loop(std::int64_t shortest_timeout_ms);
  // Runs until end(), on the calling thread.
  void run();
  // What a worker still reads or writes ends too: no client can hold up the end.
  void end();
  // No more waiting: for requests that have not begun, for news to send to those who watch.
  void wake_idle();
  // Hangs up on a connection that waits for a request's head: one of the caller who has most, there the one that has waited longest.
  // It has waited for `least_wait_ms`, or its caller has more connections than `newcomer`. False where there is none.
  asio::awaitable<bool> let_one_go(std::int64_t least_wait_ms, const Caller& newcomer);

  // Of connections, and of timers that wait for news; touched on the loop's thread alone.
  std::set<Connection*> connections;
  std::set<asio::steady_timer*> watches;
  asio::io_context io{1};  // last: what still waits in it refers to the sets

 private:
  asio::awaitable<void> sweep();
  const std::chrono::milliseconds sweep_each_;
};

}  // namespace gyre::net
