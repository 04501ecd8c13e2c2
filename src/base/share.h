// What several share without one of them taking all.
#pragma once

#include <cstdint>

namespace gyre {

// Whether one who has `own` of the `all` that are in use may have one more, where there are `most`. The last quarter is for those who
// have less than a quarter: one alone gets three quarters, and beside it another always finds room.
constexpr bool has_room(std::int64_t all, std::int64_t most, std::int64_t own) {
  const auto reserve = most / 4;
  return all < most - reserve || (all < most && own < reserve);
}

}  // namespace gyre
