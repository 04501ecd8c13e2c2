#include "net/event_stream.h"

#include <fmt/format.h>

#include <deque>

#include "base/guarded.h"

namespace gyre::net {
namespace {

constexpr auto kHeartbeat = std::chrono::seconds(15);
constexpr std::size_t kMaxQueuedEvents = 1024;  // a watcher that reads slower is let go and comes back for a resync

// Events for one watcher, between the publisher's thread and the connection.
struct Mailbox {
  Guarded<std::deque<std::string>> texts;
  std::function<void()> wake;
  std::string resync;
  std::atomic<bool> overflowed = false;  // the hub has let this watcher go

  bool put(const LiveEvent& event) {
    const bool fits = texts.with([&](auto& waiting) {
      if (waiting.size() >= kMaxQueuedEvents) return false;
      waiting.push_back(fmt::format("id: {}\nevent: {}\ndata: {}\n\n", event.id, event.topic, event.topic == Hub::kResync ? resync : event.data));
      return true;
    });
    if (!fits) overflowed = true;
    wake();
    return fits;
  }

  std::string take() {
    std::string all;
    texts.with([&](auto& waiting) {
      for (const auto& one : waiting) all += one;
      waiting.clear();
    });
    return all;
  }
};

// Leaves the hub also where the connection's coroutine is ended from outside.
struct Watch {
  Hub& hub;
  std::int64_t watcher;
  ~Watch() { hub.leave(watcher); }
};

// True when there is news, or none for a heartbeat's time.
asio::awaitable<bool> news(Loop& loop, asio::steady_timer& timer) {
  timer.expires_after(kHeartbeat);
  loop.watches.insert(&timer);
  const auto [woken] = co_await timer.async_wait(kNoThrow);
  loop.watches.erase(&timer);
  co_return static_cast<bool>(woken);
}

}  // namespace

asio::awaitable<bool> send_events(Shared& shared, Loop& loop, Connection& connection, const Request& request, const EventStream& events) {
  connection.keep_alive = false;
  auto text = fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Request-Id: {}\r\nConnection: close\r\n\r\nretry: 2000\n\n",
      request.request_id);

  auto timer = std::make_shared<asio::steady_timer>(loop.io);
  auto mailbox = std::make_shared<Mailbox>();
  mailbox->wake = [&loop, timer] { asio::post(loop.io, [timer] { timer->cancel(); }); };
  mailbox->resync = events.resync;
  const Watch watch{shared.hub,
                    shared.hub.watch(events.topics, events.last_event_id.value_or(-1), [mailbox](const LiveEvent& event) { return mailbox->put(event); })};
  if (watch.watcher == 0) co_return false;

  while (!shared.draining && !mailbox->overflowed) {
    connection.give_up_after(shared.options.read_timeout_ms);
    const std::array<asio::const_buffer, 2> parts{asio::buffer(text), asio::const_buffer()};
    if (co_await connection.send(parts)) break;
    connection.never_give_up();
    text = mailbox->take();
    if (text.empty() && !co_await news(loop, *timer)) text = ": still here\n\n";
  }
  co_return true;
}

}  // namespace gyre::net
