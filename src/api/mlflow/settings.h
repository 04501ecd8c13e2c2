// What MLflow's own server is told by its environment about calls, beside what the webhooks are told.
#pragma once

#include "net/router.h"

namespace gyre::mlflow {

struct Settings {
  bool truncates_long_values = true;  // MLFLOW_TRUNCATE_LONG_VALUES; else a long parameter or tag is refused
  std::int64_t max_location = 2048;   // MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH, in characters; more are refused in any case
  std::string version_source;         // MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX; empty: any
};

// `invalid` names the variable whose value cannot be meant.
Result<Settings> read_settings();

// Routes that were added so far keep to them. The checks are the tighter ones only: as MLflow is by default, nothing is looked at twice.
Result<void> keep_to(net::Router& router, const Settings& settings);

}  // namespace gyre::mlflow
