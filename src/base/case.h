// Texts whose case does not count.
#pragma once

#include <string>
#include <string_view>

namespace gyre {

// A to Z become a to z; all else stays, UTF-8 included.
std::string lower(std::string_view text);
// a to z become A to Z; all else stays.
std::string upper(std::string_view text);

}  // namespace gyre
