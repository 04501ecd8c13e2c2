#include "exec/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gyre::exec {
namespace {

constexpr std::string_view kOomScore = "500";  // when the machine runs out of memory, the job goes before its shim and the server

std::string program_path(const Spec& spec) {
  if (spec.argv[0].contains('/')) return spec.argv[0];
  const auto found = spec.environment.find("PATH");
  std::string_view rest = found == spec.environment.end() ? "/usr/local/bin:/usr/bin:/bin" : std::string_view(found->second);
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    auto candidate = std::string(rest.substr(0, end)) + "/" + spec.argv[0];
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return spec.argv[0];
}

void write_all(int fd, std::string_view text) { (void)!::write(fd, text.data(), text.size()); }

void begin_anew(int log) {
  ::setpgid(0, 0);
  ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const rlimit no_core{0, 0};  // a core as large as the job's memory would land in its folder
  ::setrlimit(RLIMIT_CORE, &no_core);
  if (const int score = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); score >= 0) write_all(score, kOomScore);
}

}  // namespace

[[noreturn]] void become_job(const Spec& spec, const std::string& setting, pid_t parent, int log, int trouble) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a shim that is killed takes its job along: no job runs unwatched
  if (::getppid() != parent) ::_exit(kCannotStart);
  begin_anew(log);

  std::vector<std::string> settings{setting};
  for (const auto& [name, value] : spec.environment) settings.push_back(name + "=" + value);
  std::vector<char*> argv, envp;
  for (const auto& word : spec.argv) argv.push_back(const_cast<char*>(word.c_str()));
  for (const auto& one : settings) envp.push_back(const_cast<char*>(one.c_str()));
  argv.push_back(nullptr);
  envp.push_back(nullptr);

  const auto program = program_path(spec);
  if (::chdir(spec.folder.c_str()) == 0) ::execve(program.c_str(), argv.data(), envp.data());
  const auto why = fmt::format("cannot run '{}' in '{}': {}", spec.argv[0], spec.folder.string(), std::strerror(errno));
  write_all(trouble, why);
  write_all(STDERR_FILENO, "gyre: " + why + "\n");
  ::_exit(kCannotStart);
}

void limit_cpus(double cpus) {
  if (cpus <= 0) return;
  cpu_set_t present, chosen;
  if (sched_getaffinity(0, sizeof present, &present) != 0 || cpus >= CPU_COUNT(&present)) return;
  CPU_ZERO(&chosen);
  const auto wanted = std::max<std::size_t>(1, static_cast<std::size_t>(cpus));
  std::vector<int> ids;
  for (int id = 0; id < CPU_SETSIZE; ++id) {
    if (CPU_ISSET(id, &present)) ids.push_back(id);
  }
  const auto offset = static_cast<std::size_t>(::getpid());  // so that jobs of one CPU do not all choose the first
  for (std::size_t i = 0; i < wanted; ++i) CPU_SET(ids[(offset + i) % ids.size()], &chosen);
  sched_setaffinity(0, sizeof chosen, &chosen);
}

}  // namespace gyre::exec
