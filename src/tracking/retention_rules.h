// How rules are kept, and whom they find. Inside tracking/ only.
#pragma once

#include "base/decode.h"
#include "tracking/quota_gate.h"
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

// Who puts runs into the bin.
struct Retention::Binner {
  std::string name;                                 // the rule's, or "quota:all"
  std::optional<TimeMs> changed_ms = std::nullopt;  // the rule's as it was found
  std::optional<Quota> quota = std::nullopt;        // as it was counted
};

// A logged model that goes with its run.
struct Retention::ModelFiles {
  std::string id, artifact_uri;
};

}  // namespace gyre::tracking
