// An answer on hold. Inside net/ only.
#pragma once

#include "net/hold.h"
#include "net/shared.h"

namespace gyre::net {

// `again` handles the request once more, off this thread. What it answers when there is news, or when the time is over; at once where too
// many wait, and when the server drains.
asio::awaitable<Response> held(Shared& shared, Loop& loop, Hold hold, std::function<asio::awaitable<Response>()> again);

}  // namespace gyre::net
