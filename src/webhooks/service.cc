// Webhooks themselves: made, changed, listed, tried out.
#include <fmt/format.h>

#include <algorithm>

#include "webhooks/events.h"

namespace gyre::webhooks {
namespace {

struct Row {
  std::string id, name, description, url, status;
  std::int64_t created_ms, updated_ms;
};

constexpr std::string_view kColumns = "SELECT id, name, description, url, status, created_ms, updated_ms FROM webhooks WHERE deleted = 0 ";

Result<Webhook> with_events(sql::Tx& tx, const Row& row) {
  return Webhook{row.id,
                 row.name,
                 row.description,
                 row.url,
                 TRY(tx.select<Event>("SELECT entity, action FROM webhook_events WHERE webhook_id = $1 ORDER BY entity, action", row.id)),
                 row.status,
                 row.created_ms,
                 row.updated_ms};
}

Result<Webhook> find(sql::Tx& tx, std::string_view id) {
  const auto row = TRY(tx.select_one<Row>(fmt::format("{}AND id = $1", kColumns), id));
  if (!row) return fail(Code::not_found, fmt::format("Webhook with ID {:.80} not found.", id));
  return with_events(tx, *row);
}

Result<void> put_events(sql::Tx& tx, std::string_view id, const std::vector<Event>& events) {
  TRY(tx.exec("DELETE FROM webhook_events WHERE webhook_id = $1", id));
  for (const auto& event : events)
    TRY(tx.exec("INSERT INTO webhook_events (webhook_id, entity, action) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", id, event.entity, event.action));
  return {};
}

Result<void> check_name(const std::string& name) {
  constexpr std::size_t kLongest = 63;
  const auto plain = [](unsigned char c) { return c < 0x80 && std::isalnum(c) != 0; };
  const bool sound = !name.empty() && name.size() <= kLongest && plain(static_cast<unsigned char>(name.front())) &&
                     plain(static_cast<unsigned char>(name.back())) &&
                     std::ranges::all_of(name, [&](unsigned char c) { return plain(c) || c == '.' || c == '_' || c == '-'; });
  if (sound) return {};
  return fail(Code::invalid, fmt::format("Webhook name '{:.80}' is invalid. It must start and end with a letter or digit, be less than 63 characters long, and "
                                         "contain only letters, digits, dots (.), "
                                         "underscores (_), and hyphens (-).",
                                         name));
}

Result<void> check_length(std::string_view what, const std::optional<std::string>& text, std::size_t most) {
  if (!text || (text->size() <= most && !text->contains('\0'))) return {};
  return fail(Code::invalid, fmt::format("a webhook's {} has at most {} bytes, none of them NUL", what, most));
}

}  // namespace

Result<void> Service::check(const Draft& draft) {
  if (draft.name) TRY(check_name(*draft.name));
  TRY(check_length("URL", draft.url, kMaxUrlBytes));
  TRY(check_length("description", draft.description, kMaxDescriptionBytes));
  TRY(check_length("secret", draft.secret, kMaxSecretBytes));
  if (draft.url) TRY(sender_.check(*draft.url));
  if (draft.events && draft.events->empty()) return fail(Code::invalid, "Webhook events must be a non-empty list of WebhookEvent objects: [].");
  for (const auto& event : draft.events.value_or(std::vector<Event>())) {
    if (!is_known(event)) return fail(Code::invalid, fmt::format("Invalid action '{:.80}' for entity '{:.80}'.", event.action, event.entity));
  }
  if (draft.status && *draft.status != "ACTIVE" && *draft.status != "DISABLED")
    return fail(Code::invalid, fmt::format("Invalid webhook status: {:.80}. Valid statuses are: ['ACTIVE', 'DISABLED']", *draft.status));
  return {};
}

Result<Webhook> Service::create(const Draft& draft) {
  TRY(check(draft));
  if (!draft.name || !draft.url || !draft.events) return fail(Code::invalid, "a webhook has a name, a URL and events");
  const auto id = make_id("wh_");
  const auto now_ms = clock_.now_ms();
  const auto sealed = draft.secret && !draft.secret->empty() ? std::optional(vault_.seal(*draft.secret)) : std::nullopt;
  return db_.write([&](sql::Tx& tx) -> Result<Webhook> {
    struct Count {
      std::int64_t n;
    };
    if (TRY(tx.select<Count>("SELECT COUNT(*) FROM webhooks WHERE deleted = 0")).front().n >= kMaxWebhooks)
      return fail(Code::exhausted, fmt::format("there are {} webhooks, the most there may be", kMaxWebhooks));
    TRY(tx.exec("INSERT INTO webhooks (id, name, description, url, status, secret, created_ms, updated_ms, deleted) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
                id, *draft.name, draft.description.value_or(""), *draft.url, draft.status.value_or("ACTIVE"), sealed, now_ms, now_ms));
    TRY(put_events(tx, id, *draft.events));
    return find(tx, id);
  });
}

Result<Webhook> Service::webhook(std::string_view id) {
  return db_.read([&](sql::Tx& tx) { return find(tx, id); });
}

Result<std::vector<Webhook>> Service::list(std::int64_t limit, std::int64_t offset) {
  if (limit < 1 || limit > kMaxWebhooks) return fail(Code::invalid, fmt::format("max_results must be between 1 and {}.", kMaxWebhooks));
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Webhook>> {
    std::vector<Webhook> webhooks;
    for (const auto& row : TRY(tx.select<Row>(fmt::format("{}ORDER BY created_ms DESC, id DESC LIMIT $1 OFFSET $2", kColumns), limit + 1, offset)))
      webhooks.push_back(TRY(with_events(tx, row)));
    return webhooks;
  });
}

Result<Webhook> Service::update(std::string_view id, const Draft& draft) {
  TRY(check(draft));
  const auto sealed = draft.secret && !draft.secret->empty() ? std::optional(vault_.seal(*draft.secret)) : std::nullopt;
  return db_.write([&](sql::Tx& tx) -> Result<Webhook> {
    const auto there = TRY(find(tx, id));
    TRY(tx.exec("UPDATE webhooks SET name = $1, description = $2, url = $3, status = $4, updated_ms = $5 WHERE id = $6", draft.name.value_or(there.name),
                draft.description.value_or(there.description), draft.url.value_or(there.url), draft.status.value_or(there.status), clock_.now_ms(), id));
    if (draft.secret) TRY(tx.exec("UPDATE webhooks SET secret = $1 WHERE id = $2", sealed, id));
    if (draft.events) TRY(put_events(tx, id, *draft.events));
    return find(tx, id);
  });
}

Result<void> Service::remove(std::string_view id) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(find(tx, id));
    TRY(tx.exec("UPDATE webhooks SET deleted = 1, secret = NULL, updated_ms = $1 WHERE id = $2", clock_.now_ms(), id));
    return tx.exec("DELETE FROM webhook_deliveries WHERE webhook_id = $1", id);
  });
}

Result<TestResult> Service::test(std::string_view id, const std::optional<Event>& event) {
  struct Sealed {
    std::optional<std::string> secret;
  };
  const auto webhook = TRY(this->webhook(id));
  const auto sealed = TRY(db_.read([&](sql::Tx& tx) { return tx.select_one<Sealed>("SELECT secret FROM webhooks WHERE id = $1", id); }));
  const auto tested = event.value_or(webhook.events.empty() ? Event{} : webhook.events.front());
  if (!is_known(tested)) return fail(Code::invalid, fmt::format("Invalid action '{:.80}' for entity '{:.80}'.", tested.action, tested.entity));
  const auto answer = send(webhook.url, sealed ? sealed->secret : std::nullopt, make_id("whd_"), body_of(tested, clock_.now_ms(), example_of(tested)));
  if (!answer) return TestResult{.success = false, .status = {}, .body = {}, .trouble = fmt::format("Failed to test webhook: {}", answer.error().message)};
  return TestResult{.success = answer->status < 400, .status = answer->status, .body = answer->body, .trouble = {}};
}

Result<Figures> Service::figures() {
  struct ByState {
    std::string state;
    std::int64_t n;
  };
  return db_.read([](sql::Tx& tx) -> Result<Figures> {
    Figure deliveries{"gyre_webhooks_deliveries", "Deliveries to webhooks by state, of the last thirty days.", Figure::Kind::gauge, {}};
    for (const auto& row : TRY(tx.select<ByState>("SELECT state, COUNT(*) FROM webhook_deliveries GROUP BY state ORDER BY state")))
      deliveries.samples.push_back({{{"state", row.state}}, static_cast<double>(row.n)});
    return Figures{std::move(deliveries)};
  });
}

Result<Findings> Service::verify() {
  struct Secret {
    std::string id, secret;
  };
  Findings findings;
  for (const auto& row : TRY(db_.read([](sql::Tx& tx) { return tx.select<Secret>("SELECT id, secret FROM webhooks WHERE secret IS NOT NULL"); }))) {
    ++findings.checked;
    if (!vault_.open(row.secret)) findings.problems.push_back(fmt::format("webhooks: the secret of {} cannot be read with this server's key", row.id));
  }
  return findings;
}

}  // namespace gyre::webhooks
