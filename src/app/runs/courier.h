// Brings a run's folder to the server while it is written.
#pragma once

#include <condition_variable>
#include <thread>

#include "app/runs/sync.h"

namespace gyre::runs {

// A thread of its own: a server that is slow or away holds up nothing. It goes on with the next round, and begins with what the server has.
class Courier {
 public:
  struct Pace {
    std::int64_t each_ms = 1000;
    std::int64_t files_each_ms = 10'000;
    std::int64_t away_each_ms = 3000;  // while the server does not answer
  };
  Courier(const cli::Invocation& call, RunFolder& folder, Pace pace);
  ~Courier();

  // Sends what is left, and compares. `unavailable` when the server was away for `patience_ms`; what moves is waited for.
  Result<Synced> finish(std::int64_t patience_ms);

 private:
  void run();
  bool round(FolderSync::Files files);

  RunFolder& folder_;
  const Pace pace_;
  cli::Remote remote_;
  FolderSync sync_;  // of the thread alone, until it has ended

  std::mutex mutex_;
  std::condition_variable changed_;
  bool leave_ = false;
  std::optional<Error> trouble_;  // of the last round
  std::thread thread_;
};

}  // namespace gyre::runs
