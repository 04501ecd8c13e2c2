// Background work that is done when it is due, on whatever clock the house runs.
#pragma once

#include <algorithm>
#include <optional>

#include "base/clock.h"

namespace gyre {

struct DutyState {
  bool worked = false;  // something was done: ask all duties again before time moves
  bool busy = false;    // something outside runs, such as a job: a virtual clock stands still
  std::optional<TimeMs> next_due_ms;

  // Something is due then; the earliest such moment counts.
  void due_at(TimeMs at_ms) { next_due_ms = std::min(next_due_ms.value_or(at_ms), at_ms); }
  void add(const DutyState& other) {
    worked |= other.worked;
    busy |= other.busy;
    if (other.next_due_ms) due_at(*other.next_due_ms);
  }
};

// Called by one thread. Never waits.
class Duty {
 public:
  virtual ~Duty() = default;
  virtual std::string_view name() const = 0;
  virtual Result<DutyState> run_due(TimeMs now_ms) = 0;
};

}  // namespace gyre
