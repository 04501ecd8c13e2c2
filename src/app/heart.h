// What makes the house do its background work: one thread asks each duty in turn whether something is due.
#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "base/duty.h"
#include "base/guarded.h"

namespace gyre::app {

// Duties are asked in the given order, from the lowest room to the highest, by one thread at a time.
class Heart {
 public:
  Heart(const Clock& clock, std::vector<Duty*> duties) : clock_(clock), duties_(std::move(duties)) {}
  ~Heart() { stop(); }

  // Real time: beats on a thread of its own, each kBeatMs, or each kBusyBeatMs after one that found work.
  void start();
  void stop();

  // Virtual time, on the caller's thread. Runs all that is due now and waits for what runs outside; time stands still.
  // `interrupted` true ends it with `cancelled`.
  Result<void> settle(const std::function<bool()>& interrupted);
  // Moves time to `target_ms`, stopping at each moment on the way at which a duty is due.
  Result<void> advance_to(VirtualClock& clock, TimeMs target_ms, const std::function<bool()>& interrupted);

  static constexpr std::int64_t kBeatMs = 200;
  // Beats begin so far apart even while there is work, so that what comes one by one is done together: an event of each new run would cost a commit.
  static constexpr std::int64_t kBusyBeatMs = 10;

 private:
  DutyState beat_once();
  Result<DutyState> settled(const std::function<bool()>& interrupted);

  const Clock& clock_;
  const std::vector<Duty*> duties_;
  std::thread thread_;
  Guarded<bool> stopping_{false};
  std::atomic<int> failures_in_a_row_ = 0;
  Guarded<Error> last_failure_{Error{Code::internal, ""}};
};

}  // namespace gyre::app
