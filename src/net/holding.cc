#include "net/holding.h"

namespace gyre::net {
namespace {

std::atomic<int> answers_held = 0;  // of this process: they are watchers of hubs, and leave room for other ones

struct Place {
  const bool free = answers_held.fetch_add(1) < kMaxHeld;
  ~Place() { answers_held.fetch_sub(1); }
};

// Rung from the publisher's thread, heard on the loop's.
struct Bell {
  explicit Bell(Loop& loop) : loop(loop), timer(loop.io) {}
  Loop& loop;
  asio::steady_timer timer;
  std::atomic<bool> rung = false;
};

struct Watch {
  Hub& hub;
  std::int64_t watcher;
  ~Watch() { hub.leave(watcher); }
};

bool concerns(const LiveEvent& event, const std::string& about) { return event.topic == Hub::kResync || event.data.contains(about); }

}  // namespace

// It watches before it asks again: what happens from the first answer on is either seen by that, or rings.
asio::awaitable<Response> held(Shared& shared, Loop& loop, Hold hold, std::function<asio::awaitable<Response>()> again) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(std::clamp<std::int64_t>(hold.wait_ms, 0, kMaxHoldMs));
  const Place place;
  const auto bell = std::make_shared<Bell>(loop);
  const auto ring = [bell, about = hold.about](const LiveEvent& event) {
    if (!concerns(event, about)) return true;
    bell->rung = true;
    asio::post(bell->loop.io, [bell] { bell->timer.cancel(); });
    return true;
  };
  const Watch watch{shared.hub, place.free ? shared.hub.watch({hold.topic}, -1, ring) : 0};
  for (;;) {
    auto response = co_await again();
    const bool has_news = !take_hold(response);
    if (has_news || watch.watcher == 0 || shared.draining || std::chrono::steady_clock::now() >= until) co_return response;
    if (bell->rung.exchange(false)) continue;
    bell->timer.expires_at(until);
    loop.watches.insert(&bell->timer);
    co_await bell->timer.async_wait(kNoThrow);
    loop.watches.erase(&bell->timer);
    bell->rung = false;
  }
}

}  // namespace gyre::net
