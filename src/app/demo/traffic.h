// The demo's client: sends a day's flights to the endpoint over HTTP, and later what became of them.
#pragma once

#include <cstdint>

#include "app/demo/slices.h"
#include "net/client.h"

namespace gyre::demo {

struct Sent {
  std::int64_t scored = 0;   // rows answered
  std::int64_t refused = 0;  // rows that the endpoint would not score: airports that the model has not learned
  std::int64_t requests = 0;
  Sent& operator+=(const Sent& other);
};

class Traffic {
 public:
  Traffic(std::string server_url, std::string endpoint) : server_url_(std::move(server_url)), endpoint_(std::move(endpoint)) {}

  // The flights of one hour, in batches. Each request has an id made of day, hour and batch, so that sending an hour again
  // after a crash logs nothing twice.
  Result<Sent> send_hour(const Day& flights, TimeMs day, int hour);
  // Whether each flight was late, by id.
  Result<void> send_labels(const Day& flights, TimeMs day);

  static constexpr std::size_t kBatchRows = 1000;

 private:
  Result<Sent> send_batch(const Day& flights, std::vector<std::size_t> rows, const std::string& request_id);

  const std::string server_url_, endpoint_;
  net::Client client_;
};

}  // namespace gyre::demo
