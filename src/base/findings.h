// What a room's self-check found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gyre {

struct Findings {
  std::int64_t checked = 0;
  std::vector<std::string> problems;  // each names the thing and what is wrong with it
};

}  // namespace gyre
