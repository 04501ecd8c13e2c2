// The small process that watches over one job, so that the job outlives the server and its end is never missed.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "base/folder.h"
#include "exec/child.h"
#include "exec/spec_file.h"

namespace gyre::exec {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kLookEachMs = 100;     // at limits and wishes; an end wakes the shim at once
constexpr std::int64_t kKillWithinMs = 5000;  // a process that survives KILL for so long hangs in the kernel: it is left
constexpr std::int64_t kLockWithinMs = 2000;
constexpr int kRecordTries = 600;  // a second apart: a full disk may have room again

std::int64_t now_monotonic_ms() { return monotonic_ns() / kNsPerMs; }
void sleep_ms(std::int64_t ms) {
  const timespec pause{ms / 1000, ms % 1000 * kNsPerMs};
  ::nanosleep(&pause, nullptr);
}

void signal_tree(pid_t job, int signal) {
  for (const auto pid : descendants_of(::getpid())) ::kill(static_cast<pid_t>(pid), signal);
  ::kill(-job, signal);
}

// Ends all that is left below this process. Orphans became its children, so when it has none there is nothing left.
void end_all() {
  const auto until_ms = now_monotonic_ms() + kKillWithinMs;
  do {
    for (const auto pid : descendants_of(::getpid())) ::kill(static_cast<pid_t>(pid), SIGKILL);
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    if (::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD) return;
    sleep_ms(1);
  } while (now_monotonic_ms() < until_ms);
}

class Watch {
 public:
  Watch(const Spec& spec, const fs::path& folder, pid_t job, int log, int trouble) : spec_(spec), folder_(folder), job_(job), log_(log), trouble_(trouble) {
    sigemptyset(&awaited_);
    for (const int signal : {SIGCHLD, SIGTERM}) sigaddset(&awaited_, signal);
  }

  State until_end() {
    for (;;) {
      int status = 0;
      for (pid_t ended; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        if (ended == job_) return finish(status);
      }
      if (now_monotonic_ms() >= next_look_ms_) look();
      const timespec pause{0, kLookEachMs * kNsPerMs};
      if (::sigtimedwait(&awaited_, nullptr, &pause) == SIGTERM) end_with(Ending::stopped, SIGTERM, read_stop(folder_).value_or(kDefaultGraceMs), "stopped");
    }
  }

 private:
  void look() {
    next_look_ms_ = now_monotonic_ms() + kLookEachMs;
    if (const auto grace_ms = read_stop(folder_)) end_with(Ending::stopped, SIGTERM, *grace_ms, "stopped");
    const auto& limits = spec_.limits;
    if (limits.timeout_ms > 0 && now_monotonic_ms() - began_ms_ > limits.timeout_ms) {
      end_with(Ending::timed_out, SIGTERM, kDefaultGraceMs, fmt::format("ran longer than the {} s it may", static_cast<double>(limits.timeout_ms) / 1000));
    }
    look_at_memory();
    struct stat log{};
    if (::fstat(log_, &log) == 0 && log.st_size > kMaxLogBytes) {
      end_with(Ending::too_much_output, SIGKILL, 0, fmt::format("wrote more than {} MiB of output", kMaxLogBytes >> 20));
    }
    if (ending_ && now_monotonic_ms() >= kill_at_ms_) signal_tree(job_, SIGKILL);
  }

  // Resident sizes count shared pages for each process again: only when their sum is too large are the pages looked at.
  void look_at_memory() {
    std::int64_t bytes = 0, fair_bytes = 0;
    const auto pids = descendants_of(::getpid());
    for (const auto pid : pids) bytes += resident_bytes_of(pid);
    const auto limit = spec_.limits.memory_bytes;
    if (limit > 0 && bytes > limit && pids.size() > 1) {
      for (const auto pid : pids) fair_bytes += proportional_bytes_of(pid);
      bytes = std::min(bytes, fair_bytes);
    }
    max_memory_bytes_ = std::max(max_memory_bytes_, bytes);
    if (limit > 0 && bytes > limit) {
      end_with(Ending::out_of_memory, SIGKILL, 0, fmt::format("used {} MiB of memory and may use {} MiB", bytes >> 20, limit >> 20));
    }
  }

  void end_with(Ending ending, int signal, std::int64_t grace_ms, std::string reason) {
    if (ending_) return;
    ending_ = ending;
    reason_ = std::move(reason);
    kill_at_ms_ = now_monotonic_ms() + std::min(grace_ms, kMaxGraceMs);
    next_look_ms_ = 0;
    signal_tree(job_, signal);
  }

  State finish(int status) {
    end_all();  // grandchildren do not stay behind
    rusage used{};
    ::getrusage(RUSAGE_CHILDREN, &used);
    State state{.phase = Phase::finished};
    state.ending = ending_.value_or(WIFSIGNALED(status) ? Ending::signalled : Ending::exited);
    state.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    state.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    state.started_ms = started_ms_;
    state.finished_ms = RealClock().now_ms();
    state.max_memory_bytes = std::max<std::int64_t>(max_memory_bytes_, used.ru_maxrss * 1024);
    state.cpu_ms = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
    char trouble[1024];
    const auto got = ::read(trouble_, trouble, sizeof trouble);
    state.reason = got > 0 ? std::string(trouble, static_cast<std::size_t>(got)) : reason_;
    return state;
  }

  const Spec& spec_;
  const fs::path& folder_;
  const pid_t job_;
  const int log_, trouble_;
  const std::int64_t began_ms_ = now_monotonic_ms();
  const TimeMs started_ms_ = RealClock().now_ms();
  sigset_t awaited_;
  std::optional<Ending> ending_;
  std::string reason_;
  std::int64_t kill_at_ms_ = 0, next_look_ms_ = 0, max_memory_bytes_ = 0;
};

// The signals wait until they are asked for, so that none comes between two looks.
void hold_signals() {
  sigset_t held;
  sigemptyset(&held);
  for (const int signal : {SIGCHLD, SIGTERM}) sigaddset(&held, signal);
  sigprocmask(SIG_SETMASK, &held, nullptr);
  for (const int signal : {SIGINT, SIGHUP, SIGPIPE}) ::signal(signal, SIG_IGN);
}

Result<State> watch_over(const fs::path& folder) {
  const auto spec = TRY(read_spec(folder));
  const Fd log(::open((folder / kLogFile).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!log) return fail_errno("open", folder / kLogFile);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("make a pipe for", folder);
  const Fd trouble(ends[0]);
  Fd trouble_in(ends[1]);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  limit_cpus(spec.limits.cpus);

  const auto self = ::getpid();
  const pid_t job = ::fork();
  if (job == 0) become_job(spec, job_setting(folder), self, log.get(), trouble_in.get());
  if (job < 0) return fail_errno("fork for", folder);
  trouble_in.close();
  return Watch(spec, folder, job, log.get(), trouble.get()).until_end();
}

bool lock(const Fd& file) {
  for (const auto until_ms = now_monotonic_ms() + kLockWithinMs; file && now_monotonic_ms() < until_ms; sleep_ms(10)) {
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return true;
  }
  return false;
}

State not_started(const Error& error) {
  const auto now_ms = RealClock().now_ms();
  return {.phase = Phase::finished, .exit_code = kCannotStart, .started_ms = now_ms, .finished_ms = now_ms, .reason = error.message};
}

}  // namespace

// One shim a job: a second one, started after a crash of the server at the wrong moment, finds the lock or the record and leaves.
int shim_main(const fs::path& job_folder) {
  ::setsid();
  hold_signals();
  const Fd held(::open((job_folder / kLockFile).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock(held) || is_there(job_folder / kExitFile) || is_there(job_folder / kShimFile)) return 0;
  if (!write_identity(job_folder, identity_of_self())) return 1;
  const auto outcome = watch_over(job_folder);
  const auto state = outcome ? *outcome : not_started(outcome.error());
  for (int i = 0; i < kRecordTries; ++i) {
    if (write_exit(job_folder, state)) return 0;
    if (!is_there(job_folder)) return 1;  // somebody took it away: nobody will ask
    sleep_ms(1000);
  }
  return 1;
}

}  // namespace gyre::exec
