// What names and tags may look like. Inside registry/ only.
#pragma once

#include "registry/registry.h"

namespace gyre::registry {

// `place` is the parameter that the name came by: "name", "new_name".
Result<void> check_model_name(std::string_view name, std::string_view place = "name");
Result<void> check_tag(const Tag& tag);
// A version's tag may be a prompt's text, of which another thing is said when it is too long.
Result<void> check_version_tag(const Tag& tag);
Result<void> check_alias(std::string_view alias);
// As MLflow spells it: "Production"; `invalid` for what is none.
Result<std::string_view> stage_named(std::string_view stage);
bool is_prompt(const std::vector<Tag>& tags);

}  // namespace gyre::registry
