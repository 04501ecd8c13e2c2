// Who may talk to the server: what Host and Origin say. Against DNS rebinding and requests that foreign pages send.
#pragma once

#include "net/message.h"

namespace gyre::net {

struct HostRules {
  std::string host;  // the listening address
  std::vector<std::string> allowed = {};
  std::vector<std::string> origins = {};  // other than the Host: "https://app.example.org"
};

// `denied` when the Host is not ours, or the Origin is neither the Host nor listed.
Result<void> check_origin(const HostRules& rules, std::optional<std::string_view> host, std::optional<std::string_view> origin);

bool is_listed_origin(const HostRules& rules, std::string_view origin);
bool is_loopback(std::string_view address);

}  // namespace gyre::net
