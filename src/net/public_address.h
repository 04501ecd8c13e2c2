// Addresses that anyone may talk to, as opposed to those of this machine and of the networks around it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

struct sockaddr;

namespace gyre::net {

// Neither loopback, private, link-local, shared, multicast, reserved nor unspecified (IANA's special-purpose registries); an IPv4 address within an
// IPv6 one counts as itself.
bool is_public(const sockaddr& address);

// The scheme and host of a URL; `invalid` when it has none.
struct UrlParts {
  std::string scheme, host;
};
Result<UrlParts> url_parts(std::string_view url);

// Fails with `denied`, naming the address, when the host leads to one that is not public, and with `invalid` when it leads nowhere.
Result<void> check_public(const std::string& host);

}  // namespace gyre::net
