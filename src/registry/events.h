// What the registry tells others. Inside registry/ only.
#pragma once

#include "registry/registry.h"

namespace gyre::registry {

// An event about a model; `data` gets "prompt": true where the model is one (MLflow keeps prompts as marked models).
Result<void> tell(sql::Tx& tx, TimeMs at_ms, std::string_view topic, std::string_view urn, std::string_view model, json::Object data);
json::Object as_object(const std::vector<Tag>& tags);

}  // namespace gyre::registry
