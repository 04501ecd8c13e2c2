// The flights file cut into what was known on each day: one Parquet file of flights and one of labels a day.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "query/query.h"

namespace gyre::demo {

struct SliceOptions {
  std::filesystem::path source;  // flights-3m.parquet
  std::filesystem::path folder;  // where the days go
  bool small = false;            // 1 in 20 routes; whole routes, since single rows dropped would hide the timetable
  bool shuffle_weeks = false;    // a control: each route's weeks in another order, so that no date changes anything
  int seed = 1;
};

// Writes <folder>/flights/<day>.parquet and <folder>/labels/<day>.parquet for each day of the source. Repeating it is free
// once it has ended. Returns the days in order, as times of their midnight.
Result<std::vector<TimeMs>> cut_days(query::Engine& engine, const SliceOptions& options);

std::filesystem::path flights_of(const std::filesystem::path& folder, TimeMs day);
std::filesystem::path labels_of(const std::filesystem::path& folder, TimeMs day);

// One day's flights by column, in order of time.
struct Day {
  std::vector<std::int64_t> flight_id;
  std::vector<std::string> origin, destination;
  std::vector<double> distance, dep_min, dow;
  std::vector<int> hour;
  std::vector<bool> late;
  std::size_t rows() const { return flight_id.size(); }
};
Result<Day> read_day(query::Engine& engine, const std::filesystem::path& folder, TimeMs day);

}  // namespace gyre::demo
