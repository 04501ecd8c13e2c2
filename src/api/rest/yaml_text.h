// A stored definition as the YAML that a person would write.
#pragma once

#include "base/json.h"

namespace gyre::rest {

// Members on lines of their own; what is small and flat stands on one line, in braces. `indent` spaces before each line.
std::string yaml_text(const json::Value& value, int indent = 0);

}  // namespace gyre::rest
