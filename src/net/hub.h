// Live events to whoever watches: server-sent events and long polls wait here, not on worker threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::net {

struct LiveEvent {
  std::int64_t id = 0;  // grows, also over restarts; a client that comes back names the last one it saw
  std::string topic;    // "run.created", "alert.opened", ...; a watcher of "run." sees all that start so
  std::string data;     // JSON
};

// Thread-safe. Keeps the last kKept events for clients that come back; a longer gap is told as a "resync" event.
class Hub {
 public:
  static constexpr std::size_t kKept = 4096;
  static constexpr std::size_t kMaxWatchers = 512;
  static constexpr std::size_t kMaxReplayed = 512;  // to one who comes back; who missed more is told of a gap
  static constexpr std::string_view kResync = "resync";
  Hub();
  ~Hub();
  void publish(std::string topic, std::string data);

  // Used by the server: `deliver` is called on the publisher's thread, must not block, and returns false to leave.
  using Deliver = std::function<bool(const LiveEvent&)>;
  std::int64_t watch(std::vector<std::string> topic_prefixes, std::int64_t after_id, Deliver deliver);
  void leave(std::int64_t watcher);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gyre::net
