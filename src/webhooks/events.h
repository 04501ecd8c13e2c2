// Which of the house's events are told, and how. Inside webhooks/ only.
#pragma once

#include "webhooks/webhooks.h"

namespace gyre::webhooks {

struct Telling {
  Event event;
  json::Value data;
};

// Nothing for events that are no one's business outside.
std::optional<Telling> telling_of(const outbox::Event& event);
json::Value example_of(const Event& event);
// {"entity": "model_version", "action": "created", "timestamp": …, "data": …}
std::string body_of(const Event& event, TimeMs at_ms, const json::Value& data);

}  // namespace gyre::webhooks
