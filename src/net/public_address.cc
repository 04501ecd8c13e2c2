#include "net/public_address.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

namespace gyre::net {
namespace {

struct Block {
  std::uint32_t first;
  int bits;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) { return a << 24 | b << 16 | c << 8 | d; }

constexpr std::array kNotPublic{Block{v4(0, 0, 0, 0), 8},      Block{v4(10, 0, 0, 0), 8},     Block{v4(100, 64, 0, 0), 10}, Block{v4(127, 0, 0, 0), 8},
                                Block{v4(169, 254, 0, 0), 16}, Block{v4(172, 16, 0, 0), 12},  Block{v4(192, 0, 0, 0), 24},  Block{v4(192, 0, 2, 0), 24},
                                Block{v4(192, 88, 99, 0), 24}, Block{v4(192, 168, 0, 0), 16}, Block{v4(198, 18, 0, 0), 15}, Block{v4(198, 51, 100, 0), 24},
                                Block{v4(203, 0, 113, 0), 24}, Block{v4(224, 0, 0, 0), 3}};

bool is_public_v4(std::uint32_t address) {
  return std::ranges::none_of(kNotPublic, [&](const Block& block) { return (address ^ block.first) >> (32 - block.bits) == 0; });
}

std::uint32_t word(const std::uint8_t* bytes) { return v4(bytes[0], bytes[1], bytes[2], bytes[3]); }

// Only what is given out to the public (2000::/3), and the IPv4 addresses in NAT64's, 6to4's and mapped ones.
bool is_public_v6(const std::uint8_t* bytes) {
  constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, kNat64[12] = {0, 0x64, 0xff, 0x9b};
  if (std::memcmp(bytes, kMapped, sizeof kMapped) == 0 || std::memcmp(bytes, kNat64, sizeof kNat64) == 0) return is_public_v4(word(bytes + 12));
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return is_public_v4(word(bytes + 2));
  if (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] < 0x02) return false;                       // Teredo and other protocols' own
  if (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0d && bytes[3] == 0xb8) return false;  // for documents
  return bytes[0] >> 5 == 1;
}

std::string text_of(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = {};
  const void* bytes = address.sa_family == AF_INET ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
                                                   : &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return inet_ntop(address.sa_family, bytes, text, sizeof text) ? text : "an unknown address";
}

}  // namespace

bool is_public(const sockaddr& address) {
  if (address.sa_family == AF_INET) return is_public_v4(ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr));
  return address.sa_family == AF_INET6 && is_public_v6(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr.s6_addr);
}

Result<UrlParts> url_parts(std::string_view url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  if (curl_url_set(parsed.get(), CURLUPART_URL, std::string(url).c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
    return fail(Code::invalid, fmt::format("'{:.200}' is no URL", url));
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    std::string out = curl_url_get(parsed.get(), which, &text, 0) == CURLUE_OK ? text : "";
    curl_free(text);
    return out;
  };
  UrlParts parts{part(CURLUPART_SCHEME), part(CURLUPART_HOST)};
  if (parts.host.starts_with('[')) parts.host = parts.host.substr(1, parts.host.size() - 2);
  if (parts.host.empty()) return fail(Code::invalid, fmt::format("'{:.200}' names no host", url));
  return parts;
}

Result<void> check_public(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int outcome = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (outcome != 0) return fail(Code::invalid, fmt::format("Cannot resolve hostname '{:.200}': {}", host, gai_strerror(outcome)));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all(found, freeaddrinfo);
  for (const auto* each = found; each; each = each->ai_next) {
    if (!is_public(*each->ai_addr))
      return fail(Code::denied, fmt::format("must not resolve to a non-public IP address. '{:.200}' resolves to {}.", host, text_of(*each->ai_addr)));
  }
  return {};
}

}  // namespace gyre::net
