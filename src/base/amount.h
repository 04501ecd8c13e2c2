// Amounts as people write them; lengths of time are in clock.h.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace gyre {

// "2GiB", "512MiB", "1000" as bytes.
Result<std::int64_t> parse_bytes(std::string_view text);

}  // namespace gyre
