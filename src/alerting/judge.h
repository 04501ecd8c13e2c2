// What a rule makes of one point after the other. Inside alerting/ only.
#pragma once

#include <deque>

#include "alerting/alerting.h"

namespace gyre::alerting {

struct Seen {
  double step = 0, value = 0;
};

// All that a rule remembers of one metric of one run.
struct Memory {
  std::int64_t bad = 0, good = 0;  // points in a row
  std::string alert;               // the open one
  std::optional<double> best;
  double best_step = 0;
  TimeMs best_at_ms = 0;
  std::vector<Seen> seen;  // of change: thinned, at most kMaxSeen
};
constexpr std::size_t kMaxSeen = 65;

enum class Turn { none, fired, resolved };

struct Verdict {
  Turn turn = Turn::none;
  std::optional<double> reference;  // what the value was compared with
};

// `at_ms`: when the point came here.
Verdict judge(Memory& memory, const Rule& rule, const tracking::Metric& point, TimeMs at_ms);
// Time goes on without a point: of stalls by minutes.
Verdict judge_pause(Memory& memory, const Rule& rule, TimeMs now_ms);
// When judge_pause would turn it; nothing where it would not.
std::optional<TimeMs> due_of(const Memory& memory, const Rule& rule);

}  // namespace gyre::alerting
