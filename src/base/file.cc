#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/id.h"

namespace gyre {

namespace fs = std::filesystem;

Fd& Fd::operator=(Fd&& other) noexcept {
  close();
  fd_ = other.release();
  return *this;
}

int Fd::release() { return std::exchange(fd_, -1); }

void Fd::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::unexpected<Error> fail_errno(std::string_view doing, const fs::path& path) {
  const int reason = errno;
  const auto text = fmt::format("cannot {} '{}': {}", doing, path.string(), std::strerror(reason));
  switch (reason) {
    case ENOENT:
    case ENOTDIR:
      return fail(Code::not_found, text);
    case EEXIST:
      return fail(Code::conflict, text);
    case ENOSPC:
    case EDQUOT:
      return fail(Code::unavailable, text, "disk full", "free some space on this file system, then try again");
    case EACCES:
    case EPERM:
    case EROFS:
      return fail(Code::denied, text, {}, "give this user write access, or choose another folder");
    case EMFILE:
    case ENFILE:
      return fail(Code::exhausted, text, {}, "raise the limit of open files (ulimit -n)");
    default:
      return fail(Code::internal, text);
  }
}

Result<std::string> read_file(const fs::path& path, std::size_t limit_bytes) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno("open", path);
  std::string text;
  char block[64 << 10];
  for (;;) {
    const auto got = ::read(fd.get(), block, sizeof block);
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read", path);
    if (text.size() + static_cast<std::size_t>(got) > limit_bytes) {
      return fail(Code::exhausted, fmt::format("'{}' is larger than the {} bytes that are read", path.string(), limit_bytes));
    }
    text.append(block, static_cast<std::size_t>(got));
  }
}

Result<void> write_fully(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> sync_folder(const fs::path& folder) {
  const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return fail_errno("sync", folder);
  return {};
}

Result<void> write_file_durably(const fs::path& path, std::string_view bytes) {
  const fs::path temporary = path.string() + "." + make_hex_id() + ".tmp";
  Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd) return fail_errno("create", temporary);
  Result<void> outcome = write_fully(fd.get(), bytes, temporary);
  if (outcome && ::fsync(fd.get()) != 0) outcome = fail_errno("sync", temporary);
  fd.close();
  if (outcome && ::rename(temporary.c_str(), path.c_str()) != 0) outcome = fail_errno("rename", temporary);
  if (!outcome) {
    ::unlink(temporary.c_str());
    return outcome;
  }
  return sync_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
}

Result<void> make_folders(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) return {};
  errno = error.value();
  return fail_errno("create the folder", folder);
}

ScratchFolder::ScratchFolder() : path_(fs::temp_directory_path() / ("gyre-" + make_hex_id())) { fs::create_directories(path_); }

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace gyre
