// What is said on one connection: requests, one after the other, and their answers. Inside net/ only.
#pragma once

#include "net/shared.h"

namespace gyre::net {

// Until the client hangs up, errs or falls silent, or the server drains.
asio::awaitable<void> converse(Shared& shared, Loop& loop, tcp::socket socket, std::shared_ptr<Caller> caller);

}  // namespace gyre::net
