// A store that fails on purpose, for tests of those who use one.
#pragma once

#include <cstdint>

#include "storage/blob/store.h"

namespace gyre::blob {

// Shares of calls, 0 to 1.
struct Faults {
  std::uint64_t seed = 1;
  double before = 0;  // fails and has done nothing
  double torn = 0;    // put: the source breaks off in the middle; get: some bytes come, then an error
  double after = 0;   // put and remove: done, but the answer was lost
  std::int64_t max_latency_us = 0;
};

// Borrows `inner`. The same seed and the same order of calls fail in the same places.
std::unique_ptr<Store> make_faulty(Store& inner, Faults faults);

}  // namespace gyre::blob
