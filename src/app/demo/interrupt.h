// Ctrl-C as a question that long work asks now and then.
#pragma once

#include <atomic>
#include <thread>

namespace gyre::demo {

// Takes SIGINT and SIGTERM, which the process must have blocked before. The first is told to those who ask; a second ends
// the process at once, as kill would: nothing that was acknowledged is lost.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;

  bool raised() const { return raised_; }
  // Returns when it is raised.
  void wait() const { raised_.wait(false); }

 private:
  std::atomic<bool> raised_ = false, over_ = false;
  std::thread thread_;
};

}  // namespace gyre::demo
