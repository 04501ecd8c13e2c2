// The version of this binary.
#pragma once

#include <string_view>

namespace gyre::app {

inline constexpr std::string_view kVersion = GYRE_VERSION;

}  // namespace gyre::app
