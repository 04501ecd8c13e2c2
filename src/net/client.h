// Outgoing HTTP, with time-outs and retries (libcurl).
#pragma once

#include "net/message.h"

namespace gyre::net {

struct ClientOptions {
  std::int64_t connect_timeout_ms = 5'000, total_timeout_ms = 60'000;
  int retries = 2;  // of requests that did not reach a handler, and of 502, 503, 504; with jittered back-off
  std::size_t max_answer_bytes = 256 << 20;
};

struct ClientRequest {
  std::string method = "GET", url;
  Headers headers;
  std::string body;
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
