// How far a demo is, in a small file: what it does next is written down before it is done, so that after kill -9 it goes on
// there. Every act is one that may be repeated.
#pragma once

#include <filesystem>
#include <optional>

#include "base/clock.h"

namespace gyre::demo {

struct Position {
  std::string plan;       // fingerprint
  TimeMs at_ms = 0;       // the hour that is lived next
  std::int64_t port = 0;  // steps that outlived the server know it by this port
  bool finished = false;
};

class PositionFile {
 public:
  explicit PositionFile(std::filesystem::path path) : path_(std::move(path)) {}
  Result<std::optional<Position>> read() const;
  // Whole or not at all after kill -9. After a power cut an older one may come back, which repeats a little.
  Result<void> write(const Position& position) const;

 private:
  const std::filesystem::path path_;
};

}  // namespace gyre::demo
