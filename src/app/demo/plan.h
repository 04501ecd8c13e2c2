// What a demo does: which flights, which days, which limits.
#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace gyre::demo {

// Calendar of the main job. The dates come from the data: the backlog is what a first model needs.
constexpr TimeMs kFirstDay = 978'307'200'000;      // 2001-01-01
constexpr TimeMs kServeFrom = 983'750'400'000;     // 2001-03-05, a Monday
constexpr TimeMs kLastDay = 993'859'200'000;       // 2001-06-30
constexpr TimeMs kSmallLastDay = 987'897'600'000;  // 2001-04-22
constexpr TimeMs kMarchLastDay = 985'996'800'000;  // 2001-03-31
constexpr TimeMs kCompareFrom = 986'083'200'000;   // 2001-04-01: where the summary's gain begins

// A run that must not end as the main one does: it shows that nothing is scripted.
enum class Control {
  none,
  shuffled,  // each route's weeks in another order: no date changes anything, so no timetable alarm may open
  march,     // ends before the timetable changes: nothing may be promoted on an alarm
};

struct Plan {
  bool small = false;  // 1 in 20 routes
  Control control = Control::none;
  int seed = 1;
  TimeMs last_day = kLastDay;  // with traffic

  // The limits on counts of rows in the project file are for all routes; with fewer they are divided by this.
  int rows_divisor() const { return small ? 20 : 1; }
  // Two demos can go on in one data folder only when this is the same.
  std::string fingerprint() const;
};

struct PlanWords {
  bool small = false;
  std::string control, until;  // "" is none
  int seed = 1;
};
// From words of the command line; `invalid` says which are known.
Result<Plan> make_plan(const PlanWords& words);

// A project's limits on rows (min_rows, min_labelled, canary rows, ...) divided by `divisor`, at least 1.
json::Value with_fewer_rows(json::Value project, int divisor);

}  // namespace gyre::demo
