// What would have been: the first model kept for ever, and one trained anew every 28 days whatever happens. They score the
// same flights as the endpoint did, through the same runtime, but serve nobody.
#pragma once

#include <array>
#include <unordered_set>

#include "app/demo/slices.h"
#include "app/house.h"
#include "monitoring/quality.h"

namespace gyre::demo {

enum Contender : std::size_t { kServed, kNever, kCalendar };
inline constexpr std::size_t kContenders = 3;
inline constexpr std::array<std::string_view, kContenders> kContenderNames = {"policy", "never", "every 28 days"};

constexpr std::string_view kEndpoint = "flights-late";
constexpr std::string_view kCalendarPipeline = "calendar", kCalendarModel = "flights-calendar";
constexpr TimeMs kCalendarEveryMs = 28 * kDayMs;

// One day's flights that all contenders know how to score.
struct DayResult {
  std::array<monitoring::ScoreSketch, kContenders> scores;
  std::int64_t refused = 0;  // flights that the endpoint did not score; each once, however often a restart sent them
};

// Thread rule: the driver's thread alone.
class Rivals {
 public:
  Rivals(app::Rooms& rooms, TimeMs serve_from_ms) : rooms_(rooms), serve_from_ms_(serve_from_ms) {}

  // Starts the training by the calendar that is due on `day`, if any. Repeated, it starts nothing twice.
  Result<void> begin_day(TimeMs day);
  // Compares what the endpoint answered on a past day, by its prediction log, with what the others say.
  Result<DayResult> compare(query::Engine& engine, const Day& flights, TimeMs day);
  // Tells the monitor what the first model would have been worth on a day that another one answered.
  Result<void> tell(TimeMs day, const DayResult& result);

 private:
  struct Version {
    std::string model;
    std::int64_t number = 0;
    std::unordered_set<std::string> origins, destinations;
    bool knows(const Day& flights, std::size_t row) const { return origins.contains(flights.origin[row]) && destinations.contains(flights.destination[row]); }
  };
  Result<const Version*> loaded(std::string_view model, std::int64_t number);
  Result<const Version*> first();
  Result<const Version*> by_calendar(TimeMs day);
  Result<std::vector<double>> scores(const Version& version, const Day& flights, const std::vector<std::size_t>& rows);

  app::Rooms& rooms_;
  const TimeMs serve_from_ms_;
  std::map<std::string, Version> versions_;
};

}  // namespace gyre::demo
