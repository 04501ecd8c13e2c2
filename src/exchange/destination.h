// Where records go: the rooms of this process, or a server.
#pragma once

#include "exchange/intake.h"

namespace gyre::exchange {

struct FileHere {
  bool was_there = false;
  std::string sha256;
};

// One thread at a time.
class Destination {
 public:
  virtual ~Destination() = default;
  virtual Result<Answer> take(std::span<const Record> records) = 0;
  virtual Result<std::vector<std::optional<Digests>>> digests(std::span<const Name> names) = 0;
  // To a URI of "mlflow-artifacts:". `conflict` where another file is there.
  virtual Result<FileHere> put_file(const std::string& uri, const std::filesystem::path& file, std::int64_t size_bytes, const std::string& sha256) = 0;
};

// `blobs` and `intake` outlive it.
std::unique_ptr<Destination> make_local(Intake& intake, blob::Store& blobs);

}  // namespace gyre::exchange
