// JSON as Python's json.dumps(ensure_ascii=False) writes it. Clients compare such texts, and searches match parts of them.
#pragma once

#include <string>

#include "base/json.h"

namespace gyre::traces {

std::string python_json(const json::Value& value);

}  // namespace gyre::traces
