#include "net/guard.h"

#include <fmt/format.h>

#include <algorithm>

namespace gyre::net {
namespace {

// Without the port; brackets of IPv6 stay off. Empty where something other than a port follows.
std::string_view name_of(std::string_view host) {
  const std::size_t from = host.starts_with('[') ? 1 : 0;
  const auto end = std::min(host.find(from == 1 ? ']' : ':'), host.size());
  const auto rest = host.substr(std::min(end + from, host.size()));
  const bool is_port = rest.empty() || (rest.starts_with(':') && rest.find_first_not_of("0123456789", 1) == std::string_view::npos);
  return is_port ? host.substr(from, end - from) : std::string_view();
}

bool known(const HostRules& rules, std::string_view name) {
  return is_loopback(name) || name == rules.host || std::ranges::find(rules.allowed, name) != rules.allowed.end();
}

}  // namespace

bool is_loopback(std::string_view address) {
  if (address == "localhost" || address == "::1" || address.ends_with(".localhost")) return true;
  return address.starts_with("127.") && address.find_first_not_of("0123456789.") == std::string_view::npos;
}

Result<void> check_origin(const HostRules& rules, std::optional<std::string_view> host, std::optional<std::string_view> origin) {
  if (!host || host->empty()) return fail(Code::invalid, "the Host header is missing");
  if (!known(rules, name_of(*host))) {
    return fail(Code::denied, fmt::format("this server does not answer for host '{:.80}'", *host), {}, "use a loopback address, such as http://127.0.0.1:PORT");
  }
  if (!origin) return {};
  const auto scheme = origin->find("://");
  const auto from = scheme == std::string_view::npos ? *origin : origin->substr(scheme + 3);
  if (from == *host) return {};
  return fail(Code::denied, fmt::format("a page of '{:.80}' may not talk to this server", *origin), {}, "open the server's own page");
}

}  // namespace gyre::net
