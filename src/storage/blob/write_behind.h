// The bytes of one large file, on their way to the disk while the next ones come. Inside this folder only.
#pragma once

#include <array>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

#include "base/file.h"
#include "base/result.h"

namespace gyre::blob {

// A small file is written when it is whole. A large one gets a thread: the client's next bytes are received and hashed while those
// before them are copied to the kernel, which is told to begin with the disk at once. Used by one thread.
class WriteBehind {
 public:
  static constexpr std::size_t kBlockBytes = 1 << 20;  // two of them are held

  // Both outlive this.
  WriteBehind(const Fd& fd, const std::filesystem::path& path) : fd_(fd), path_(path) {}
  ~WriteBehind();  // without finish(): what was not written yet is given up
  WriteBehind(const WriteBehind&) = delete;

  // Waits where the disk is slower than what comes. Fails as soon as an earlier write has failed.
  Result<void> write(std::string_view bytes);
  // All has been given to the kernel; it is not synced.
  Result<void> finish();

 private:
  bool has_thread();
  Result<void> hand_over();
  Result<void> write_here();
  void run();
  Result<void> write_out(std::string_view block);

  const Fd& fd_;
  const std::filesystem::path& path_;
  std::string filling_;                   // the caller's
  std::int64_t begun_ = 0, written_ = 0;  // offsets: where the kernel was told last to begin; the writer's

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string writing_;  // the thread's while `full_`
  bool full_ = false, ended_ = false;
  Result<void> outcome_;
  std::thread thread_;  // last: it uses all above
};

}  // namespace gyre::blob
