// JSON text of a scoring request. Inside api/inference only.
#pragma once

#include "api/inference/columns.h"

namespace gyre::inference {

// Good until the next call on this thread.
std::expected<simdjson::dom::element, serving::Refusal> parse(std::string_view body);

}  // namespace gyre::inference
