// A store whose calls and bytes are counted.
#pragma once

#include "base/tally.h"
#include "storage/blob/store.h"

namespace gyre::blob {

struct Counters {
  Tally puts, gets, others;  // others: stat, list, remove
  std::atomic<std::int64_t> bytes_in = 0, bytes_out = 0;
};

// `counters` outlives it.
std::unique_ptr<Store> make_counted(std::unique_ptr<Store> inner, Counters& counters);

}  // namespace gyre::blob
