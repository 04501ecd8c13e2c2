#include "app/runs/sampler.h"

#include <algorithm>

namespace gyre::runs {

Sampler::Sampler(RunFolder& folder, pid_t root, std::filesystem::path where, std::int64_t each_ms)
    : folder_(folder), thread_([this, root, where = std::move(where), each_ms] { run(root, where, each_ms); }) {}

Sampler::~Sampler() {
  {
    const std::lock_guard lock(mutex_);
    leave_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

// What does not fit on the disk is lost here and told of by those who write what matters more.
void Sampler::run(pid_t root, const std::filesystem::path& where, std::int64_t each_ms) {
  const auto pause = std::chrono::milliseconds(each_ms > 0 ? std::max(each_ms, kLeastSampleMs) : kSampleMs);
  std::optional<Machine> machine;
  if (each_ms > 0) machine.emplace(root, where);
  for (double step = 0;; ++step) {
    {
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, pause, [this] { return leave_; })) return;
    }
    const auto now_ms = RealClock().now_ms();
    if (machine) {
      (void)folder_.metrics(now_ms, step, machine->figures());
    } else {
      (void)folder_.heartbeat(now_ms);
    }
  }
}

}  // namespace gyre::runs
