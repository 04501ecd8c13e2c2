// Files of the same content share one place on the disk: hard links to it, found by SHA-256. Inside the local store only.
//
// The file system counts who uses a content, so that there is no second book that could differ from what is there: every step may
// fail or be cut off, and costs no more than the room that would have been saved.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"

namespace gyre::blob {

class SameContent {
 public:
  explicit SameContent(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Result<void> prepare();

  // Makes `as` a name of the content that is there already. False when there is none.
  bool take(std::string_view sha256, std::int64_t size_bytes, const std::filesystem::path& as);
  // What is written and synced is the content from now on.
  void keep(std::string_view sha256, const std::filesystem::path& file);
  // A name of this inode is gone; the content goes with its last one.
  void release(ino_t inode);
  // Nothing for a file that is none of these.
  std::optional<std::string> sha256_of(const std::filesystem::path& file) const;
  // Whoever writes the same bytes again writes them anew: this content is damaged.
  void drop(std::string_view sha256);

 private:
  std::filesystem::path content(std::string_view sha256) const;  // <folder>/ab/cdef...
  std::filesystem::path by_inode(ino_t inode) const;             // <folder>/inode/7f/8319: a symbolic link that names the hash
  void remove_unused();

  const std::filesystem::path folder_;
};

}  // namespace gyre::blob
