#include "net/callers.h"

#include <algorithm>

namespace gyre::net {
namespace {

// Whoever has one address of a network of IPv6 has them all: RFC 4291, 2.5.1.
boost::asio::ip::address network_of(const boost::asio::ip::address& address) {
  if (!address.is_v6() || address.to_v6().is_v4_mapped()) return address;
  auto bytes = address.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return boost::asio::ip::address_v6(bytes);
}

}  // namespace

std::shared_ptr<Caller> Callers::at(const boost::asio::ip::address& address) {
  return known_.with([&](auto& known) {
    if (known.size() >= kTidyAt) std::erase_if(known, [](const auto& entry) { return entry.second.expired(); });
    const auto network = network_of(address);
    auto& place = known[network];
    auto caller = place.lock();
    if (!caller) place = caller = std::make_shared<Caller>(network.to_string());
    return caller;
  });
}

}  // namespace gyre::net
