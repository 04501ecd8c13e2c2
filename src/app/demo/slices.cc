#include "app/demo/slices.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"

namespace gyre::demo {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCleanRows = "date < TIMESTAMP '2001-07-01' AND delay BETWEEN -120 AND 900";
constexpr std::string_view kSmallRows = "('0x' || substr(md5(origin || '-' || destination), 1, 8))::UBIGINT % 20 = 0";

// Days of a route's week w become those of the week that has w's rank in a shuffled order, so weekdays stay.
constexpr std::string_view kShuffled = R"(
  weeks AS (
    SELECT origin, destination, week,
           row_number() OVER (PARTITION BY origin, destination ORDER BY md5(origin || destination || week || 'seed{0}')) AS place
    FROM (SELECT DISTINCT origin, destination, date_diff('day', DATE '2001-01-01', date::DATE) // 7 AS week FROM raw)),
  ranked AS (
    SELECT origin, destination, week, row_number() OVER (PARTITION BY origin, destination ORDER BY week) AS place FROM weeks),
  moved AS (
    SELECT weeks.origin, weeks.destination, weeks.week AS week_from, ranked.week AS week_to
    FROM weeks JOIN ranked USING (origin, destination, place)),
  clean AS (
    SELECT raw.* REPLACE (date + to_days(((week_to - week_from) * 7)::INTEGER) AS date)
    FROM raw JOIN moved ON raw.origin = moved.origin AND raw.destination = moved.destination
         AND date_diff('day', DATE '2001-01-01', raw.date::DATE) // 7 = moved.week_from))";

std::string flights_query(const SliceOptions& options) {
  const auto chain = options.shuffle_weeks ? fmt::format(fmt::runtime(std::string(kShuffled)), options.seed) : "clean AS (SELECT * FROM raw)";
  return fmt::format(
      "WITH raw AS (SELECT * FROM read_parquet({}, file_row_number = true) WHERE {} AND {}), {} "
      "SELECT file_row_number AS flight_id, date AS ts, strftime(date, '%Y-%m-%d') AS day, origin, destination, distance::FLOAT AS distance, "
      "(extract(hour FROM date) * 60 + extract(minute FROM date))::FLOAT AS dep_min, isodow(date)::FLOAT AS dow, (delay > 15)::UTINYINT AS late "
      "FROM clean WHERE date < TIMESTAMP '2001-07-01'",
      query::quote(options.source.string()), kCleanRows, options.small ? kSmallRows : "true", chain);
}

Result<void> cut(query::Engine& engine, const SliceOptions& options, const fs::path& scratch) {
  const auto all = scratch / "all.parquet";
  TRY(query::execute(
      engine, fmt::format("COPY ({} ORDER BY ts, flight_id) TO {} (FORMAT parquet, COMPRESSION zstd)", flights_query(options), query::quote(all.string()))));
  const auto split = [&](std::string_view columns, const fs::path& folder) {
    return query::execute(engine, fmt::format("COPY (SELECT {}, day FROM read_parquet({})) TO {} (FORMAT parquet, PARTITION_BY (day), "
                                              "COMPRESSION zstd, OVERWRITE_OR_IGNORE true)",
                                              columns, query::quote(all.string()), query::quote(folder.string())));
  };
  TRY(split("flight_id, ts, origin, destination, distance, dep_min, dow", scratch / "flights"));
  TRY(split("flight_id, late", scratch / "labels"));
  std::error_code ignored;
  fs::remove(all, ignored);
  return {};
}

// DuckDB writes <kind>/day=2001-03-05/data_0.parquet, in the order of the rows, and one file more for each other thread that
// had rows of the day: then they are brought into order again.
Result<void> collect(query::Engine& engine, const fs::path& scratch, std::string_view kind, const fs::path& target, std::string_view order) {
  TRY(make_folders(target / kind));
  for (const auto& day : fs::directory_iterator(scratch / kind)) {
    const auto file = target / kind / (day.path().filename().string().substr(std::string_view("day=").size()) + ".parquet");
    const auto parts = std::distance(fs::directory_iterator(day), fs::directory_iterator());
    if (parts == 1) {
      fs::rename(fs::directory_iterator(day)->path(), file);
      continue;
    }
    TRY(query::execute(
        engine,
        fmt::format("COPY (SELECT * EXCLUDE (day) FROM read_parquet({}, hive_partitioning = true) ORDER BY {}) TO {} (FORMAT parquet, COMPRESSION zstd)",
                    query::quote((day.path() / "*.parquet").string()), order, query::quote(file.string()))));
  }
  return {};
}

std::vector<TimeMs> days_in(const fs::path& folder) {
  std::vector<TimeMs> days;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (const auto day = from_iso(entry.path().stem().string())) days.push_back(*day);
  }
  std::ranges::sort(days);
  return days;
}

}  // namespace

fs::path flights_of(const fs::path& folder, TimeMs day) { return folder / "flights" / (to_iso_date(day) + ".parquet"); }
fs::path labels_of(const fs::path& folder, TimeMs day) { return folder / "labels" / (to_iso_date(day) + ".parquet"); }

Result<std::vector<TimeMs>> cut_days(query::Engine& engine, const SliceOptions& options) try {
  const auto done = options.folder / "complete";
  if (fs::exists(done)) return days_in(options.folder / "flights");
  if (!fs::exists(options.source)) {
    return fail(Code::not_found, fmt::format("the flights file '{}' is not there", options.source.string()), {},
                "./gyre-dev setup brings it, or name it with --data FILE");
  }
  const auto scratch = options.folder / "cutting";
  fs::remove_all(scratch);
  TRY(make_folders(scratch));
  TRY(cut(engine, options, scratch));
  TRY(collect(engine, scratch, "flights", options.folder, "ts, flight_id"));
  TRY(collect(engine, scratch, "labels", options.folder, "flight_id"));
  fs::remove_all(scratch);
  TRY(write_file_durably(done, ""));
  return days_in(options.folder / "flights");
} catch (const fs::filesystem_error& error) {
  return fail(Code::unavailable, "cannot cut the flights into days", error.what(), "check the space and the rights of the data folder");
}

Result<Day> read_day(query::Engine& engine, const fs::path& folder, TimeMs day) {
  Day flights;
  const auto sql = fmt::format(
      "SELECT f.flight_id, origin, destination, distance::DOUBLE, dep_min::DOUBLE, dow::DOUBLE, extract(hour FROM ts)::BIGINT, late = 1 "
      "FROM read_parquet({}) f JOIN read_parquet({}) l USING (flight_id) ORDER BY ts, flight_id",
      query::quote(flights_of(folder, day).string()), query::quote(labels_of(folder, day).string()));
  TRY(engine.run(
      sql, {}, [](const auto&) {},
      [&](const query::Block& block) -> Result<void> {
        for (std::size_t i = 0; i < block.rows; ++i) {
          flights.flight_id.push_back(block.columns[0].integers[i]);
          flights.origin.push_back(block.columns[1].texts[i]);
          flights.destination.push_back(block.columns[2].texts[i]);
          flights.distance.push_back(block.columns[3].reals[i]);
          flights.dep_min.push_back(block.columns[4].reals[i]);
          flights.dow.push_back(block.columns[5].reals[i]);
          flights.hour.push_back(static_cast<int>(block.columns[6].integers[i]));
          flights.late.push_back(block.columns[7].integers[i] != 0);
        }
        return {};
      }));
  return flights;
}

}  // namespace gyre::demo
