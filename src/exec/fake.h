// A launcher that runs nothing: tests say how each job goes. Also one that fails on purpose, for any launcher.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/guarded.h"
#include "exec/launcher.h"

namespace gyre::exec {

// How a job goes. It is `running` for `polls_before_end` looks, then ends so; `effect` is called once, at its start.
struct Script {
  std::string output = {};
  int exit_code = 0;
  int polls_before_end = 0;  // kForever: until it is stopped
  Ending ending = Ending::exited;
  bool lost = false;
  std::function<void(const Spec&)> effect = {};
};

constexpr int kForever = -1;

// Thread-safe. Keeps what was started for the test to look at; forgets only what is removed.
class FakeLauncher final : public Launcher {
 public:
  // Asked at each first start of a job.
  explicit FakeLauncher(std::function<Script(const Spec&)> director) : director_(std::move(director)) {}

  Result<void> start(const Spec& spec) override;
  Result<State> poll(std::string_view job) override;
  Result<LogChunk> logs(std::string_view job, std::int64_t from_offset) override;
  Result<void> stop(std::string_view job, std::int64_t grace_ms) override;
  Result<void> remove(std::string_view job) override;

  std::vector<std::string> started() const;  // names of jobs, in order, also of those removed
  std::vector<std::string> present() const;
  int most_at_once() const;  // jobs that ran at the same time

 private:
  struct Job {
    Script script;
    State state;
    int polls = 0;
  };
  struct Jobs {
    std::map<std::string, Job, std::less<>> present;
    std::vector<std::string> started;
    int running = 0, most_at_once = 0;
  };
  static void end(Jobs& jobs, Job& job, Ending ending);

  const std::function<Script(const Spec&)> director_;
  Guarded<Jobs> jobs_;
};

// Shares of calls, 0 to 1.
struct Faults {
  std::uint64_t seed = 1;
  double before = 0;  // fails and has done nothing
  double after = 0;   // done, but the answer was lost
};

// Borrows `inner`. The same seed and the same order of calls fail in the same places, with `unavailable`.
std::unique_ptr<Launcher> make_faulty(Launcher& inner, Faults faults);

}  // namespace gyre::exec
