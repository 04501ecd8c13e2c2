// What a rule makes of one window after the other: ok -> pending -> open -> ok. Inside monitoring/ only.
#pragma once

#include "monitoring/monitoring.h"

namespace gyre::monitoring {

// While a rule is not open, windows over its limit count; while it is open, those on the good side of `clear` do, and what
// lies between counts neither way. `bad_windows` of the last `of_windows` turn it.
struct RuleMemory {
  std::string state = "ok";    // ok pending open
  std::vector<TimeMs> recent;  // of the last windows: the start where it counted, else -1
  TimeMs onset_ms = 0;         // start of the first window that counted, while pending or open
};

enum class Turn { none, opened, resolved };
Turn step(RuleMemory& memory, const Rule& rule, TimeMs window_from_ms, const Measured& measured);

}  // namespace gyre::monitoring
