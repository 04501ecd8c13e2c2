// Text as UTF-8: RFC 3629.
#pragma once

#include <string_view>

namespace gyre {

// The bytes of the character at the front of a text that is not empty; 0 when none begins there: a stray or missing byte, an
// overlong form, a surrogate, or what lies above U+10FFFF.
std::size_t utf8_length(std::string_view text);
bool is_utf8(std::string_view text);

}  // namespace gyre
