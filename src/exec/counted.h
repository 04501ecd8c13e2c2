// A launcher whose jobs are counted.
#pragma once

#include "base/tally.h"
#include "exec/launcher.h"

namespace gyre::exec {

struct Counters {
  Tally starts, polls;
  std::atomic<std::int64_t> stops = 0, removed = 0;
};

// `counters` outlives it.
std::unique_ptr<Launcher> make_counted(std::unique_ptr<Launcher> inner, Counters& counters);

}  // namespace gyre::exec
