// Parquet files made from the frames of one segment, and frames made from them. Inside serving/ only.
#pragma once

#include "serving/prediction_log.h"

namespace gyre::serving {

// One tensor as its columns hold it.
struct SealedTensor {
  std::string name, type;             // type as Open Inference Protocol says it
  std::vector<std::int64_t> extents;  // of one row: the shape without the rows
  bool output = false;
  std::size_t width() const;
};

struct SealedFile {
  std::string name;
  std::int64_t rows = 0;
  std::vector<SealedTensor> tensors;
  std::string sha256;  // of the file; empty in marks from before it was noted
};

// What a segment was sealed into, as its .done mark tells.
std::string encode_mark(const std::vector<SealedFile>& files);
Result<std::vector<SealedFile>> read_mark(const std::filesystem::path& mark);

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
    SealedFile facts;
  };
  query::Engine& engine_;
  const std::filesystem::path folder_;
  const std::int64_t segment_;
  const std::string suffix_;
  std::map<std::string, File> files_;  // by day, role and columns
};

// The frames of a sealed file as they were, but for their latencies.
Result<void> unseal(query::Engine& engine, const std::filesystem::path& folder, const SealedFile& file, std::vector<Frame>& frames);

}  // namespace gyre::serving
