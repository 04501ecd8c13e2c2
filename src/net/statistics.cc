#include "net/statistics.h"

#include <algorithm>

namespace gyre::net {

void Statistics::count(std::string_view method, std::string_view pattern, int status, std::int64_t latency_ns) {
  const double ms = static_cast<double>(latency_ns) / 1e6;
  const auto bucket = static_cast<std::size_t>(std::ranges::lower_bound(kBoundsMs, ms) - kBoundsMs.begin());
  routes_.with([&](auto& routes) {
    std::string key(method);
    key += ' ';
    key += pattern;
    auto& route = routes[key];
    ++route.by_status[status];
    ++route.buckets[bucket];
    route.sum_ms += ms;
  });
}

json::Value Statistics::to_json() const {
  json::Object all;
  routes_.with([&](const auto& routes) {
    for (const auto& [name, route] : routes) {
      json::Object statuses;
      for (const auto& [status, n] : route.by_status) statuses.emplace_back(std::to_string(status), n);
      json::Array buckets;
      for (const auto n : route.buckets) buckets.emplace_back(n);
      all.emplace_back(name, json::Object{{"by_status", std::move(statuses)}, {"buckets", std::move(buckets)}, {"sum_ms", route.sum_ms}});
    }
  });
  return json::Object{{"routes", std::move(all)},
                      {"connections", connections.load()},
                      {"refused_connections", refused_connections.load()},
                      {"evicted_connections", evicted_connections.load()},
                      {"waiting", waiting.load()},
                      {"transfers", transfers.load()},
                      {"held_bytes", held_bytes.load()},
                      {"shed", shed.load()}};
}

}  // namespace gyre::net
