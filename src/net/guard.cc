#include "net/guard.h"

#include <fmt/format.h>

#include <algorithm>

namespace gyre::net {
namespace {

struct Authority {
  std::string name;  // brackets of IPv6 stay off; empty where something other than a port follows
  std::string_view port;
};

// Names compare without regard to case (RFC 3986, 3.2.2), and the root's point at the end may be there or not (RFC 1034, 3.1).
std::string plain_name(std::string_view name) {
  if (name.size() > 1 && name.ends_with('.')) name.remove_suffix(1);
  std::string plain(name);
  std::ranges::transform(plain, plain.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return plain;
}

Authority read(std::string_view host) {
  const std::size_t from = host.starts_with('[') ? 1 : 0;
  const auto end = std::min(host.find(from == 1 ? ']' : ':'), host.size());
  const auto rest = host.substr(std::min(end + from, host.size()));
  const bool is_port = rest.empty() || (rest.starts_with(':') && rest.find_first_not_of("0123456789", 1) == std::string_view::npos);
  return is_port ? Authority{plain_name(host.substr(from, end - from)), rest} : Authority{};
}

bool known(const HostRules& rules, std::string_view name) {
  return is_loopback(name) || name == plain_name(rules.host) || std::ranges::find(rules.allowed, name) != rules.allowed.end();
}

}  // namespace

bool is_loopback(std::string_view address) {
  if (address == "localhost" || address == "::1" || address.ends_with(".localhost")) return true;
  return address.starts_with("127.") && address.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_listed_origin(const HostRules& rules, std::string_view origin) { return std::ranges::find(rules.origins, origin) != rules.origins.end(); }

Result<void> check_origin(const HostRules& rules, std::optional<std::string_view> host, std::optional<std::string_view> origin) {
  if (!host || host->empty()) return fail(Code::invalid, "the Host header is missing");
  const auto ours = read(*host);
  if (!known(rules, ours.name)) {
    return fail(Code::denied, fmt::format("this server does not answer for host '{:.80}'", *host), {}, "use a loopback address, such as http://127.0.0.1:PORT");
  }
  if (!origin) return {};
  const auto scheme = origin->find("://");
  const auto from = scheme == std::string_view::npos ? *origin : origin->substr(scheme + 3);
  const auto theirs = read(from);
  if ((theirs.name == ours.name && theirs.port == ours.port) || is_listed_origin(rules, *origin)) return {};
  return fail(Code::denied, fmt::format("a page of '{:.80}' may not talk to this server", *origin), {}, "open the server's own page");
}

}  // namespace gyre::net
