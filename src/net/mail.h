// Mail to a server that takes it on (libcurl's SMTP).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace gyre::net {

enum class MailTls { always, offered, never };  // always: by smtps or STARTTLS, or nothing is said

struct Mail {
  std::string url;  // smtp://host:587, smtps://host:465
  std::string user, password;
  MailTls tls = MailTls::always;
  std::string from;
  std::vector<std::string> to;
  std::string message;       // headers and body (RFC 5322), lines ended by CR LF
  bool public_only = false;  // connects to public addresses alone: `denied` otherwise
  std::string authorities;   // a file of certificates that are trusted; empty: the system's
  long timeout_ms = 20'000;  // below what those who wait for a trial of it bear
};

// `unavailable` where it may go another time, `invalid` where the server refuses for good (5xx).
Result<void> send_mail(const Mail& mail);

}  // namespace gyre::net
