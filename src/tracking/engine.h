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
  explicit Engine(sql::Db& db) : db(db), ids(db), settler(db), sealer(db, book, settler, *this), quotas(db) {}
  sql::Db& db;
  IdBlocks ids;
  SeriesBook series;
  TailBook book;
  Settler settler;
  Sealer sealer;
  Together together;
  QuotaGate quotas;
  WatchBook watches;
};

// For those of this room who work beside the service: what it seals belongs to its engine.
Engine& engine_of(Service& service);

}  // namespace gyre::tracking
