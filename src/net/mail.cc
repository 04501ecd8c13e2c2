#include "net/mail.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <memory>
#include <optional>

#include "net/public_address.h"

namespace gyre::net {
namespace {

struct Sending {
  std::string_view rest;
  std::optional<Error> failure = {};
};

std::size_t give(char* into, std::size_t, std::size_t most, void* from) {
  auto& sending = *static_cast<Sending*>(from);
  const auto size = sending.rest.copy(into, most);
  sending.rest.remove_prefix(size);
  return size;
}

// Asked with the very address that is connected to.
curl_socket_t open_public(void* of, curlsocktype, curl_sockaddr* address) {
  if (is_public(address->addr)) return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  static_cast<Sending*>(of)->failure = Error{Code::denied, "the mail server's address is not public"};
  return CURL_SOCKET_BAD;
}

long tls_option(MailTls tls) {
  if (tls == MailTls::always) return CURLUSESSL_ALL;
  return tls == MailTls::offered ? CURLUSESSL_TRY : CURLUSESSL_NONE;
}

constexpr long kRefusedForGood = 500;

}  // namespace

Result<void> send_mail(const Mail& mail) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  Sending sending{mail.message};
  curl_slist* recipients = nullptr;
  for (const auto& address : mail.to) recipients = curl_slist_append(recipients, fmt::format("<{}>", address).c_str());
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> owned(recipients, curl_slist_free_all);
  const auto from = fmt::format("<{}>", mail.from);
  curl_easy_setopt(curl.get(), CURLOPT_URL, mail.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl.get(), CURLOPT_USE_SSL, tls_option(mail.tls));
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, from.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, recipients);
  if (!mail.user.empty()) curl_easy_setopt(curl.get(), CURLOPT_USERNAME, mail.user.c_str());
  if (!mail.user.empty()) curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, mail.password.c_str());
  if (!mail.authorities.empty()) curl_easy_setopt(curl.get(), CURLOPT_CAINFO, mail.authorities.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, give);
  curl_easy_setopt(curl.get(), CURLOPT_READDATA, &sending);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, mail.timeout_ms);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  if (mail.public_only) {
    curl_easy_setopt(curl.get(), CURLOPT_OPENSOCKETFUNCTION, open_public);
    curl_easy_setopt(curl.get(), CURLOPT_OPENSOCKETDATA, &sending);
    curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  }
  const auto outcome = curl_easy_perform(curl.get());
  if (outcome == CURLE_OK) return {};
  if (sending.failure) return std::unexpected(*sending.failure);
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status >= kRefusedForGood) return fail(Code::invalid, fmt::format("the mail server refuses: {}", status), curl_easy_strerror(outcome));
  return fail(Code::unavailable, fmt::format("the mail did not go: {}", curl_easy_strerror(outcome)));
}

}  // namespace gyre::net
