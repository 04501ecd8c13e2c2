// Between the files that read `mlruns/`. Inside exchange/ only.
#pragma once

#include "exchange/mlruns_files.h"

namespace gyre::exchange {

struct MlrunsExperiment {
  std::string id;
  std::filesystem::path folder;
};

struct MlrunsReading {
  std::filesystem::path folder;
  Sink& sink;
  std::vector<MlrunsExperiment> experiments = {};
  std::map<std::string, Owner> owners = {};  // of files, by the URIs that versions may name
};

Result<void> read_experiment(MlrunsReading& reading, const std::filesystem::path& folder, bool deleted);
Result<void> read_runs(MlrunsReading& reading, const MlrunsExperiment& experiment);
Result<void> read_logged_models(MlrunsReading& reading, const MlrunsExperiment& experiment);
Result<void> read_registry(MlrunsReading& reading);
Result<void> read_traces(MlrunsReading& reading, const MlrunsExperiment& experiment);

}  // namespace gyre::exchange
