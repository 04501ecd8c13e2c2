#include "app/demo/flights.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdlib>

#include "app/demo/driver.h"
#include "app/demo/print.h"
#include "base/file.h"

namespace gyre::demo {
namespace {

namespace fs = std::filesystem;

std::string step_path(const fs::path& python) {
  const char* path = std::getenv("PATH");
  return fmt::format("{}:{}", python.string(), path && *path ? path : "/usr/local/bin:/usr/bin:/bin");
}

Result<Position> take_up(const PositionFile& file, const FlightsOptions& options) {
  const auto earlier = TRY(file.read());
  if (!earlier) return Position{.plan = options.plan.fingerprint(), .at_ms = kFirstDay};
  if (earlier->plan != options.plan.fingerprint()) {
    return fail(Code::conflict, fmt::format("'{}' holds another demo: {}", options.data_dir.string(), earlier->plan), {},
                "start it with the same flags, or give this one a folder with --data-dir");
  }
  return *earlier;
}

// The port that was asked for, and no other. Else that of the run before, since steps under way talk to it; else the usual one
// or a free one.
Result<void> open_doors(app::House& house, const FlightsOptions& options, Position& position) {
  if (options.port_is_wish && options.port != 0) {
    TRY(house.listen({.host = options.host, .port = options.port}));
    position.port = options.port;
    return {};
  }
  for (const auto port : {static_cast<std::uint16_t>(position.port), options.port}) {
    if (port == 0 || !house.listen({.host = options.host, .port = port})) continue;
    position.port = port;
    return {};
  }
  TRY(house.listen({.host = options.host, .port = 0}));
  position.port = house.port();
  return {};
}

// The hour is lived again, but what was decided in it before a crash stays earlier than what is decided now.
Result<void> go_on_after_the_newest_stamp(app::House& house, VirtualClock& clock) {
  const auto newest = TRY(house.rooms().governance.audit_log(INT64_MAX, 1));
  if (!newest.empty()) clock.advance_to(newest.front().entry.at_ms);
  return {};
}

std::int64_t cpu_ms() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

}  // namespace

Result<bool> run_flights(const FlightsOptions& options) {
  const Interrupt interrupt;
  Narrator narrator(options.plan, options.json);
  TRY(make_folders(options.data_dir));
  const PositionFile position_file(options.data_dir / "position.json");
  auto position = TRY(take_up(position_file, options));
  VirtualClock clock(position.at_ms);
  const auto house = TRY(app::House::open({.data_dir = options.data_dir, .step_path = step_path(options.python)}, clock));
  TRY(go_on_after_the_newest_stamp(*house, clock));
  TRY(open_doors(*house, options, position));
  narrator.say(fmt::format("{} flights demo ({})  data in {}  page at {}", position.at_ms > kFirstDay ? "going on with the" : "beginning the",
                           options.plan.fingerprint(), options.data_dir.string(), house->url()));
  narrator.say(cli::paint("data: U.S. Bureau of Transportation Statistics, on-time performance, via vega-datasets 3.2.1", cli::Tone::dim));
  narrator.doing("cutting the flights into days");
  const SliceOptions slices{.source = options.flights_file,
                            .folder = options.data_dir / "outside",
                            .small = options.plan.small,
                            .shuffle_weeks = options.plan.control == Control::shuffled,
                            .seed = options.plan.seed};
  TRY(cut_days(house->engine(), slices));

  Driver driver({*house, clock, options.plan, slices.folder, options.project_file, narrator, interrupt, position_file, position});
  const auto lived = driver.run();
  narrator.clear();
  if (!lived) return std::unexpected(lived.error());
  const auto summary = TRY(summarize(house->rooms(), driver.results(), static_cast<std::uint64_t>(options.plan.seed)));
  const auto missing = shortcomings(options.plan, summary);
  if (options.json) {
    print_json(options.plan, summary, missing);
  } else {
    print(options.plan, summary);
    fmt::print("this process used {:.1f} s of CPU beside the trainings\n", static_cast<double>(cpu_ms()) / 1000);
    for (const auto& sentence : missing) fmt::print("{} {}\n", cli::status("no"), sentence);
  }
  if (!options.stay) return missing.empty();
  print_places(house->url());
  std::fflush(stdout);
  house->start_duties();
  interrupt.wait();
  return missing.empty();
}

}  // namespace gyre::demo
