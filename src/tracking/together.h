// Points for one run that wait at the same time become one batch. Inside tracking/ only.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>

#include "tracking/tracking.h"

namespace gyre::tracking {

// Many clients of one run, each with a point, cost one row of the tail and one transaction for all that came while the one before was
// written; and they do not collide, where the database would have to try again. Thread-safe.
class Together {
 public:
  static constexpr std::size_t kMaxPoints = 8000;  // of one transaction, beyond those of its first batch

  using Write = std::function<Result<void>(const Batch&)>;
  // `batch` holds points alone. `write` is called for this batch and for others that wait for the same run, or another's `write` for
  // this one: all have its outcome. So it depends on nothing but the run.
  Result<void> write(std::string_view run_id, const Batch& batch, const Write& write);
  // Batches for the run that are not answered, the one that is written among them.
  std::size_t pending(std::string_view run_id) const;

 private:
  struct Waiting {
    const Batch* batch;
    Result<void> outcome = {};
    bool done = false;
    std::condition_variable turn = {};  // it is done, or the first of its line
  };
  using Line = std::deque<Waiting*>;  // the first of it writes

  static std::vector<Waiting*> first_of(const Line& line);

  mutable std::mutex mutex_;
  std::map<std::string, Line, std::less<>> lines_;  // of runs that are written to now
};

}  // namespace gyre::tracking
