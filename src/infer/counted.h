// A runtime whose models and runs are counted.
#pragma once

#include "base/tally.h"
#include "infer/infer.h"

namespace gyre::infer {

struct Counters {
  Tally loads, runs;
  std::atomic<std::int64_t> rows = 0, sessions = 0;  // sessions: held now
};

// `counters` outlives it and all that it loads.
std::unique_ptr<Runtime> make_counted(std::unique_ptr<Runtime> inner, Counters& counters);

}  // namespace gyre::infer
