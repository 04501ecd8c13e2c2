// What a Service keeps in memory: hints and numbers, nothing that is lost with it. Inside tracking/ only.
#pragma once

#include "tracking/id_blocks.h"
#include "tracking/sealer.h"

namespace gyre::tracking {

struct Engine {
  explicit Engine(sql::Db& db) : ids(db), sealer(db, book) {}
  IdBlocks ids;
  TailBook book;
  Sealer sealer;
};

}  // namespace gyre::tracking
