// Word to people and to the systems that they look at: by webhook, mail, Slack's incoming webhooks, or Alertmanager.
//
// A notice is written in the transaction of what it tells of, and brought until it has arrived or has failed too often: at least once. What
// comes for one receiver at a time goes as one message, and messages to one receiver keep a distance, so that a storm is a few of them.
#pragma once

#include <map>

#include "base/duty.h"
#include "base/figures.h"
#include "base/findings.h"
#include "base/json.h"
#include "base/secret.h"
#include "storage/sql/migrate.h"

namespace gyre::notify {

enum class Kind { webhook, slack, alertmanager, email };
Result<Kind> parse_kind(std::string_view word);
std::string_view to_string(Kind kind);

struct Receiver {
  std::string name;
  Kind kind = Kind::webhook;
  std::string shown_url;  // its scheme and host: more of it may be a secret
  bool has_secret = false, enabled = true;
  std::vector<std::string> to;             // of mail
  std::string from, user, tls = "always";  // of mail; tls: always, offered, never
  TimeMs created_ms = 0, updated_ms = 0;
};

// What is absent stays as it is, or takes its default.
struct Draft {
  std::optional<std::string> kind, url, secret, from, user, tls;
  std::optional<std::vector<std::string>> to;
  std::optional<bool> enabled;
};

// One thing that is told.
struct Notice {
  std::string matter;             // the same for all that is told of one thing: the alert's id
  std::string state;              // firing resolved test
  std::string severity;           // warn crit
  std::string title, text, path;  // path: of its page
  TimeMs since_ms = 0, ended_ms = 0;
  std::map<std::string, std::string> labels;
};

struct Delivery {
  std::string id, receiver, matter, title, state;  // waiting delivered dead
  std::int64_t attempts = 0;
  TimeMs created_ms = 0, due_ms = 0;
  std::string trouble;  // why the last attempt failed
};

// What carries a message to where it belongs. It refuses (`denied`) addresses that must not be talked to.
struct Post {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};
struct Mail {
  std::string url, user, password, tls, from;  // url: smtp://host:587, smtps://host
  std::vector<std::string> to;
  std::string message;  // RFC 5322: headers and body
};
struct Answer {
  std::int64_t status = 0;
  std::optional<std::int64_t> retry_after_s;
};
class Carrier {
 public:
  virtual ~Carrier() = default;
  virtual Result<void> check(Kind kind, std::string_view url) = 0;
  virtual Result<Answer> post(const Post& post) = 0;
  virtual Result<void> mail(const Mail& mail) = 0;
};

struct Settings {
  std::int64_t attempts = 10;  // before a notice is dead
  std::string base_url = {};   // of this server's pages; empty: notices have no link
};

constexpr std::size_t kMaxReceivers = 100, kMaxUrlBytes = 2000, kMaxSecretBytes = 1000, kMaxRecipients = 50, kMaxListed = 1000;
constexpr std::int64_t kMaxWaiting = 10'000;   // of one receiver; what comes beyond it is dead at once, and told so
constexpr std::int64_t kMaxGrouped = 50;       // of one message
constexpr TimeMs kGroupMs = 2 * kSecondMs;     // a notice waits for others
constexpr TimeMs kDistanceMs = 5 * kSecondMs;  // between messages to one receiver
constexpr TimeMs kFirstPauseMs = 2 * kSecondMs, kLongestPauseMs = 10 * kMinuteMs, kClaimMs = 5 * kMinuteMs, kKeptMs = 30 * kDayMs;

// To those receivers that are there and enabled; none named: to all. In the caller's transaction.
Result<void> tell(sql::Tx& tx, const std::vector<std::string>& receivers, const Notice& notice, TimeMs now_ms);

// Thread-safe: all state is in the database. Success means durable.
class Service {
 public:
  Service(sql::Db& db, const Clock& clock, Carrier& carrier, Vault vault, Settings settings)
      : db_(db), clock_(clock), carrier_(carrier), vault_(std::move(vault)), settings_(std::move(settings)) {}

  // Makes it where there is none of that name.
  Result<Receiver> set(std::string_view name, const Draft& draft, std::string_view actor);
  Result<Receiver> receiver(std::string_view name);
  Result<std::vector<Receiver>> receivers();
  Result<void> remove(std::string_view name, std::string_view actor);
  // Sends an example at once and once: why it failed, or nothing.
  Result<std::optional<std::string>> test(std::string_view name);

  // The latest first; "" for `receiver` or `state`: all.
  Result<std::vector<Delivery>> deliveries(std::string_view receiver, std::string_view state, std::size_t limit);
  // Dead ones start over; how many.
  Result<std::int64_t> redeliver(std::string_view receiver, std::string_view actor);

  // Sends one message that is due, on the caller's thread; how many notices were in it.
  Result<std::int64_t> send_due(TimeMs now_ms);
  Result<DutyState> due(TimeMs now_ms);
  Result<std::int64_t> purge(TimeMs now_ms);

  Result<Figures> figures();
  Result<Findings> verify();

 private:
  struct Stored;
  struct Batch;
  Result<Stored> find(sql::Tx& tx, std::string_view name);
  Result<std::optional<Batch>> claim(TimeMs now_ms);
  Result<Answer> send(const Stored& receiver, std::string_view id, const std::vector<Notice>& notices);
  Result<void> settle(const Batch& batch, const Result<Answer>& answer, TimeMs now_ms);

  sql::Db& db_;
  const Clock& clock_;
  Carrier& carrier_;
  Vault vault_;
  Settings settings_;
};

std::span<const sql::Migration> migrations();

}  // namespace gyre::notify
