// What half a year came to, in figures.
#pragma once

#include <map>

#include "app/demo/compare.h"
#include "app/demo/plan.h"
#include "app/demo/rivals.h"

namespace gyre::demo {

struct Week {
  TimeMs monday_ms = 0;
  std::int64_t days = 0;
  std::array<monitoring::Quality, kContenders> quality;
  double off_timetable = 0;                          // share of flights when none usually leaves, as the monitor saw it
  double estimated_auc = 0, estimated_log_loss = 0;  // before labels, by rows of the monitor's windows
};

struct Cost {
  std::int64_t trainings = 0, cpu_ms = 0;
};

// How far one way of retraining got from the alarm to the promotion.
struct Chain {
  bool alarm = false, waited = false, trained = false, gated = false, promoted = false;
  bool whole() const { return alarm && waited && trained && gated && promoted; }
};

struct Summary {
  std::vector<Week> weeks;
  std::array<monitoring::Quality, kContenders> overall, since_break;
  std::array<Gain, kContenders> gain;        // of the policy over each other, from 1 April on
  std::map<std::string, Cost> cost;          // by who started the training
  std::vector<policy::Decision> decisions;   // oldest first
  std::vector<monitoring::Alert> alerts;     // oldest first
  std::vector<registry::Version> versions;   // oldest first
  std::vector<serving::Revision> revisions;  // oldest first
  Chain chain;                               // of a case that an alert opened
  std::int64_t scored = 0, refused = 0;      // rows
};

Result<Summary> summarize(app::Rooms& rooms, const std::map<TimeMs, DayResult>& results, std::uint64_t seed);

// Whether the run showed what its plan is for; the sentences say what was missing.
std::vector<std::string> shortcomings(const Plan& plan, const Summary& summary);

}  // namespace gyre::demo
