// What the server counts: requests by route and status, and how long they took.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <string>
#include <string_view>

#include "base/guarded.h"
#include "base/json.h"

namespace gyre::net {

// Thread-safe.
class Statistics {
 public:
  static constexpr std::array<double, 12> kBoundsMs = {0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 500, 1000, 10000};

  void count(std::string_view method, std::string_view pattern, int status, std::int64_t latency_ns);
  json::Value to_json() const;

  std::atomic<std::int64_t> connections = 0, refused_connections = 0, evicted_connections = 0, waiting = 0, transfers = 0, shed = 0;
  std::atomic<std::int64_t> held_bytes = 0;  // by bodies of requests

 private:
  struct Route {
    std::map<int, std::int64_t> by_status;
    std::array<std::int64_t, kBoundsMs.size() + 1> buckets{};
    double sum_ms = 0;
  };
  Guarded<std::map<std::string, Route, std::less<>>> routes_;
};

}  // namespace gyre::net
