// `gyre demo flights`: the house on a virtual clock, and the driver that lives half a year in it.
#pragma once

#include "app/demo/plan.h"
#include "app/demo/summary.h"

namespace gyre::demo {

struct FlightsOptions {
  Plan plan;
  std::filesystem::path data_dir, flights_file, project_file, python;  // python: the folder of the steps' interpreter
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  bool port_is_wish = false;  // it was asked for: no other is taken instead
  bool json = false;
  bool stay = true;  // leaves the page up until it is interrupted
};

// Goes on where an earlier run in the same data folder stopped. True when it showed what the plan is for; `cancelled`
// when interrupted.
Result<bool> run_flights(const FlightsOptions& options);

}  // namespace gyre::demo
