// Numbered files of lines, appended to: "PREFIX-000001.ndjson" and those after it.
#pragma once

#include <filesystem>

#include "base/file.h"

namespace gyre::runs {

constexpr std::int64_t kSegmentBytes = 64 << 20;  // a file that has grown past it is followed by the next

std::string segment_name(std::string_view prefix, int number);

// Not thread-safe. A line that was appended outlives this process, killed or not; after sync() also the machine.
class LinesFile {
 public:
  // The first file must not be there yet.
  static Result<LinesFile> create(const std::filesystem::path& folder, std::string prefix);

  // The line, with a newline at its end, whole or not at all: where it does not fit on the disk, what came of it is cut off again.
  Result<void> append(std::string_view line);
  Result<void> sync();

 private:
  LinesFile(std::filesystem::path folder, std::string prefix) : folder_(std::move(folder)), prefix_(std::move(prefix)) {}
  Result<void> next();

  std::filesystem::path folder_, path_;
  std::string prefix_;
  Fd fd_;
  int number_ = 0;
  std::int64_t size_bytes_ = 0;
  bool unsynced_ = false;
};

}  // namespace gyre::runs
