// Times and durations as people write them in filters. Inside tracking/ only.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace gyre::tracking {

// "2026-11-01", "2026-11-01T08:30", "2026-11-01 08:30:15.250", with a Z or without: all UTC.
std::optional<TimeMs> parse_time(std::string_view text);
// "7d", "1h30m", "500ms", "-2w".
std::optional<std::int64_t> parse_duration_ms(std::string_view text);

}  // namespace gyre::tracking
