// How rules are kept, and whom they find. Inside tracking/ only.
#pragma once

#include "base/decode.h"
#include "tracking/retention.h"

namespace gyre::tracking {

BOOST_DESCRIBE_STRUCT(Rule, (), (name, experiment_id, filter, older_than_ms, keep_latest, keep_best, metric, lowest))

// A run that a rule finds.
struct Retention::Candidate {
  std::string id;
  std::int64_t experiment_id;
  std::string name, status, artifact_uri;
  std::int64_t ended_ms;
};

// An experiment by id, or -1 for "".
Result<std::int64_t> experiment_or_all(std::string_view id);

}  // namespace gyre::tracking
