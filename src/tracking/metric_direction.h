// Whether more of a metric is better.
#pragma once

#include <string_view>

namespace gyre::tracking {

enum class Better { unknown, higher, lower };
std::string_view to_string(Better better);  // "", "higher", "lower"

// By the words of its key ("val/log_loss", "testAUC"): nobody says it, and most metrics are called what they are. Words that both ways
// would be true of, such as "score_error", are errors.
Better better_of(std::string_view key);

}  // namespace gyre::tracking
