// Receivers: made, changed, listed, tried out.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/id.h"
#include "governance/governance.h"
#include "notify/messages.h"
#include "notify/stored.h"

namespace gyre::notify {
namespace {

constexpr std::array<std::string_view, 4> kKinds{"webhook", "slack", "alertmanager", "email"};

Result<void> check_name(std::string_view name) {
  constexpr std::size_t kLongest = 63;
  const auto sound = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; };
  if (!name.empty() && name.size() <= kLongest && std::ranges::all_of(name, sound)) return {};
  return fail(Code::invalid, fmt::format("'{:.80}' cannot be a receiver's name", name), {}, "1 to 63 letters, digits, -, _ and .");
}

// What would break out of a header of the message, or of the conversation with the mail server.
Result<void> check_address(std::string_view address) {
  const bool sound = address.size() > 2 && address.size() <= 254 && address.contains('@') &&
                     std::ranges::none_of(address, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '<' || c == '>' || c == ',' || c == '"'; });
  if (sound) return {};
  return fail(Code::invalid, fmt::format("'{:.80}' is no mail address", address), {}, "someone@example.org");
}

Result<void> check_mail(const MailBody& mail) {
  if (mail.to.empty() || mail.to.size() > kMaxRecipients)
    return fail(Code::invalid, fmt::format("mail goes to 1 to {} addresses", kMaxRecipients), {}, "\"to\": [\"someone@example.org\"]");
  for (const auto& address : mail.to) TRY(check_address(address));
  TRY(check_address(mail.from));
  if (mail.tls != "always" && mail.tls != "offered" && mail.tls != "never")
    return fail(Code::invalid, fmt::format("'tls' cannot be '{:.40}'", mail.tls), {}, "one of: always, offered, never");
  if (!mail.user.empty() && mail.tls != "always")
    return fail(Code::invalid, "a password goes over an encrypted connection alone", {}, "\"tls\": \"always\", or no user");
  return {};
}

bool is_too_long(const std::optional<std::string>& text, std::size_t most) {
  return text && (text->size() > most || text->find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos);
}

}  // namespace

Result<Kind> parse_kind(std::string_view word) {
  const auto at = std::ranges::find(kKinds, word);
  if (at != kKinds.end()) return static_cast<Kind>(at - kKinds.begin());
  return fail(Code::invalid, fmt::format("'kind' cannot be '{:.40}'", word), {}, fmt::format("one of: {}", fmt::join(kKinds, ", ")));
}

std::string_view to_string(Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

std::string shown_url(std::string_view url) {
  const auto host = url.find("://");
  if (host == std::string_view::npos) return "";
  const auto end = std::min(url.find_first_of("/?#", host + 3), url.size());
  const auto user = url.substr(0, end).rfind('@');
  return fmt::format("{}{}", url.substr(0, host + 3),
                     url.substr(user == std::string_view::npos || user < host ? host + 3 : user + 1,
                                end - (user == std::string_view::npos || user < host ? host + 3 : user + 1)));
}

namespace {

Result<Receiver> receiver_of(const StoredRow& row, const Vault& vault) {
  const auto mail = TRY(json::decode_text<MailBody>(row.body));
  const auto url = vault.open(row.url);
  return Receiver{row.name,
                  TRY(parse_kind(row.kind)),
                  url ? shown_url(*url) : std::string(),
                  row.secret.has_value(),
                  row.enabled != 0,
                  mail.to,
                  mail.from,
                  mail.user,
                  mail.tls,
                  row.created_ms,
                  row.updated_ms};
}

}  // namespace

Result<Service::Stored> Service::find(sql::Tx& tx, std::string_view name) {
  const auto row = TRY(tx.select_one<StoredRow>(fmt::format("{}WHERE name = $1", kReceiverColumns), name));
  if (!row) return fail(Code::not_found, fmt::format("there is no receiver '{:.80}'", name), {}, "gyre exp receivers lists them");
  return Stored{TRY(receiver_of(*row, vault_)), row->url, row->secret};
}

Result<Receiver> Service::receiver(std::string_view name) {
  return db_.read([&](sql::Tx& tx) -> Result<Receiver> { return TRY(find(tx, name)).receiver; });
}

Result<std::vector<Receiver>> Service::receivers() {
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Receiver>> {
    std::vector<Receiver> all;
    for (const auto& row : TRY(tx.select<StoredRow>(fmt::format("{}ORDER BY name", kReceiverColumns)))) all.push_back(TRY(receiver_of(row, vault_)));
    return all;
  });
}

Result<Receiver> Service::set(std::string_view name, const Draft& draft, std::string_view actor) {
  TRY(check_name(name));
  if (is_too_long(draft.url, kMaxUrlBytes) || is_too_long(draft.secret, kMaxSecretBytes))
    return fail(Code::invalid, fmt::format("a URL has at most {} bytes, a secret {}; neither has line ends", kMaxUrlBytes, kMaxSecretBytes));
  const auto known = db_.read([&](sql::Tx& tx) { return find(tx, name); });
  if (!known && known.error().code != Code::not_found) return std::unexpected(known.error());
  const auto kind = draft.kind ? TRY(parse_kind(*draft.kind)) : known ? known->receiver.kind : Kind::webhook;
  if (known && kind != known->receiver.kind)
    return fail(Code::conflict, fmt::format("the receiver {} is of kind {}", name, to_string(known->receiver.kind)), {}, "choose another name");
  if (!known && !draft.url) return fail(Code::invalid, "a receiver has a URL", {}, "https://…, or smtp://host:587 of mail");
  if (draft.url) TRY(carrier_.check(kind, *draft.url));
  if (draft.url && known && known->sealed_secret && !draft.secret)
    return fail(Code::invalid, "a new URL needs the secret again", {}, "so that nobody gets one told who only changes where it goes");
  const auto mail = known ? MailBody{known->receiver.to, known->receiver.from, known->receiver.user, known->receiver.tls} : MailBody{};
  const MailBody body{draft.to.value_or(mail.to), draft.from.value_or(mail.from), draft.user.value_or(mail.user), draft.tls.value_or(mail.tls)};
  if (kind == Kind::email) TRY(check_mail(body));
  const auto url = draft.url ? vault_.seal(*draft.url) : known->sealed_url;
  const auto secret = !draft.secret           ? (known ? known->sealed_secret : std::nullopt)
                      : draft.secret->empty() ? std::nullopt
                                              : std::optional(vault_.seal(*draft.secret));
  const auto enabled = draft.enabled.value_or(!known || known->receiver.enabled);
  return db_.write([&](sql::Tx& tx) -> Result<Receiver> {
    struct Count {
      std::int64_t n;
    };
    const auto now_ms = clock_.now_ms();
    if (!known && TRY(tx.select<Count>("SELECT COUNT(*) FROM notice_receivers")).front().n >= static_cast<std::int64_t>(kMaxReceivers))
      return fail(Code::exhausted, fmt::format("there are {} receivers, the most there may be", kMaxReceivers));
    TRY(tx.exec(
        "INSERT INTO notice_receivers (name, kind, body, url, secret, enabled, created_ms, updated_ms, next_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 0) ON "
        "CONFLICT (name) DO UPDATE SET body = excluded.body, url = excluded.url, secret = excluded.secret, enabled = excluded.enabled, updated_ms = "
        "excluded.updated_ms",
        name, to_string(kind), json::encode(body), url, secret, enabled ? 1 : 0, now_ms));
    TRY(governance::audit(
        tx, {now_ms, std::string(actor), "receiver.set", governance::urn("receiver", name), json::Object{{"kind", to_string(kind)}, {"enabled", enabled}}}));
    return TRY(find(tx, name)).receiver;
  });
}

Result<void> Service::remove(std::string_view name, std::string_view actor) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(find(tx, name));
    TRY(tx.exec("DELETE FROM notices WHERE receiver = $1", name));
    TRY(tx.exec("DELETE FROM notice_receivers WHERE name = $1", name));
    return governance::audit(tx, {clock_.now_ms(), std::string(actor), "receiver.remove", governance::urn("receiver", name), {}});
  });
}

Result<std::optional<std::string>> Service::test(std::string_view name) {
  const auto stored = TRY(db_.read([&](sql::Tx& tx) { return find(tx, name); }));
  const auto now_ms = clock_.now_ms();
  const Notice example{.matter = "test",
                       .state = "test",
                       .severity = "warn",
                       .title = "This is a test",
                       .text = fmt::format("The receiver {} is told of alerts here.", name),
                       .path = {},
                       .since_ms = now_ms,
                       .ended_ms = now_ms + kMinuteMs,
                       .labels = {{"alertname", "GyreTest"}}};
  const auto answer = send(stored, make_id("nt_"), {example});
  if (!answer) return std::optional(answer.error().message);
  return answer->status < 300 ? std::nullopt : std::optional(fmt::format("answered {}", answer->status));
}

Result<Figures> Service::figures() {
  struct ByState {
    std::string state;
    std::int64_t n;
  };
  return db_.read([](sql::Tx& tx) -> Result<Figures> {
    Figure notices{"gyre_notices", "Notices to receivers by state, of the last thirty days.", Figure::Kind::gauge, {}};
    for (const auto& row : TRY(tx.select<ByState>("SELECT state, COUNT(*) FROM notices GROUP BY state ORDER BY state")))
      notices.samples.push_back({{{"state", row.state}}, static_cast<double>(row.n)});
    return Figures{std::move(notices)};
  });
}

Result<Findings> Service::verify() {
  Findings findings;
  for (const auto& row : TRY(db_.read([](sql::Tx& tx) { return tx.select<StoredRow>(fmt::format("{}ORDER BY name", kReceiverColumns)); }))) {
    ++findings.checked;
    if (!vault_.open(row.url) || (row.secret && !vault_.open(*row.secret)))
      findings.problems.push_back(fmt::format("notify: the address or the secret of {} cannot be read with this server's key", row.name));
  }
  return findings;
}

}  // namespace gyre::notify
