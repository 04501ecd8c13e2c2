// The HTTP/1.1 server. Sockets and coroutines stay behind this header.
#pragma once

#include "net/hub.h"
#include "net/router.h"

namespace gyre::net {

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: a free one
  unsigned workers = 32;   // threads for all but GET and HEAD: most wait, and so many writes share a commit
  unsigned readers = 8;    // threads for GET and HEAD alone: who reads waits for no disk that is slow to keep what others write
  // Of each of these, one address alone gets three quarters: the rest is for those who have little (callers.h).
  std::size_t max_connections = 1024;
  std::size_t max_queued = 512;    // requests that wait for a worker; beyond it 503 at once
  std::size_t max_transfers = 64;  // bodies that stream at the same time, each on a thread of its own; beyond it 503
  std::size_t max_header_bytes = 64 << 10;
  std::size_t max_held_bytes = 512 << 20;  // of whole bodies above 64 KiB, together; beyond it 503
  std::int64_t read_timeout_ms = 60'000, idle_timeout_ms = 120'000, drain_timeout_ms = 20'000;
  std::string prefix;                        // "/gyre": of every path that is answered; empty: none
  std::vector<std::string> allowed_hosts;    // besides loopback names and the listening address, with any port
  std::vector<std::string> allowed_origins;  // whose pages may ask besides our own: "https://app.example.org"
};

// `denied` when others than this machine could reach the address.
Result<void> check_listening_host(std::string_view host);

// Serves on threads of its own from start() until stop().
class Server {
 public:
  virtual ~Server() = default;
  // Fails with `unavailable` when the address cannot be bound, with `denied` when it is not loopback.
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, const Router& router, Hub& hub);
  virtual std::uint16_t port() const = 0;
  // Takes no new requests, finishes those in flight (at most drain_timeout_ms), then returns.
  virtual void stop() = 0;
  virtual json::Value statistics() const = 0;  // requests by pattern and status, latency, connections, queue: for /metrics
};

// Blocks until SIGINT or SIGTERM arrives. Call block_signals() in main before any thread starts.
void block_signals();
void wait_for_signal();

}  // namespace gyre::net
