// Keys as the filter language writes them. Inside tracking/ only.
#pragma once

#include <string>
#include <string_view>

namespace gyre::tracking {

// As it is where that can be read back, otherwise in the quotes that it does not hold.
std::string key_text(std::string_view key);

}  // namespace gyre::tracking
