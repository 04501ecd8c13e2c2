#include "webhooks/events.h"

#include <algorithm>
#include <array>

#include "base/case.h"

namespace gyre::webhooks {
namespace {

struct Known {
  std::string_view topic;  // of the outbox; empty: never happens here
  std::string_view entity, action, prompt_entity;
};

// A prompt is a model that is marked as one, and has names of its own for the same events.
constexpr std::array kKnown{
    Known{"model.created", "REGISTERED_MODEL", "CREATED", "PROMPT"},
    Known{"model-version.created", "MODEL_VERSION", "CREATED", "PROMPT_VERSION"},
    Known{"model-version-tag.set", "MODEL_VERSION_TAG", "SET", "PROMPT_VERSION_TAG"},
    Known{"model-version-tag.deleted", "MODEL_VERSION_TAG", "DELETED", "PROMPT_VERSION_TAG"},
    Known{"alias.moved", "MODEL_VERSION_ALIAS", "CREATED", "PROMPT_ALIAS"},
    Known{"alias.deleted", "MODEL_VERSION_ALIAS", "DELETED", "PROMPT_ALIAS"},
    Known{"model-tag.set", "", "SET", "PROMPT_TAG"},
    Known{"model-tag.deleted", "", "DELETED", "PROMPT_TAG"},
    Known{"", "BUDGET_POLICY", "EXCEEDED", ""},
};

constexpr std::string_view kPromptText = "mlflow.prompt.text";

// What tells a prompt apart, and its text, are no tags to those who are told of it.
json::Value tags_of_prompt(const json::Value& tags) {
  json::Object kept;
  for (const auto& [key, value] : tags.if_object() ? *tags.if_object() : json::Object{}) {
    if (key != "mlflow.prompt.is_prompt" && key != "_mlflow_prompt_type" && key != kPromptText) kept.emplace_back(key, value);
  }
  return kept;
}

// A prompt's version has a template where a model's has a source and a run.
json::Value as_of_prompt(json::Object data) {
  json::Object out;
  const json::Value whole(std::move(data));
  for (const auto& [key, value] : *whole.if_object()) {
    if (key == "source") continue;
    if (key == "run_id") {
      out.emplace_back("template", whole["tags"][kPromptText]);
    } else {
      out.emplace_back(key, key == "tags" ? tags_of_prompt(value) : value);
    }
  }
  return out;
}

}  // namespace

bool is_known(const Event& event) {
  return !event.entity.empty() && std::ranges::any_of(kKnown, [&](const Known& known) {
    return event.action == known.action && (event.entity == known.entity || event.entity == known.prompt_entity);
  });
}

std::optional<Telling> telling_of(const outbox::Event& event) {
  const auto known = std::ranges::find(kKnown, event.topic, &Known::topic);
  if (event.topic.empty() || known == kKnown.end()) return std::nullopt;
  const bool prompt = event.payload["prompt"].bool_or(false);
  const auto entity = prompt ? known->prompt_entity : known->entity;
  if (entity.empty()) return std::nullopt;
  json::Object data;
  for (const auto& [key, value] : event.payload.if_object() ? *event.payload.if_object() : json::Object{}) {
    if (key == "prompt") continue;
    const auto name = key == "model" ? std::string("name") : key == "run" ? std::string("run_id") : key;
    data.emplace_back(name, key == "version" ? json::Value(json::unquoted(value)) : value);
  }
  return Telling{{std::string(entity), std::string(known->action)}, prompt ? as_of_prompt(std::move(data)) : json::Value(std::move(data))};
}

json::Value example_of(const Event& event) {
  const bool prompt = event.entity.starts_with("PROMPT");
  json::Object data{{"name", prompt ? "example_prompt" : "example_model"}};
  if (event.entity == "BUDGET_POLICY") return json::Object{{"budget_policy_id", "bp-example"}, {"current_spend", 1.5}};
  const bool alias = event.entity.ends_with("ALIAS"), tag = event.entity.ends_with("TAG"),
             version = event.entity.contains("VERSION") || (prompt && alias && event.action == "CREATED");
  if (alias) data.emplace_back("alias", "example_alias");
  if (version && !(alias && event.action == "DELETED")) data.emplace_back("version", "1");
  if (tag) data.emplace_back("key", "example_key");
  if (tag && event.action == "SET") data.emplace_back("value", "example_value");
  if (alias || tag) return data;
  if (version && prompt) data.emplace_back("template", "Hello {{name}}!");
  if (version && !prompt) data.emplace_back("source", "models:/123"), data.emplace_back("run_id", "abcd1234abcd5678");
  data.emplace_back("tags", json::Object{{"example_key", "example_value"}});
  data.emplace_back("description", version ? (prompt ? "An example prompt version" : "An example model version")
                                           : (prompt ? "An example prompt" : "An example registered model"));
  return data;
}

std::string body_of(const Event& event, TimeMs at_ms, const json::Value& data) {
  json::Writer writer;
  writer.begin_object();
  writer.field("entity", lower(event.entity));
  writer.field("action", lower(event.action));
  writer.field("timestamp", to_iso(at_ms));
  writer.field("data", data);
  writer.end_object();
  return writer.take();
}

}  // namespace gyre::webhooks
