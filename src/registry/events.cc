#include "registry/events.h"

#include "storage/sql/outbox.h"

namespace gyre::registry {

Result<void> tell(sql::Tx& tx, TimeMs at_ms, std::string_view topic, std::string_view urn, std::string_view model, json::Object data) {
  struct Mark {
    std::string value;
  };
  const auto mark = TRY(tx.select_one<Mark>("SELECT value FROM model_tags WHERE model = $1 AND key = 'mlflow.prompt.is_prompt'", model));
  if (mark && mark->value == "true") data.emplace_back("prompt", true);
  return outbox::publish(tx, at_ms, topic, urn, std::move(data));
}

json::Object as_object(const std::vector<Tag>& tags) {
  json::Object object;
  for (const auto& tag : tags) object.emplace_back(tag.key, tag.value);
  return object;
}

}  // namespace gyre::registry
