// Outgoing HTTP, with time-outs and retries (libcurl).
#pragma once

#include <functional>

#include "net/message.h"

namespace gyre::net {

struct ClientOptions {
  std::int64_t connect_timeout_ms = 5'000;
  std::int64_t total_timeout_ms = 60'000;  // 0: none
  std::int64_t stall_timeout_ms = 60'000;  // without a byte either way
  int retries = 2;                         // of requests that did not reach a handler, and of 502, 503, 504; with jittered back-off
  std::size_t max_answer_bytes = 256 << 20;
};

struct ClientRequest {
  std::string method = "GET", url;
  Headers headers;
  std::string body;
  bool public_only = false;  // connects to public addresses alone, whatever the name leads to, and through no proxy: `denied` otherwise

  // For what is too large to be held in memory.
  ByteSource* source = nullptr;  // sent instead of `body`; it is read once, so that such a request is never repeated
  std::int64_t source_bytes = 0;
  ByteSink* sink = nullptr;  // takes the body of an answer below 300, which then is empty in the response
  // Asked now and then while bytes flow, with those of the body so far; false ends the request with `cancelled`.
  std::function<bool(std::int64_t sent_bytes, std::int64_t received_bytes)> progress;
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

// Not thread-safe: one per thread; keeps its connection alive.
class Client {
 public:
  explicit Client(ClientOptions options = {});
  ~Client();
  // `unavailable` when the server cannot be reached. A status of 400 or more is an answer, not an error.
  Result<ClientResponse> send(const ClientRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gyre::net
