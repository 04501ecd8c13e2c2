#include "app/runs/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gyre::runs {
namespace {

constexpr int kPipeBytes = 1 << 20;  // fewer turns for a command that prints much; the kernel may allow less
constexpr int kHeld[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};

sigset_t held_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kHeld) sigaddset(&set, signal);
  return set;
}

struct Ends {
  Channel ours;
  Fd theirs;
};

// The real terminal does what terminals do with lines; the one between must not do it once more.
Result<Ends> open_terminal(int real) {
  int ours = -1, theirs = -1;
  winsize size{};
  ::ioctl(real, TIOCGWINSZ, &size);
  termios settings{};
  ::tcgetattr(real, &settings);
  settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  settings.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG | ICANON);
  if (::openpty(&ours, &theirs, nullptr, &settings, &size) != 0) return fail_errno("open", "a terminal");
  ::fcntl(ours, F_SETFD, FD_CLOEXEC);
  ::fcntl(theirs, F_SETFD, FD_CLOEXEC);
  return Ends{{Fd(ours), true}, Fd(theirs)};
}

Result<Ends> open_channel(int real) {
  if (::isatty(real)) return open_terminal(real);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("open", "a pipe");
  ::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);
  return Ends{{Fd(ends[0]), false}, Fd(ends[1])};
}

[[noreturn]] void become(const ChildSpec& spec, int out, int err, int trouble) {
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::signal(SIGPIPE, SIG_DFL);
  const auto held = held_signals();
  ::sigprocmask(SIG_UNBLOCK, &held, nullptr);
  for (const auto& name : spec.without) ::unsetenv(name.c_str());
  for (const auto& [name, value] : spec.settings) ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> argv;
  for (const auto& word : spec.argv) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  const int why = errno;
  (void)!::write(trouble, &why, sizeof why);
  ::_exit(127);
}

}  // namespace

Fd hold_signals() {
  const auto held = held_signals();
  ::sigprocmask(SIG_BLOCK, &held, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return Fd(::signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK));
}

std::optional<int> held_ending(const Fd& signals) {
  std::optional<int> ending;
  signalfd_siginfo info{};
  while (::read(signals.get(), &info, sizeof info) == sizeof info) {
    const auto signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT) ending = signal;
  }
  return ending;
}

void release_signals() {
  const auto held = held_signals();
  ::sigprocmask(SIG_UNBLOCK, &held, nullptr);
}

Result<Child> start_child(const ChildSpec& spec) {
  auto out = TRY(open_channel(STDOUT_FILENO)), err = TRY(open_channel(STDERR_FILENO));
  int trouble[2];
  if (::pipe2(trouble, O_CLOEXEC) != 0) return fail_errno("open", "a pipe");
  const Fd hears(trouble[0]);
  Fd tells(trouble[1]);
  const auto pid = ::fork();
  if (pid < 0) return fail_errno("start", spec.argv[0]);
  if (pid == 0) become(spec, out.theirs.get(), err.theirs.get(), tells.get());
  tells.close();
  int why = 0;
  ssize_t got = 0;
  while ((got = ::read(hears.get(), &why, sizeof why)) < 0 && errno == EINTR) {
  }
  if (got == sizeof why) {
    ::waitpid(pid, nullptr, 0);
    const auto code = why == ENOENT ? Code::not_found : Code::denied;
    return fail(code, fmt::format("cannot run '{}': {}", spec.argv[0], std::strerror(why)), {}, "gyre run -- COMMAND and its arguments");
  }
  Child child{.pid = pid, .ended = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))), .out = std::move(out.ours), .err = std::move(err.ours)};
  if (!child.ended) return fail_errno("watch", spec.argv[0]);
  return child;
}

void fit_window(const Child& child) {
  winsize size{};
  if (child.out.is_tty && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) ::ioctl(child.out.from.get(), TIOCSWINSZ, &size);
  if (child.err.is_tty && ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0) ::ioctl(child.err.from.get(), TIOCSWINSZ, &size);
}

Ending ending_of(int wait_status) {
  if (WIFSIGNALED(wait_status)) return {128 + WTERMSIG(wait_status), WTERMSIG(wait_status)};
  return {WEXITSTATUS(wait_status), 0};
}

std::string_view status_of(const Ending& ending) {
  if (ending.code == 0) return "FINISHED";
  for (const int signal : {SIGINT, SIGTERM, SIGKILL, SIGHUP, SIGQUIT}) {  // also where a shell between tells of it by its exit code
    if (ending.code == 128 + signal) return "KILLED";
  }
  return "FAILED";
}

}  // namespace gyre::runs
