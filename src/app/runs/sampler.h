// Figures of machine and command, now and then, into the run; each also says that the run lives.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "app/runs/machine.h"
#include "app/runs/run_folder.h"

namespace gyre::runs {

constexpr std::int64_t kSampleMs = 10'000, kLeastSampleMs = 100;

class Sampler {
 public:
  // A thread of its own until the object goes. `each_ms` 0: no figures, and a sign of life each kSampleMs. The step is the number of the sample.
  Sampler(RunFolder& folder, pid_t root, std::filesystem::path where, std::int64_t each_ms);
  ~Sampler();

 private:
  void run(pid_t root, const std::filesystem::path& where, std::int64_t each_ms);

  RunFolder& folder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool leave_ = false;
  std::thread thread_;
};

}  // namespace gyre::runs
