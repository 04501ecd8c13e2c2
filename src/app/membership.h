// This server among those that share its database: its name, and which of the duties are its own.
#pragma once

#include <filesystem>
#include <thread>

#include "storage/sql/lease.h"

namespace gyre::app {

// Thread-safe. Leases are renewed by the duties themselves; on the real clock a thread keeps what is held while one of them
// takes its time.
class Membership {
 public:
  // The name is made once and stays in the data folder: whoever runs on that folder is the same server.
  static Result<std::unique_ptr<Membership>> join(sql::Db& db, const Clock& clock, const std::filesystem::path& data_dir);
  ~Membership() { leave(); }

  const std::string& server() const { return server_; }

  // Handing events to rooms needs nothing but the database: any server does it.
  sql::Lease& deliveries() { return deliveries_; }
  // The processes of steps are its holder's. They go on while it restarts, so it is not released and another waits longer; who
  // takes over starts what ran there once more.
  sql::Lease& pipelines() { return pipelines_; }
  // The prediction log and the labels are files of its holder, so monitors and policies stay with it, also while it is down. A
  // server that starts when the holder is gone takes over, and goes by its own log from then on.
  sql::Lease& home() { return home_; }

  void start();
  // The deliveries are free for others at once.
  void leave();

  static constexpr std::int64_t kBeatMs = 1000;
  static constexpr std::int64_t kGoneMs = 60'000;  // without a sign of a server; longer than a restart takes

 private:
  Membership(sql::Db& db, const Clock& clock, std::string server);
  void hold_all();

  const Clock& clock_;
  const std::string server_;
  sql::Lease deliveries_, pipelines_, home_;
  std::thread thread_;
  Guarded<bool> stopping_{false};
};

}  // namespace gyre::app
