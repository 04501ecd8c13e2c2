#include "app/runs/quick_command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/clock.h"
#include "base/file.h"

namespace gyre::runs {
namespace {

[[noreturn]] void become(const std::vector<std::string>& argv, const std::filesystem::path& folder, int out) {
  ::setpgid(0, 0);  // a ^C that is meant for the command does not reach it half-way
  const int none = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(none, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(none, STDERR_FILENO);
  std::vector<char*> words;
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  if (::chdir(folder.c_str()) == 0) ::execvp(words[0], words.data());
  ::_exit(127);
}

}  // namespace

std::optional<QuickAnswer> ask_command(const std::vector<std::string>& argv, const std::filesystem::path& folder, std::size_t most_bytes,
                                       std::int64_t timeout_ms) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  const Fd from(ends[0]);
  Fd to(ends[1]);
  const auto pid = ::fork();
  if (pid == 0) become(argv, folder, to.get());
  to.close();
  if (pid < 0) return std::nullopt;
  QuickAnswer answer;
  std::array<char, 64 << 10> block;
  const auto until_ns = monotonic_ns() + timeout_ms * 1'000'000;
  for (;;) {
    pollfd ready{from.get(), POLLIN, 0};
    const auto left_ms = (until_ns - monotonic_ns()) / 1'000'000;
    if (left_ms <= 0 || ::poll(&ready, 1, static_cast<int>(left_ms)) == 0) answer.is_whole = false;
    if (!answer.is_whole) break;
    const auto got = ::read(from.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    answer.text.append(block.data(), static_cast<std::size_t>(got));
    if (answer.text.size() > most_bytes) answer.is_whole = false;
    if (!answer.is_whole) break;
  }
  if (!answer.is_whole) ::kill(-pid, SIGKILL), ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (answer.is_whole && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) return std::nullopt;
  if (answer.text.size() > most_bytes) answer.text.resize(most_bytes);
  return answer;
}

}  // namespace gyre::runs
