#include "net/hub.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>

#include "base/clock.h"

namespace gyre::net {

namespace {

constexpr std::int64_t kIdsAMillisecond = 1000;  // ids stay exact as JavaScript's numbers until the year 2255

}  // namespace

struct Hub::State {
  struct Watcher {
    std::vector<std::string> prefixes;
    Deliver deliver;
    bool wants(const LiveEvent& event) const {
      return std::ranges::any_of(prefixes, [&](const std::string& prefix) { return event.topic.starts_with(prefix); });
    }
  };
  std::mutex mutex;
  std::int64_t last_id = 0, last_watcher = 0;
  std::deque<LiveEvent> kept;
  std::map<std::int64_t, Watcher> watchers;
};

// Ids of an earlier process lie below those of this one, so that who comes back with one of them is told of the gap.
Hub::Hub() : state_(std::make_unique<State>()) { state_->last_id = RealClock().now_ms() * kIdsAMillisecond; }
Hub::~Hub() = default;

void Hub::publish(std::string topic, std::string data) {
  const std::lock_guard lock(state_->mutex);
  const auto& event = state_->kept.emplace_back(LiveEvent{++state_->last_id, std::move(topic), std::move(data)});
  std::erase_if(state_->watchers, [&](auto& entry) { return entry.second.wants(event) && !entry.second.deliver(event); });
  if (state_->kept.size() > kKept) state_->kept.pop_front();
}

std::int64_t Hub::watch(std::vector<std::string> topic_prefixes, std::int64_t after_id, Deliver deliver) {
  const std::lock_guard lock(state_->mutex);
  if (state_->watchers.size() >= kMaxWatchers) return 0;
  State::Watcher watcher{std::move(topic_prefixes), std::move(deliver)};
  if (after_id >= 0) {
    const auto first_kept = state_->kept.empty() ? state_->last_id + 1 : state_->kept.front().id;
    const auto missed =
        static_cast<std::size_t>(std::ranges::count_if(state_->kept, [&](const LiveEvent& event) { return event.id > after_id && watcher.wants(event); }));
    const bool gap = after_id > state_->last_id || after_id + 1 < first_kept || missed > kMaxReplayed;
    if (gap) watcher.deliver({state_->last_id, std::string(kResync), "{}"});
    for (const auto& event : state_->kept) {
      if (!gap && event.id > after_id && watcher.wants(event)) watcher.deliver(event);
    }
  }
  state_->watchers[++state_->last_watcher] = std::move(watcher);
  return state_->last_watcher;
}

void Hub::leave(std::int64_t watcher) {
  const std::lock_guard lock(state_->mutex);
  state_->watchers.erase(watcher);
}

}  // namespace gyre::net
