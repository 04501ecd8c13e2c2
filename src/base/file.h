// Files, durably.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gyre {

// Closes itself. -1 is none.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { close(); }
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release();
  void close();

 private:
  int fd_ = -1;
};

// What errno says, as an Error whose code tells the caller what to do: a full disk and a missing right have their own words.
std::unexpected<Error> fail_errno(std::string_view doing, const std::filesystem::path& path);

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit_bytes = 64 << 20);

// Replaces the file as a whole: a temporary beside it, fsync, rename, fsync of the folder.
Result<void> write_file_durably(const std::filesystem::path& path, std::string_view bytes);

// Writes all bytes, again after EINTR and short writes.
Result<void> write_fully(int fd, std::string_view bytes, const std::filesystem::path& path);

Result<void> sync_folder(const std::filesystem::path& folder);

Result<void> make_folders(const std::filesystem::path& folder);

// A new folder under the system's temporary one, removed with all that is in it at the end. For tests and scratch work.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace gyre
