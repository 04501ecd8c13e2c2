// One conversation with an open database, and watching over what it asks. Inside query/ only.
#pragma once

#include <atomic>
#include <thread>

#include "base/guarded.h"
#include "query/duckdb_api.h"
#include "query/query.h"

namespace gyre::query {

// DuckDB's message without its tail of candidates and line pictures.
std::string trimmed(std::string_view message);

// Used by one thread.
class Connection {
 public:
  Connection(const DuckdbApi& api, duckdb_database database) : api_(api) { api.duckdb_connect(database, &raw_); }
  ~Connection() { api_.duckdb_disconnect(&raw_); }
  Connection(const Connection&) = delete;
  duckdb_connection raw() const { return raw_; }

  Result<void> execute(const std::string& sql);

 private:
  const DuckdbApi& api_;
  duckdb_connection raw_ = nullptr;
};

// Interrupts a running query when it is cancelled, and tells how far it is, from a thread of its own.
class Supervisor {
 public:
  Supervisor(const DuckdbApi& api, duckdb_connection connection, const Call& call);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  bool interrupted() const { return interrupted_; }

 private:
  void watch();

  const DuckdbApi& api_;
  duckdb_connection connection_;
  const Call& call_;
  std::atomic<bool> interrupted_ = false;
  Guarded<bool> done_{false};
  std::thread thread_;
};

}  // namespace gyre::query
