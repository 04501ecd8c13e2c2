// An MLflow tracking database, SQLite or PostgreSQL, of any release from 1.0 on.
#pragma once

#include "exchange/mlflow_tables.h"

namespace gyre::exchange {

// `url`: a file, "sqlite:///path" or "postgresql://...".
Result<std::unique_ptr<Source>> open_mlflow_database(const std::string& url, const SourceOptions& options);

// Where the files behind a URI are on this machine; nothing where they are elsewhere.
class ArtifactPlaces {
 public:
  // `proxied`: the folder behind "mlflow-artifacts:"; `base`: what relative paths start from.
  ArtifactPlaces(std::filesystem::path proxied, std::filesystem::path base) : proxied_(std::move(proxied)), base_(std::move(base)) {}
  std::optional<std::filesystem::path> path_of(std::string_view uri) const;

 private:
  const std::filesystem::path proxied_, base_;
};

// Whether files stay where they are: "s3://bucket/x" does, a path of a machine and "mlflow-artifacts:" do not.
bool is_elsewhere(std::string_view uri);

// The parts of the reading, in order. Inside exchange/ only.
struct MlflowReading {
  const MlflowTables& tables;
  const ArtifactPlaces& places;
  Sink& sink;
  std::map<std::string, std::string> experiment_roots = {};  // artifact locations by id
};
Result<void> read_experiments(MlflowReading& reading);
Result<void> read_runs(MlflowReading& reading);
Result<void> read_points(MlflowReading& reading);
Result<void> read_logged_models(MlflowReading& reading);
Result<void> read_registry(MlflowReading& reading);
Result<void> read_traces(MlflowReading& reading);
// What is of no use elsewhere, or has no place here yet: counted and told.
Result<void> tell_of_the_rest(MlflowReading& reading);
// Tells of an owner's files: where they are here, or why they stay.
Result<void> tell_folder(MlflowReading& reading, const Owner& owner, std::string_view uri);

}  // namespace gyre::exchange
