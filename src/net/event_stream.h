// Server-sent events on a connection. Inside net/ only.
#pragma once

#include "net/shared.h"

namespace gyre::net {

// Sends what the hub publishes until the client leaves, the server drains or the watcher is too slow. False, with nothing
// sent, when too many watch already.
asio::awaitable<bool> send_events(Shared& shared, Loop& loop, Connection& connection, const Request& request, const EventStream& events);

}  // namespace gyre::net
