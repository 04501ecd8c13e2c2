// Who asks, as the server tells callers apart.
#pragma once

#include "net/message.h"

namespace gyre::net {

// Set by the server; what a client sends under that name is dropped.
constexpr std::string_view kClientHeader = "X-Gyre-Client";

// An address, of IPv6 its network; "" in tests without a socket.
inline std::string client_of(const Request& request) { return std::string(request.header(kClientHeader).value_or("")); }

}  // namespace gyre::net
