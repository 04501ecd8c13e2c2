// A database whose transactions are counted.
#pragma once

#include "base/tally.h"
#include "storage/sql/db.h"

namespace gyre::sql {

struct Counters {
  Tally reads, writes;
};

// `counters` outlives it.
std::unique_ptr<Db> make_counted(std::unique_ptr<Db> inner, Counters& counters);

}  // namespace gyre::sql
