// A walk over an experiment's active runs that counts the keys of one kind, a piece at a time. Inside tracking/ only.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <unordered_map>

#include "tracking/experiment_keys.h"

namespace gyre::tracking {

struct KeyWalk {
  std::unordered_map<std::string, std::int64_t> counts;  // key -> how many of the runs have it
  std::int64_t runs = 0, rows = 0;
  bool ended = false;

  // Where the next piece begins: runs are taken by (start, id), the largest first.
  std::int64_t before_ms = std::numeric_limits<std::int64_t>::max();
  std::string before_id = {};
};

// The next kRunsAPiece runs, or fewer that have many keys. Runs that start meanwhile are for the next walk.
Result<void> walk_on(sql::Db& db, std::int64_t experiment, KeyKind kind, KeyWalk& walk);

// A count in the order in which it is searched: the commonest first, then by name.
struct KeyCount {
  struct Key {
    std::string text, lowered;
    std::int64_t runs = 0;
  };
  std::vector<Key> keys;
  std::int64_t runs = 0, rows = 0;
};
KeyCount sorted(const KeyWalk& walk);
// What `newer` met that `whole` does not know, put behind it.
void add_new(KeyCount& whole, const KeyWalk& newer);

// `total`, `rows` and `next_offset` of a page.
KeyPage page_of(const KeyCount& count, const KeySearch& search);

}  // namespace gyre::tracking
