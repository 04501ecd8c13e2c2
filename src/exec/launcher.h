// Running commands: jobs that outlive the server. Processes of this machine stand behind it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gyre::exec {

struct Limits {
  std::int64_t timeout_ms = 0;    // 0: none
  std::int64_t memory_bytes = 0;  // 0: none; of the whole process tree
  double cpus = 0;                // 0: all
};

struct Spec {
  std::string job;                                 // the caller's unique name; starting the same job twice gives the first one's handle
  std::vector<std::string> argv;                   // argv[0] is looked up in PATH of `environment`
  std::map<std::string, std::string> environment;  // the whole of it; nothing is inherited
  std::filesystem::path folder;                    // working folder, exists
  Limits limits;
};

// lost: what watched over it vanished without a record of its end (it was killed, or the machine went down); nothing of the
// job runs any more.
enum class Phase { running, finished, lost };

enum class Ending { exited, signalled, timed_out, out_of_memory, stopped, too_much_output };

struct State {
  Phase phase = Phase::running;
  Ending ending = Ending::exited;
  int exit_code = 0;
  int signal = 0;
  TimeMs started_ms = 0, finished_ms = 0;  // by the machine's clock
  std::int64_t max_memory_bytes = 0;
  std::int64_t cpu_ms = 0;
  std::string reason{};  // why it did not start, was ended or is lost; "" when the job ended by itself
};

struct LogChunk {
  std::string text;
  std::int64_t next_offset = 0;
  bool complete = false;         // the job has finished and this is its end
  std::int64_t total_bytes = 0;  // written so far
};

constexpr std::size_t kMaxLogChunkBytes = 256 << 10;
constexpr std::int64_t kMaxLogBytes = 256LL << 20;  // a job that writes more is ended
constexpr std::int64_t kDefaultGraceMs = 5000;      // between TERM and KILL where nobody says another
constexpr std::int64_t kMaxGraceMs = 60 * kMinuteMs;
constexpr std::size_t kMaxJobNameBytes = 200;

// Thread-safe. A job is known by its name, also after a restart of the server. Errors: `invalid` for a name or a spec that
// cannot be, `not_found` for an unknown job, `unavailable` when it could not be tried and may be tried again.
class Launcher {
 public:
  virtual ~Launcher() = default;
  // Durable when it returns. A program that cannot be run is told by poll(): exit code 127 and a reason.
  virtual Result<void> start(const Spec& spec) = 0;
  virtual Result<State> poll(std::string_view job) = 0;
  virtual Result<LogChunk> logs(std::string_view job, std::int64_t from_offset) = 0;  // standard output and error as they came
  // TERM to all that the job started, KILL to what is left after the grace. Idempotent; the first grace counts.
  virtual Result<void> stop(std::string_view job, std::int64_t grace_ms) = 0;
  // Forgets a job that has ended, and its files. An unknown job succeeds, a running one is a `conflict`.
  virtual Result<void> remove(std::string_view job) = 0;
};

// Jobs keep their records under `folder`. `shim` is the program that watches over each one: gyre's own binary is run as
// `<shim> exec-shim <job folder>`. Jobs that an earlier server had accepted and not yet begun are begun here.
Result<std::unique_ptr<Launcher>> open_local(const std::filesystem::path& folder, const std::filesystem::path& shim);

// What `gyre exec-shim FOLDER` does: reads the spec there, runs it, watches it, writes the exit record. Returns an exit code.
int shim_main(const std::filesystem::path& job_folder);

}  // namespace gyre::exec
