// Telling other systems what happened to models: signed, at least once, and visible when it fails. MLflow's webhooks.
#pragma once

#include "base/duty.h"
#include "base/figures.h"
#include "base/findings.h"
#include "base/json.h"
#include "base/secret.h"
#include "storage/sql/outbox.h"

namespace gyre::webhooks {

// As MLflow's API spells them: "MODEL_VERSION", "CREATED".
struct Event {
  std::string entity, action;
  friend bool operator==(const Event&, const Event&) = default;
};

// Those that are sent; one that MLflow's server knows besides is taken and never comes (BUDGET_POLICY).
bool is_known(const Event& event);

struct Webhook {
  std::string id, name, description, url;
  std::vector<Event> events;
  std::string status;  // ACTIVE DISABLED
  TimeMs created_ms = 0, updated_ms = 0;
};

// What is absent stays as it is, or takes its default.
struct Draft {
  std::optional<std::string> name, description, url, secret, status;
  std::optional<std::vector<Event>> events;
};

struct Delivery {
  std::string id, webhook_id;
  Event event;
  std::string state;  // pending, delivered, dead
  std::int64_t attempts = 0;
  TimeMs created_ms = 0, due_ms = 0;
  std::optional<std::int64_t> answered;  // the last HTTP status
  std::string trouble;                   // why the last attempt failed
};

struct TestResult {
  bool success = false;
  std::optional<std::int64_t> status;
  std::string body, trouble;
};

// What carries a body to where it belongs. It refuses (`denied`) addresses that must not be talked to, and it checks those that it connects to.
struct Post {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};
struct Answer {
  std::int64_t status = 0;
  std::string body;
  std::optional<std::int64_t> retry_after_s;
};
class Sender {
 public:
  virtual ~Sender() = default;
  // Whether the URL may be talked to now; `invalid` in MLflow's words.
  virtual Result<void> check(std::string_view url) = 0;
  virtual Result<Answer> post(const Post& post) = 0;
};

struct Settings {
  std::int64_t attempts = 10;  // before a delivery is dead
};

constexpr std::int64_t kMaxWebhooks = 1000, kMaxDeliveriesListed = 1000;
constexpr std::size_t kMaxUrlBytes = 2000, kMaxDescriptionBytes = 5000, kMaxSecretBytes = 1000, kMaxAnswerBytes = 4096;
constexpr TimeMs kFirstPauseMs = kSecondMs, kLongestPauseMs = 10 * kMinuteMs, kClaimMs = 5 * kMinuteMs, kKeptMs = 30 * kDayMs;
constexpr std::int64_t kBatch = 1;  // a worker claims what it sends next, and nothing that would wait behind it

// Thread-safe: all state is in the database. Success means durable.
class Service {
 public:
  Service(sql::Db& db, const Clock& clock, Sender& sender, Vault vault, Settings settings)
      : db_(db), clock_(clock), sender_(sender), vault_(std::move(vault)), settings_(settings) {}

  Result<Webhook> create(const Draft& draft);
  Result<Webhook> webhook(std::string_view id);
  Result<std::vector<Webhook>> list(std::int64_t limit, std::int64_t offset);
  Result<Webhook> update(std::string_view id, const Draft& draft);
  Result<void> remove(std::string_view id);
  // Sends an example of `event`, or of the first that it listens to, at once and once.
  Result<TestResult> test(std::string_view id, const std::optional<Event>& event);

  // What is under way or has failed for good, the latest first; `state` empty: all.
  Result<std::vector<Delivery>> deliveries(std::string_view webhook_id, std::string_view state, std::int64_t limit);
  // A dead delivery starts over; `conflict` when it is not dead.
  Result<Delivery> redeliver(std::string_view webhook_id, std::string_view delivery_id);

  // Subscriber of the outbox: makes deliveries of an event, once each.
  Result<void> on_event(const outbox::Event& event);
  // Claims what is due, for this process alone, and sends it on the caller's thread. Returns how many were sent.
  Result<std::int64_t> send_due(TimeMs now_ms);
  // Whether something is due, and when the next thing is.
  Result<DutyState> due(TimeMs now_ms);
  Result<std::int64_t> purge(TimeMs now_ms);

  Result<Figures> figures();
  Result<Findings> verify();

 private:
  struct Due;
  Result<void> check(const Draft& draft);
  Result<Answer> send(const std::string& url, const std::optional<std::string>& sealed, std::string_view delivery_id, const std::string& body);
  Result<void> settle(const Due& due, const Result<Answer>& answer, TimeMs now_ms);

  sql::Db& db_;
  const Clock& clock_;
  Sender& sender_;
  Vault vault_;
  Settings settings_;
};

std::span<const sql::Migration> migrations();

}  // namespace gyre::webhooks
