// The history of aliases. Inside registry/ only.
#pragma once

#include "registry/registry.h"

namespace gyre::registry {

// Notes where an alias points from now on; nothing where it pointed there already.
Result<void> move_alias(sql::Tx& tx, std::string_view model, const AliasMove& move);

}  // namespace gyre::registry
