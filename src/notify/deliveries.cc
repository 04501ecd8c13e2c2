// From a notice to its arrival, however often it takes.
#include <fmt/format.h>

#include <algorithm>

#include "base/base64.h"
#include "base/hash.h"
#include "base/id.h"
#include "governance/governance.h"
#include "notify/messages.h"
#include "notify/stored.h"

namespace gyre::notify {
namespace {

struct Name {
  std::string name;
};

struct NoticeRow {
  std::string id, body;
  std::int64_t attempts;
};

// 2 s, 4 s, ... 10 min, and up to a quarter more, so that many that failed together do not come together.
TimeMs pause_ms(std::int64_t attempts, std::string_view id) {
  const auto pause = std::min(kFirstPauseMs << std::min<std::int64_t>(std::max<std::int64_t>(attempts, 1) - 1, 20), kLongestPauseMs);
  return pause + static_cast<TimeMs>(stable_hash(fmt::format("{} {}", id, attempts)) % static_cast<std::uint64_t>(pause / 4 + 1));
}

// What another attempt may mend: the other end's trouble, and too many requests.
bool worth_another_try(const Result<Answer>& answer) {
  return !answer ? answer.error().code != Code::denied && answer.error().code != Code::invalid : answer->status == 429 || answer->status >= 500;
}

}  // namespace

Result<void> tell(sql::Tx& tx, const std::vector<std::string>& receivers, const Notice& notice, TimeMs now_ms) {
  struct Count {
    std::int64_t n;
  };
  const auto body = notice_text(notice);
  for (const auto& [name] : TRY(tx.select<Name>("SELECT name FROM notice_receivers WHERE enabled = 1 ORDER BY name"))) {
    if (!receivers.empty() && std::ranges::find(receivers, name) == receivers.end()) continue;
    const bool full = TRY(tx.select<Count>("SELECT COUNT(*) FROM notices WHERE receiver = $1 AND state = 'waiting'", name)).front().n >= kMaxWaiting;
    TRY(tx.exec("INSERT INTO notices (id, receiver, matter, body, state, attempts, created_ms, due_ms, trouble) VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8)",
                make_id("nt_"), name, notice.matter, body, full ? "dead" : "waiting", now_ms, now_ms + (full ? 0 : kGroupMs),
                full ? "too many notices wait for this receiver" : ""));
  }
  return {};
}

struct Service::Batch {
  Stored receiver;
  std::string id;
  std::vector<std::string> notice_ids;
  std::vector<Notice> notices;
  std::int64_t attempts = 0;  // of the oldest, this one included
};

Result<Answer> Service::send(const Stored& stored, std::string_view id, const std::vector<Notice>& notices) {
  const auto& receiver = stored.receiver;
  const auto opened = vault_.open(stored.sealed_url);
  const auto secret_opened = stored.sealed_secret ? vault_.open(*stored.sealed_secret) : Result<std::string>(std::string());
  if (!opened || !secret_opened)  // another server, with the key, may
    return fail(Code::unavailable, fmt::format("the address or the secret of {} cannot be read with this server's key", receiver.name));
  const auto &url = *opened, &secret = *secret_opened;
  const auto carry = [&]() -> Result<Answer> {
    if (receiver.kind == Kind::email) {
      TRY(carrier_.mail(
          {url, receiver.user, secret, receiver.tls, receiver.from, receiver.to, mail_message(receiver, id, notices, settings_.base_url, clock_.now_ms())}));
      return Answer{250, {}};
    }
    Post post{.url = url, .headers = {{"Content-Type", "application/json"}}, .body = {}};
    if (receiver.kind == Kind::slack) {
      post.body = slack_body(notices, settings_.base_url);
    } else if (receiver.kind == Kind::alertmanager) {
      post.url += post.url.ends_with('/') ? "api/v2/alerts" : "/api/v2/alerts";
      post.body = alertmanager_body(notices, settings_.base_url);
      if (!secret.empty()) post.headers.emplace_back("Authorization", secret.contains(':') ? "Basic " + base64(secret) : "Bearer " + secret);
    } else {
      const auto at_s = std::to_string(clock_.now_ms() / kSecondMs);
      post.body = webhook_body(receiver.name, notices, settings_.base_url);
      post.headers.insert(post.headers.end(), {{"Gyre-Delivery", std::string(id)}, {"Gyre-Timestamp", at_s}});
      if (!secret.empty()) post.headers.emplace_back("Gyre-Signature", "v1," + base64(hmac_sha256(secret, fmt::format("{}.{}.{}", id, at_s, post.body))));
    }
    return carrier_.post(post);
  };
  auto answer = carry();
  if (answer) return answer;
  auto trouble = answer.error();  // it may speak of the URL
  for (auto at = trouble.message.find(url); at != std::string::npos; at = trouble.message.find(url))
    trouble.message.replace(at, url.size(), receiver.shown_url);
  trouble.detail.clear();
  return std::unexpected(trouble);
}

// A claim moves the receiver's next message into the future, so that no other server sends to it meanwhile; one that dies with it lets it
// go then.
Result<std::optional<Service::Batch>> Service::claim(TimeMs now_ms) {
  return db_.write([&](sql::Tx& tx) -> Result<std::optional<Batch>> {
    const auto next =
        TRY(tx.select_one<Name>("SELECT r.name FROM notice_receivers AS r WHERE r.enabled = 1 AND r.next_ms <= $1 AND EXISTS (SELECT 1 FROM notices AS n WHERE "
                                "n.receiver = r.name AND n.state = 'waiting' AND n.due_ms <= $1) ORDER BY r.next_ms, r.name LIMIT 1",
                                now_ms));
    if (!next) return std::nullopt;
    TRY(tx.exec("UPDATE notice_receivers SET next_ms = $1 WHERE name = $2 AND next_ms <= $3", now_ms + kClaimMs, next->name, now_ms));
    if (tx.changed_rows() == 0) return std::nullopt;
    Batch batch{.receiver = TRY(find(tx, next->name)), .id = make_id("nd_"), .notice_ids = {}, .notices = {}, .attempts = 0};
    const auto rows = TRY(
        tx.select<NoticeRow>("SELECT id, body, attempts FROM notices WHERE receiver = $1 AND state = 'waiting' AND due_ms <= $2 ORDER BY due_ms, id LIMIT $3",
                             next->name, now_ms, kMaxGrouped));
    for (const auto& row : rows) {
      TRY(tx.exec("UPDATE notices SET attempts = attempts + 1 WHERE id = $1", row.id));
      batch.notice_ids.push_back(row.id);
      batch.notices.push_back(TRY(read_notice(row.body)));
      batch.attempts = std::max(batch.attempts, row.attempts + 1);
    }
    return batch;
  });
}

Result<void> Service::settle(const Batch& batch, const Result<Answer>& answer, TimeMs now_ms) {
  const bool delivered = answer && answer->status < 300;
  const auto wait_ms = delivered                         ? kDistanceMs
                       : answer && answer->retry_after_s ? std::clamp<TimeMs>(*answer->retry_after_s * kSecondMs, kDistanceMs, kLongestPauseMs)
                                                         : pause_ms(batch.attempts, batch.id);
  const auto trouble = delivered ? std::string() : answer ? fmt::format("answered {}", answer->status) : answer.error().message;
  const bool again = worth_another_try(answer);
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    for (const auto& id : batch.notice_ids) {
      if (delivered || !again) {
        TRY(tx.exec("UPDATE notices SET state = $2, due_ms = $3, trouble = $4 WHERE id = $1 AND state = 'waiting'", id, delivered ? "delivered" : "dead",
                    now_ms, trouble));
      } else {
        TRY(tx.exec(
            "UPDATE notices SET state = CASE WHEN attempts >= $2 THEN 'dead' ELSE 'waiting' END, due_ms = $3, trouble = $4 WHERE id = $1 AND state = 'waiting'",
            id, settings_.attempts, now_ms + wait_ms, trouble));
      }
    }
    return tx.exec("UPDATE notice_receivers SET next_ms = $1 WHERE name = $2", now_ms + wait_ms, batch.receiver.receiver.name);
  });
}

Result<std::int64_t> Service::send_due(TimeMs now_ms) {
  const auto batch = TRY(claim(now_ms));
  if (!batch) return 0;
  TRY(settle(*batch, send(batch->receiver, batch->id, batch->notices), clock_.now_ms()));
  return std::max<std::int64_t>(1, std::ssize(batch->notices));
}

Result<DutyState> Service::due(TimeMs now_ms) {
  struct Next {
    std::optional<std::int64_t> due_ms, next_ms;
  };
  DutyState state;
  const auto receivers = TRY(db_.read([](sql::Tx& tx) {
    return tx.select<Next>(
        "SELECT (SELECT MIN(n.due_ms) FROM notices AS n WHERE n.receiver = r.name AND n.state = 'waiting'), r.next_ms FROM notice_receivers AS r WHERE "
        "r.enabled = 1");
  }));
  for (const auto& [due_ms, next_ms] : receivers) {
    if (!due_ms) continue;
    const auto at = std::max(*due_ms, next_ms.value_or(0));
    if (at <= now_ms) {
      state.busy = true;
    } else {
      state.due_at(at);
    }
  }
  return state;
}

Result<std::int64_t> Service::purge(TimeMs now_ms) {
  return db_.write([&](sql::Tx& tx) -> Result<std::int64_t> {
    TRY(tx.exec("DELETE FROM notices WHERE state <> 'waiting' AND due_ms < $1", now_ms - kKeptMs));
    return tx.changed_rows();
  });
}

Result<std::vector<Delivery>> Service::deliveries(std::string_view receiver, std::string_view state, std::size_t limit) {
  struct Row {
    std::string id, receiver, matter, body, state;
    std::int64_t attempts, created_ms, due_ms;
    std::string trouble;
  };
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Delivery>> {
    std::vector<Delivery> all;
    for (const auto& row :
         TRY(tx.select<Row>("SELECT id, receiver, matter, body, state, attempts, created_ms, due_ms, trouble FROM notices WHERE ($1 = '' OR receiver = $1) AND "
                            "($2 = '' OR state = $2) ORDER BY created_ms DESC, id DESC LIMIT $3",
                            receiver, state, static_cast<std::int64_t>(std::min(limit, kMaxListed)))))
      all.push_back({row.id, row.receiver, row.matter, TRY(read_notice(row.body)).title, row.state, row.attempts, row.created_ms, row.due_ms, row.trouble});
    return all;
  });
}

Result<std::int64_t> Service::redeliver(std::string_view receiver, std::string_view actor) {
  return db_.write([&](sql::Tx& tx) -> Result<std::int64_t> {
    TRY(find(tx, receiver));
    TRY(tx.exec("UPDATE notices SET state = 'waiting', attempts = 0, due_ms = $2 WHERE receiver = $1 AND state = 'dead'", receiver, clock_.now_ms()));
    const auto count = tx.changed_rows();
    TRY(tx.exec("UPDATE notice_receivers SET next_ms = 0 WHERE name = $1", receiver));
    TRY(governance::audit(
        tx, {clock_.now_ms(), std::string(actor), "receiver.redeliver", governance::urn("receiver", receiver), json::Object{{"notices", count}}}));
    return count;
  });
}

}  // namespace gyre::notify
