// /health, /ready, /version and /metrics.
#pragma once

#include <functional>

#include "base/figures.h"
#include "exec/counted.h"
#include "infer/counted.h"
#include "net/router.h"
#include "query/counted.h"
#include "storage/blob/counted.h"
#include "storage/sql/counted.h"
#include "storage/sql/outbox.h"

namespace gyre::operations {

// What the seams below the rooms count.
struct Meters {
  sql::Counters sql;
  blob::Counters blob;
  exec::Counters exec;
  query::Counters query;
  infer::Counters infer;
};

// One room, or the server itself, that tells figures.
struct Source {
  std::string room;
  std::function<Result<Figures>()> figures;
};

// What the routes answer from. It and all that it names outlive the router.
struct Sources {
  std::string version;
  Meters& meters;
  sql::Db& db;
  blob::Store& blobs;
  std::function<json::Value()> http;                                   // net::Server::statistics()
  std::function<Result<std::vector<outbox::Dispatcher::Lag>>()> lags;  // of those who listen to events
  std::vector<Source> rooms;
};

void add_routes(net::Router& router, const Sources& sources);

// The text of /metrics.
Result<std::string> exposition(const Sources& sources);

}  // namespace gyre::operations
