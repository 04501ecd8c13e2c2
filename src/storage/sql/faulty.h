// A database that fails on purpose, for tests of those who use one.
#pragma once

#include <cstdint>

#include "storage/sql/db.h"

namespace gyre::sql {

// Shares of transactions, 0 to 1.
struct Faults {
  std::uint64_t seed = 1;
  double before = 0;       // fails and has done nothing
  double rolled_back = 0;  // the body ran, then all of it was undone
  double after = 0;        // committed, but the answer was lost: `unavailable` all the same
  std::int64_t max_latency_us = 0;
};

// Borrows `inner`. The same seed and the same order of calls fail in the same places.
std::unique_ptr<Db> make_faulty(Db& inner, Faults faults);

}  // namespace gyre::sql
