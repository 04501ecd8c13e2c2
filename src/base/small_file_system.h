// A file system that is full, or cannot be written, for tests: in a process and a mount namespace of its own.
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>

namespace gyre {

enum class InSmall { passed, failed, not_allowed };

// Runs `test` in a child whose `folder` is an empty file system of `size_bytes`; true means passed. Making one needs
// root or a user namespace: `not_allowed` otherwise.
inline InSmall in_small_file_system(const std::filesystem::path& folder, std::size_t size_bytes, const std::function<bool()>& test) {
  constexpr int kNotAllowed = 77;
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) _exit(kNotAllowed);
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) _exit(kNotAllowed);
    const auto size = "mode=0777,size=" + std::to_string(size_bytes);
    if (mount("tmpfs", folder.c_str(), "tmpfs", 0, size.c_str()) != 0) _exit(kNotAllowed);
    _exit(test() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotAllowed) return InSmall::not_allowed;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? InSmall::passed : InSmall::failed;
}

// Inside such a test: makes the file system of `folder` read-only.
inline bool make_read_only(const std::filesystem::path& folder) { return mount("none", folder.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0; }

}  // namespace gyre
