// Commands that are printed to be typed again.
#pragma once

#include <string>
#include <string_view>

namespace gyre {

// `text` as one word of a POSIX shell, in quotes where it needs them; the page quotes alike (web/src/features/retention/rule.ts).
std::string shell_word(std::string_view text);

}  // namespace gyre
