// Background work that is done when it is due, on whatever clock the house runs.
#pragma once

#include <optional>

#include "base/clock.h"

namespace gyre {

struct DutyState {
  bool worked = false;  // something was done: ask all duties again before time moves
  bool busy = false;    // something outside runs, such as a job: a virtual clock stands still
  std::optional<TimeMs> next_due_ms;
};

// Called by one thread. Never waits.
class Duty {
 public:
  virtual ~Duty() = default;
  virtual std::string_view name() const = 0;
  virtual Result<DutyState> run_due(TimeMs now_ms) = 0;
};

}  // namespace gyre
