// What two texts differ in, line by line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gyre {

struct TextDiff {
  std::string text;                     // unified: "--- a", "+++ b", "@@ -1,3 +1,4 @@" and lines behind ' ', '-' or '+'; empty: they are equal
  std::int64_t added = 0, removed = 0;  // lines
  bool is_coarse = false;               // so much differs that the part between the common beginning and end is told as a whole
};

struct DiffNames {
  std::string_view before, after;
};

constexpr std::size_t kDiffContext = 3;      // lines around a change
constexpr std::size_t kMaxDiffEdits = 2000;  // beyond, the diff is coarse: time and memory grow with their square

// The shortest edit: E. W. Myers, "An O(ND) difference algorithm and its variations", Algorithmica 1 (1986).
TextDiff unified_diff(std::string_view before, std::string_view after, const DiffNames& names);

}  // namespace gyre
