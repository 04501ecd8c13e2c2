// The demo's life: an outside world of data, flights and labels that knows the house only as its clients do, and a clock
// that it moves on.
#pragma once

#include "app/demo/feed.h"
#include "app/demo/interrupt.h"
#include "app/demo/narrator.h"
#include "app/demo/position.h"
#include "app/demo/rivals.h"
#include "app/demo/traffic.h"

namespace gyre::demo {

// Thread rule: one thread. It drives the heart, so nobody else may.
class Driver {
 public:
  struct Parts {
    app::House& house;
    VirtualClock& clock;
    const Plan& plan;
    std::filesystem::path slices;        // folder of cut days
    std::filesystem::path project_file;  // gyre.yaml
    Narrator& narrator;
    const Interrupt& interrupt;
    PositionFile position_file;
    Position position;
  };
  explicit Driver(Parts parts);

  // From the position on to the end of the plan; `cancelled` when interrupted, to be gone on with later.
  Result<void> run();
  // One a day with traffic.
  const std::map<TimeMs, DayResult>& results() const { return results_; }
  const Sent& sent() const { return sent_; }  // by this process

 private:
  Result<void> begin_at(TimeMs at_ms);
  Result<void> live_backlog();
  Result<void> set_up();
  Result<void> compare_missing();
  Result<void> open_day(TimeMs day);
  Result<void> live_hour(TimeMs hour_ms);
  Result<void> settle();
  Result<void> compare(TimeMs day);
  Result<const Day*> flights_on(TimeMs day);

  app::House& house_;
  VirtualClock& clock_;
  const Plan& plan_;
  const std::filesystem::path slices_, project_file_;
  Narrator& narrator_;
  const std::function<bool()> interrupted_;
  const PositionFile position_file_;
  Position position_;
  Feed feed_;
  Traffic traffic_;
  Rivals rivals_;
  std::map<TimeMs, Day> days_;  // those not done with
  std::map<TimeMs, DayResult> results_;
  Sent sent_;
};

}  // namespace gyre::demo
