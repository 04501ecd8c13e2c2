// Where bytes go of which only the hash is wanted. Inside this folder only.
#pragma once

#include "base/bytes.h"
#include "base/hash.h"

namespace gyre::blob {

class HashSink final : public ByteSink {
 public:
  Result<void> write(std::string_view bytes) override {
    hash.update(bytes);
    return {};
  }
  Sha256 hash;
};

}  // namespace gyre::blob
