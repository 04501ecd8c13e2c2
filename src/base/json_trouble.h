// Where a text stops being JSON. The parser proper is fast and does not know; this one is asked after it has refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace gyre::json {

struct Trouble {
  Position position;
  std::string what;  // "expected ',' or '}'"
};

// Nothing: the text is JSON, or is nested deeper than kMaxDepth.
std::optional<Trouble> find_trouble(std::string_view text);

// "line 3, column 7: expected ',' or '}'"; what the parser said where nothing is found.
std::string describe_trouble(std::string_view text, std::string_view otherwise);

}  // namespace gyre::json
