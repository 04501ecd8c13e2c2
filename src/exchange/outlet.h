// What this house has, as records: for whoever takes it elsewhere.
#pragma once

#include "exchange/source.h"

namespace gyre::exchange {

struct Listing {
  std::vector<std::string> ids;
  std::string next;  // where the next page begins; empty: that was all
};

// Thread-safe.
class Outlet {
 public:
  Outlet(sql::Db& db, const Clock& clock, tracking::Service& tracking) : adoption_(db, clock), tracking_(tracking) {}

  // Of all experiments, or of the runs of one; deleted ones too.
  Result<Listing> list(const std::string& experiment, const std::string& after);
  // An experiment; or a run with all its points, which are in memory meanwhile.
  Result<std::vector<Record>> tell(const Name& name);

 private:
  tracking::Adoption adoption_;
  tracking::Service& tracking_;
};

// Reads a house front to back, as any other source is read.
std::unique_ptr<Source> make_house_source(Outlet& outlet);

// Parquet: runs, params, tags and points in long form, a file each, in a new folder.
Result<void> write_parquet(Source& source, const std::filesystem::path& folder);
// An SQLite database in MLflow's schema of 1.29; `mlflow db upgrade` brings it to any later release.
Result<void> write_mlflow(Source& source, const std::filesystem::path& file);

}  // namespace gyre::exchange
