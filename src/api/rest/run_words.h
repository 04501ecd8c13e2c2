// How a run stands, in the contract's words.
#pragma once

#include <string>
#include <string_view>

#include "base/case.h"

namespace gyre::rest {

// The contract's Status of MLflow's.
inline std::string run_status(std::string_view status) {
  if (status == "RUNNING") return "run";
  if (status == "SCHEDULED") return "wait";
  if (status == "FINISHED") return "ok";
  return status == "FAILED" ? "crit" : "none";
}

inline std::string run_state(std::string_view status) { return lower(status); }

}  // namespace gyre::rest
