// What makes two records the same. Inside genai/ only.
#pragma once

#include <string>

#include "base/json.h"

namespace gyre::genai {

// A hash of the inputs that does not depend on the order of their members.
std::string hash_of_inputs(const json::Value& inputs);

}  // namespace gyre::genai
