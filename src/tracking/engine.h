// What a Service keeps in memory: hints and numbers, nothing that is lost with it. Inside tracking/ only.
#pragma once

#include "tracking/id_blocks.h"
#include "tracking/quota_gate.h"
#include "tracking/sealer.h"
#include "tracking/series_book.h"
#include "tracking/together.h"
#include "tracking/watch_book.h"

namespace gyre::tracking {

struct Engine {
  explicit Engine(sql::Db& db) : ids(db), settler(db), sealer(db, book, settler), quotas(db) {}
  IdBlocks ids;
  SeriesBook series;
  TailBook book;
  Settler settler;
  Sealer sealer;
  Together together;
  QuotaGate quotas;
  WatchBook watches;
};

}  // namespace gyre::tracking
