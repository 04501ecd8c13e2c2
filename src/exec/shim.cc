// The small process that watches over one job, so that the job outlives the server and its end is never missed.
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "exec/spec_file.h"

namespace gyre::exec {
namespace {

namespace fs = std::filesystem;

constexpr int kCannotStart = 127;  // as the shell's "command not found"
constexpr timespec kPause{0, 20'000'000};
constexpr int kMemoryLooksEach = 5;  // pauses

volatile sig_atomic_t stop_asked = 0;
void ask_stop(int) { stop_asked = 1; }

std::string program_path(const Spec& spec) {
  if (spec.argv[0].contains('/')) return spec.argv[0];
  const auto found = spec.environment.find("PATH");
  std::string_view rest = found == spec.environment.end() ? "/usr/local/bin:/usr/bin:/bin" : std::string_view(found->second);
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    const auto candidate = std::string(rest.substr(0, end)) + "/" + spec.argv[0];
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return spec.argv[0];
}

[[noreturn]] void become_job(const Spec& spec, int log) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a shim that is killed takes its job along: no job runs unwatched
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) ::signal(signal, SIG_DFL);

  std::vector<std::string> settings;
  for (const auto& [name, value] : spec.environment) settings.push_back(name + "=" + value);
  std::vector<char*> argv, envp;
  for (const auto& word : spec.argv) argv.push_back(const_cast<char*>(word.c_str()));
  for (const auto& setting : settings) envp.push_back(const_cast<char*>(setting.c_str()));
  argv.push_back(nullptr);
  envp.push_back(nullptr);

  const auto program = program_path(spec);
  if (::chdir(spec.folder.c_str()) == 0) ::execve(program.c_str(), argv.data(), envp.data());
  const auto trouble = fmt::format("gyre: cannot run '{}' in '{}': {}\n", spec.argv[0], spec.folder.string(), std::strerror(errno));
  (void)!::write(STDERR_FILENO, trouble.data(), trouble.size());
  ::_exit(kCannotStart);
}

void limit_cpus(double cpus) {
  if (cpus <= 0) return;
  cpu_set_t present, chosen;
  if (sched_getaffinity(0, sizeof present, &present) != 0 || cpus >= CPU_COUNT(&present)) return;
  CPU_ZERO(&chosen);
  int wanted = std::max(1, static_cast<int>(cpus));
  const int offset = static_cast<int>(::getpid()) % CPU_COUNT(&present);  // so that jobs of one CPU do not all choose the first
  std::vector<int> ids;
  for (int id = 0; id < CPU_SETSIZE; ++id) {
    if (CPU_ISSET(id, &present)) ids.push_back(id);
  }
  for (int i = 0; i < wanted; ++i) CPU_SET(ids[static_cast<std::size_t>(offset + i) % ids.size()], &chosen);
  sched_setaffinity(0, sizeof chosen, &chosen);
}

// Ends all that the job started, also what left its process group.
void kill_tree(pid_t job, int signal) {
  for (const auto pid : descendants_of(::getpid())) ::kill(static_cast<pid_t>(pid), signal);
  ::kill(-job, signal);
}

class Watch {
 public:
  Watch(const Spec& spec, const fs::path& folder, pid_t job) : spec_(spec), folder_(folder), job_(job) {}

  State until_end() {
    for (int pauses = 0;; ++pauses) {
      int status = 0;
      rusage used{};
      const auto ended = ::wait4(job_, &status, WNOHANG, &used);
      if (ended == job_) return finish(status, used);
      while (::waitpid(-1, nullptr, WNOHANG) > 0) {
      }
      check_limits(pauses);
      ::nanosleep(&kPause, nullptr);
    }
  }

 private:
  void check_limits(int pauses) {
    const auto elapsed_ms = (monotonic_ns() - started_ns_) / 1'000'000;
    if (stop_asked || (pauses % kMemoryLooksEach == 0 && fs::exists(folder_ / kStopFile))) end_with(Ending::stopped, SIGTERM);
    if (spec_.limits.timeout_ms > 0 && elapsed_ms > spec_.limits.timeout_ms) end_with(Ending::timed_out, SIGTERM);
    if (pauses % kMemoryLooksEach == 0) {
      std::int64_t bytes = 0;
      for (const auto pid : descendants_of(::getpid())) bytes += resident_bytes_of(pid);
      max_memory_bytes_ = std::max(max_memory_bytes_, bytes);
      if (spec_.limits.memory_bytes > 0 && bytes > spec_.limits.memory_bytes) end_with(Ending::out_of_memory, SIGKILL);
    }
    if (ending_ && monotonic_ns() > kill_at_ns_) kill_tree(job_, SIGKILL);
  }

  void end_with(Ending ending, int signal) {
    if (ending_) return;
    ending_ = ending;
    kill_at_ns_ = monotonic_ns() + kGraceNs;
    kill_tree(job_, signal);
  }

  State finish(int status, const rusage& used) {
    kill_tree(job_, SIGKILL);  // grandchildren do not stay behind
    State state{.phase = Phase::finished};
    state.ending = ending_.value_or(WIFSIGNALED(status) ? Ending::signalled : Ending::exited);
    state.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    state.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    state.started_ms = started_ms_;
    state.finished_ms = RealClock().now_ms();
    state.max_memory_bytes = std::max<std::int64_t>(max_memory_bytes_, used.ru_maxrss * 1024);
    state.cpu_ms = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
    return state;
  }

  static constexpr std::int64_t kGraceNs = 5'000'000'000;
  const Spec& spec_;
  const fs::path& folder_;
  const pid_t job_;
  const std::int64_t started_ns_ = monotonic_ns();
  const TimeMs started_ms_ = RealClock().now_ms();
  std::optional<Ending> ending_;
  std::int64_t kill_at_ns_ = 0, max_memory_bytes_ = 0;
};

Result<int> watch_over(const fs::path& folder) {
  const auto spec = TRY(read_spec(folder));
  const Fd log(::open((folder / kLogFile).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!log) return fail_errno("open", folder / kLogFile);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  struct sigaction action{};
  action.sa_handler = ask_stop;
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGINT, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  limit_cpus(spec.limits.cpus);

  const pid_t job = ::fork();
  if (job == 0) become_job(spec, log.get());
  if (job < 0) return fail_errno("fork for", folder);
  auto state = Watch(spec, folder, job).until_end();
  TRY(write_exit(folder, state));
  return 0;
}

}  // namespace

// One shim a job: a second one, started after a crash of the server at the wrong moment, finds the lock and leaves.
int shim_main(const fs::path& job_folder) {
  ::setsid();
  const Fd lock(::open((job_folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 || fs::exists(job_folder / kExitFile)) return 0;
  const auto self = ::getpid();
  if (!write_identity(job_folder, {self, start_ticks_of(self).value_or(0)})) return 1;
  const auto outcome = watch_over(job_folder);
  return outcome ? *outcome : 1;
}

}  // namespace gyre::exec
