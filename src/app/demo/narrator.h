// What the person at the terminal sees while the demo runs: how far it is, and what happened as it happens.
#pragma once

#include <set>
#include <string>

#include "app/cli/terminal.h"
#include "app/demo/plan.h"
#include "app/house.h"

namespace gyre::demo {

// Lasting lines go to standard output, the moving one to standard error. Thread rule: the driver's thread alone.
class Narrator {
 public:
  Narrator(const Plan& plan, bool quiet) : plan_(plan), quiet_(quiet), started_ns_(monotonic_ns()) {}

  void say(std::string_view line);
  // The moving line: what is being done, or which hour is being lived.
  void doing(std::string_view what);
  void at(TimeMs now_ms, std::int64_t rows);
  // Draws it again, with the time that has passed. Cheap enough to be called by whatever waits.
  void tick();
  void clear() { progress_.clear(); }

  // Alerts and decisions that are new since the last call. What was there before the first call is not news.
  Result<void> tell_news(app::Rooms& rooms);
  // Quality of the last labelled day, for the moving line.
  Result<void> look(app::Rooms& rooms, TimeMs now_ms);

 private:
  const Plan& plan_;
  const bool quiet_;
  const std::int64_t started_ns_;
  cli::Progress progress_;
  std::set<std::string> told_;
  bool knows_the_past_ = false;
  std::string doing_, quality_, version_;
};

}  // namespace gyre::demo
