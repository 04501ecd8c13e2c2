// Bytes as text: base 64 (RFC 4648) and hexadecimal digits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gyre {

std::string base64(std::string_view bytes);
// Nothing where a character is none of the alphabet. Padding may be missing.
std::optional<std::string> unbase64(std::string_view text);

std::string to_hex(std::string_view bytes);  // lower case
// Nothing where the digits are odd in number or no digits.
std::optional<std::string> from_hex(std::string_view digits);

}  // namespace gyre
