// An engine whose statements are counted.
#pragma once

#include "base/tally.h"
#include "query/query.h"

namespace gyre::query {

struct Counters {
  Tally statements, files_written;
  std::atomic<std::int64_t> rows = 0;  // that statements gave
};

// `counters` outlives it.
std::unique_ptr<Engine> make_counted(std::unique_ptr<Engine> inner, Counters& counters);

}  // namespace gyre::query
