// What names and values may look like, and what is said of those that may not: MLflow's words, which its clients compare.
#pragma once

#include <string>

#include "base/result.h"

namespace gyre::tracking {

// What most names are: nothing about it needs a closer look.
bool is_plain_name(std::string_view name);
// `place` tells where the name stood: "key", "metrics[3].name".
Result<void> check_name(std::string_view place, std::string_view name);
// In characters, not bytes.
Result<void> check_length(std::string_view what, std::string_view text, std::size_t most);
// The first `most` characters.
std::string shortened(std::string_view text, std::size_t most);

// "Invalid value <value> for parameter '<place>' supplied: <why>"; `value` is JSON text.
std::unexpected<Error> invalid_value(std::string_view value, std::string_view place, std::string_view why);
std::string json_quoted(std::string_view text);
// As Python shows a string: 'it', "it's".
std::string python_quoted(std::string_view text);

}  // namespace gyre::tracking
