// A receiver as it is kept. Inside notify/ only.
#pragma once

#include "base/decode.h"
#include "notify/notify.h"

namespace gyre::notify {

struct MailBody {
  std::vector<std::string> to;
  std::string from, user, tls = "always";
};
BOOST_DESCRIBE_STRUCT(MailBody, (), (to, from, user, tls))

struct Service::Stored {
  Receiver receiver;
  std::string sealed_url;
  std::optional<std::string> sealed_secret;
};

struct StoredRow {
  std::string name, kind, body, url;
  std::optional<std::string> secret;
  std::int64_t enabled, created_ms, updated_ms;
};
constexpr std::string_view kReceiverColumns = "SELECT name, kind, body, url, secret, enabled, created_ms, updated_ms FROM notice_receivers ";

// "https://hooks.example.org": what is behind it may be what lets one in.
std::string shown_url(std::string_view url);

}  // namespace gyre::notify
