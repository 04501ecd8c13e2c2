// Parquet files made from the frames of one segment. Inside serving/ only.
#pragma once

#include "serving/prediction_log.h"

namespace gyre::serving {

struct SealedFile {
  std::filesystem::path path;
  std::int64_t rows = 0;
};

// Used by one thread. Files appear under their names when they are finished; the same frames give the same names.
class SealedFiles {
 public:
  SealedFiles(query::Engine& engine, std::filesystem::path folder, std::int64_t segment, std::string suffix)
      : engine_(engine), folder_(std::move(folder)), segment_(segment), suffix_(std::move(suffix)) {}
  Result<void> add(const Frame& frame);
  Result<std::vector<SealedFile>> finish();

 private:
  struct File {
    std::unique_ptr<query::Engine::ParquetWriter> writer;
    std::filesystem::path path;
    std::int64_t rows = 0;
  };
  query::Engine& engine_;
  const std::filesystem::path folder_;
  const std::int64_t segment_;
  const std::string suffix_;
  std::map<std::string, File> files_;  // by day, role and columns
};

}  // namespace gyre::serving
