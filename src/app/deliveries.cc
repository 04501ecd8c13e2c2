#include "app/deliveries.h"

#include "base/json_writer.h"

namespace gyre::app {
namespace {

// The shape that the page knows: api/openapi/events.yaml.
std::string live_text(const outbox::Event& event) {
  json::Writer writer;
  writer.begin_object();
  writer.field("seq", event.seq);
  writer.field("topic", event.topic);
  writer.field("subject", event.subject);
  writer.field("at", to_iso(event.at_ms));
  writer.key("payload");
  writer.raw(event.payload.is_null() ? "{}" : json::to_text(event.payload));
  writer.end_object();
  return writer.take();
}

}  // namespace

House::Deliveries::Deliveries(sql::Db& db, net::Hub& hub, const Clock& clock, pipelines::Service& pipelines, webhooks::Service& webhooks,
                              alerting::Service& alerting, sql::Lease* lease)
    : hub_(hub), clock_(clock), lease_(lease), live_(db), dispatcher_(db) {
  dispatcher_.subscribe("pipelines", "", [&pipelines](const outbox::Event& event) { return pipelines.on_event(event); });
  dispatcher_.subscribe("alerting", "run.", [&alerting](const outbox::Event& event) { return alerting.on_event(event); });
  dispatcher_.subscribe("webhooks", "", [&webhooks](const outbox::Event& event) { return webhooks.on_event(event); });
}

// Pages count "3 h ago" from the server's clock; one that runs needs no telling.
void House::Deliveries::tell_clock(TimeMs now_ms) {
  const auto now_ns = monotonic_ns();
  if (!clock_.is_virtual() || now_ms == told_ms_ || now_ns - told_ns_ < kTellClockEveryNs) return;
  told_ms_ = now_ms;
  told_ns_ = now_ns;
  hub_.publish("clock.moved", live_text({.seq = 0, .at_ms = now_ms, .topic = "clock.moved", .subject = "clock", .payload = {}}));
}

Result<std::size_t> House::Deliveries::show() {
  const auto events = TRY(live_.next());
  for (const auto& event : events) hub_.publish(event.topic, live_text(event));
  return events.size();
}

Result<std::size_t> House::Deliveries::hand_over(TimeMs now_ms) {
  if (lease_ && !TRY(lease_->hold(now_ms))) return 0;
  std::optional<sql::Fence> fence;
  if (lease_) fence.emplace(*lease_);
  const auto handed_over = TRY(dispatcher_.deliver());
  if (now_ms - purged_ms_ >= kPurgeEveryMs) {
    TRY(dispatcher_.purge(now_ms));
    purged_ms_ = now_ms;
  }
  return handed_over;
}

Result<DutyState> House::Deliveries::run_due(TimeMs now_ms) {
  tell_clock(now_ms);
  const auto shown = TRY(show()), handed_over = TRY(hand_over(now_ms));
  return DutyState{.worked = shown + handed_over > 0, .busy = false, .next_due_ms = {}};
}

Result<std::vector<outbox::Dispatcher::Lag>> House::Deliveries::lags() {
  auto lags = TRY(dispatcher_.lags());
  lags.push_back({"live", TRY(live_.lag())});
  return lags;
}

}  // namespace gyre::app
