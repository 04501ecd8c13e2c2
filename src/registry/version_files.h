// The files of a version, each by its hash. Inside registry/ only.
#pragma once

#include "base/hash.h"
#include "registry/registry.h"

namespace gyre::registry {

class HashingSink final : public ByteSink {
 public:
  Result<void> write(std::string_view bytes) override {
    hash.update(bytes);
    return {};
  }
  Sha256 hash;
};

// All that lies below a URI of this server, at most 10,000.
Result<std::vector<VersionFile>> hash_files(blob::Store& blobs, std::string_view artifact_uri);

}  // namespace gyre::registry
