// A segment: a file of frames, each [magic][size][crc32][0] in four bytes, little-endian, and its payload. Inside serving/ only.
#pragma once

#include <optional>

#include "serving/prediction_log.h"

namespace gyre::serving {

std::filesystem::path segment_path(const std::filesystem::path& folder, std::int64_t segment);
std::vector<std::int64_t> segments_in(const std::filesystem::path& folder);  // ascending

void append_framed(std::string& out, const Frame& frame);

// Reads front to back, while others may append.
class SegmentReader {
 public:
  static Result<SegmentReader> open(const std::filesystem::path& path, std::int64_t from);

  // The payload of the next whole frame, good until the next call; nothing at the end of whole frames.
  // A damaged frame between good ones is passed over and counted.
  Result<std::optional<std::string_view>> next();
  std::int64_t position() const { return base_ + static_cast<std::int64_t>(at_); }
  std::int64_t damaged() const { return damaged_; }
  // Whether bytes follow that are no whole frame: torn by a crash, or being written.
  bool has_rest() const { return at_ < buffer_.size(); }

 private:
  SegmentReader(Fd fd, std::filesystem::path path, std::int64_t from) : fd_(std::move(fd)), path_(std::move(path)), base_(from) {}
  Result<bool> have(std::size_t bytes);

  Fd fd_;
  std::filesystem::path path_;
  std::int64_t base_ = 0;  // of the buffer in the file
  std::size_t at_ = 0;     // of the next frame in the buffer
  std::string buffer_;
  std::int64_t damaged_ = 0;
};

}  // namespace gyre::serving
