// From an event to an answer, however often it takes.
#include <fmt/format.h>

#include <algorithm>

#include "base/base64.h"
#include "base/hash.h"
#include "webhooks/events.h"

namespace gyre::webhooks {
namespace {

struct DeliveryRow {
  std::string id, webhook_id, entity, action, state;
  std::int64_t attempts, created_ms, due_ms;
  std::optional<std::int64_t> answered;
  std::string trouble;
  Delivery value() const { return {id, webhook_id, {entity, action}, state, attempts, created_ms, due_ms, answered, trouble}; }
};

constexpr std::string_view kColumns = "SELECT id, webhook_id, entity, action, state, attempts, created_ms, due_ms, answered, trouble FROM webhook_deliveries ";

struct Id {
  std::string id;
};

// 1 s, 2 s, 4 s, ... 10 min, and up to a quarter more, so that many that failed together do not come together.
TimeMs pause_ms(std::int64_t attempts, std::string_view id) {
  const auto pause = std::min(kFirstPauseMs << std::min<std::int64_t>(attempts - 1, 20), kLongestPauseMs);
  return pause + static_cast<TimeMs>(stable_hash(fmt::format("{} {}", id, attempts)) % static_cast<std::uint64_t>(pause / 4 + 1));
}

// What another attempt may mend: the other end's trouble, and too many requests.
bool worth_another_try(const Result<Answer>& answer) { return !answer ? answer.error().code != Code::denied : answer->status == 429 || answer->status >= 500; }

}  // namespace

struct Service::Due {
  std::string id, webhook_id, url;
  std::optional<std::string> secret;
  std::string body;
  std::int64_t attempts;
};

Result<void> Service::on_event(const outbox::Event& event) {
  const auto telling = telling_of(event);
  if (!telling) return {};
  const auto body = body_of(telling->event, event.at_ms, telling->data);
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    const auto webhooks =
        TRY(tx.select<Id>("SELECT w.id FROM webhooks AS w JOIN webhook_events AS e ON e.webhook_id = w.id WHERE w.deleted = 0 AND w.status = 'ACTIVE' AND "
                          "e.entity = $1 AND e.action = $2 "
                          "AND w.created_ms <= $3 ORDER BY w.id",
                          telling->event.entity, telling->event.action, event.at_ms));
    for (const auto& webhook : webhooks) {
      TRY(
          tx.exec("INSERT INTO webhook_deliveries (id, webhook_id, event_seq, entity, action, body, state, attempts, created_ms, due_ms, trouble) VALUES ($1, "
                  "$2, $3, $4, $5, $6, 'pending', 0, $7, $7, '') "
                  "ON CONFLICT (webhook_id, event_seq) DO NOTHING",
                  make_id("whd_"), webhook.id, event.seq, telling->event.entity, telling->event.action, body, clock_.now_ms()));
    }
    return {};
  });
}

Result<Answer> Service::send(const std::string& url, const std::optional<std::string>& sealed, std::string_view delivery_id, const std::string& body) {
  const auto at_s = std::to_string(clock_.now_ms() / kSecondMs);
  Post post{.url = url,
            .headers = {{"Content-Type", "application/json"}, {"X-MLflow-Delivery-Id", std::string(delivery_id)}, {"X-MLflow-Timestamp", at_s}},
            .body = body};
  if (sealed)
    post.headers.emplace_back("X-MLflow-Signature", "v1," + base64(hmac_sha256(TRY(vault_.open(*sealed)), fmt::format("{}.{}.{}", delivery_id, at_s, body))));
  return sender_.post(post);
}

// A claim moves what is due into the future, so that no other server takes it meanwhile; one that dies with it lets it go then.
Result<std::int64_t> Service::send_due(TimeMs now_ms) {
  const auto claimed = TRY(db_.write([&](sql::Tx& tx) -> Result<std::vector<Due>> {
    auto all = TRY(
        tx.select<Due>("SELECT d.id, d.webhook_id, w.url, w.secret, d.body, d.attempts FROM webhook_deliveries AS d JOIN webhooks AS w ON w.id = d.webhook_id "
                       "WHERE d.state = 'pending' AND d.due_ms <= $1 AND w.status = 'ACTIVE' ORDER BY d.due_ms, d.id LIMIT $2",
                       now_ms, kBatch));
    std::vector<Due> mine;
    for (auto& due : all) {
      TRY(tx.exec("UPDATE webhook_deliveries SET due_ms = $1, attempts = attempts + 1 WHERE id = $2 AND state = 'pending' AND due_ms <= $3", now_ms + kClaimMs,
                  due.id, now_ms));
      if (tx.changed_rows() == 0) continue;
      ++due.attempts;
      mine.push_back(std::move(due));
    }
    return mine;
  }));
  for (const auto& due : claimed) TRY(settle(due, send(due.url, due.secret, due.id, due.body), clock_.now_ms()));
  return static_cast<std::int64_t>(claimed.size());
}

Result<void> Service::settle(const Due& due, const Result<Answer>& answer, TimeMs now_ms) {
  const bool delivered = answer && answer->status < 300;
  const bool over = !delivered && (!worth_another_try(answer) || due.attempts >= settings_.attempts);
  const auto wait_ms =
      answer && answer->retry_after_s ? std::clamp<TimeMs>(*answer->retry_after_s * kSecondMs, 0, kLongestPauseMs) : pause_ms(due.attempts, due.id);
  const auto trouble = delivered ? std::string() : answer ? fmt::format("answered {}", answer->status) : answer.error().message;
  const auto status = answer ? std::optional(answer->status) : std::nullopt;
  return db_.write([&](sql::Tx& tx) {
    return tx.exec("UPDATE webhook_deliveries SET state = $1, due_ms = $2, answered = $3, trouble = $4 WHERE id = $5",
                   delivered ? "delivered"
                   : over    ? "dead"
                             : "pending",
                   now_ms + (delivered || over ? 0 : wait_ms), status, trouble, due.id);
  });
}

Result<DutyState> Service::due(TimeMs now_ms) {
  struct Next {
    std::optional<std::int64_t> due_ms;
  };
  const auto next =
      TRY(db_.read([](sql::Tx& tx) {
        return tx.select<Next>(
            "SELECT MIN(d.due_ms) FROM webhook_deliveries AS d JOIN webhooks AS w ON w.id = d.webhook_id WHERE d.state = 'pending' AND w.status = 'ACTIVE'");
      })).front();
  DutyState state;
  state.busy = next.due_ms && *next.due_ms <= now_ms;
  if (next.due_ms && !state.busy) state.due_at(*next.due_ms);
  return state;
}

Result<std::int64_t> Service::purge(TimeMs now_ms) {
  return db_.write([&](sql::Tx& tx) -> Result<std::int64_t> {
    TRY(tx.exec("DELETE FROM webhook_deliveries WHERE state <> 'pending' AND due_ms < $1", now_ms - kKeptMs));
    return tx.changed_rows();
  });
}

Result<std::vector<Delivery>> Service::deliveries(std::string_view webhook_id, std::string_view state, std::int64_t limit) {
  if (limit < 1 || limit > kMaxDeliveriesListed) return fail(Code::invalid, fmt::format("max_results must be between 1 and {}.", kMaxDeliveriesListed));
  TRY(webhook(webhook_id));
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Delivery>> {
    std::vector<Delivery> out;
    for (const auto& row :
         TRY(tx.select<DeliveryRow>(fmt::format("{}WHERE webhook_id = $1 AND ($2 = '' OR state = $2) ORDER BY created_ms DESC, id DESC LIMIT $3", kColumns),
                                    webhook_id, state, limit)))
      out.push_back(row.value());
    return out;
  });
}

Result<Delivery> Service::redeliver(std::string_view webhook_id, std::string_view delivery_id) {
  return db_.write([&](sql::Tx& tx) -> Result<Delivery> {
    const auto text = fmt::format("{}WHERE id = $1 AND webhook_id = $2", kColumns);
    const auto there = TRY(tx.select_one<DeliveryRow>(text, delivery_id, webhook_id));
    if (!there) return fail(Code::not_found, fmt::format("Webhook {:.80} has no delivery {:.80}.", webhook_id, delivery_id));
    if (there->state != "dead") return fail(Code::conflict, fmt::format("delivery {} is {}, not dead", delivery_id, there->state));
    TRY(tx.exec("UPDATE webhook_deliveries SET state = 'pending', attempts = 0, due_ms = $1 WHERE id = $2", clock_.now_ms(), delivery_id));
    return TRY(tx.select_one<DeliveryRow>(text, delivery_id, webhook_id))->value();
  });
}

}  // namespace gyre::webhooks
