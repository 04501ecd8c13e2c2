// What RunQueries keeps in memory: nothing that is lost with it. Inside tracking/ only.
#pragma once

#include "base/guarded.h"
#include "tracking/key_book.h"
#include "tracking/owed.h"
#include "tracking/run_query.h"

namespace gyre::tracking {

struct RunQueries::State {
  explicit State(sql::Db& db) : settler(db) {}
  Settler settler;
  Guarded<KeyBook> keys;
};

}  // namespace gyre::tracking
