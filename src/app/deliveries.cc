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
  writer.raw(json::to_text(event.payload));
  writer.end_object();
  return writer.take();
}

}  // namespace

House::Deliveries::Deliveries(sql::Db& db, net::Hub& hub, pipelines::Service& pipelines) : dispatcher_(db) {
  dispatcher_.subscribe("live", "", [&hub](const outbox::Event& event) -> Result<void> {
    hub.publish(event.topic, live_text(event));
    return {};
  });
  dispatcher_.subscribe("pipelines", "", [&pipelines](const outbox::Event& event) { return pipelines.on_event(event); });
}

Result<DutyState> House::Deliveries::run_due(TimeMs now_ms) {
  const auto handed_over = TRY(dispatcher_.deliver());
  if (now_ms - purged_ms_ >= kPurgeEveryMs) {
    TRY(dispatcher_.purge(now_ms));
    purged_ms_ = now_ms;
  }
  return DutyState{.worked = handed_over > 0, .busy = false, .next_due_ms = {}};
}

}  // namespace gyre::app
