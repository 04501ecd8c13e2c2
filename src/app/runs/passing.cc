#include "app/runs/passing.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/utf8.h"

namespace gyre::runs {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::size_t kLongestCharacter = 4;

// Whether more bytes may make a character of it.
bool may_go_on(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t whole = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
  if (lead < 0xC2 || lead > 0xF4 || text.size() >= whole) return false;
  for (const char c : text.substr(1)) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) return false;
  }
  return true;
}

// Also where whoever gave it to us does not wait on it. False when nobody reads there any more.
bool write_on(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(to, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd ready{to, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string Utf8Stream::feed(std::string_view bytes) {
  std::string joined;
  if (!waiting_.empty()) {
    joined = waiting_ + std::string(bytes);
    bytes = joined;
    waiting_.clear();
  }
  if (is_utf8(bytes)) return std::string(bytes);
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    if (const auto length = utf8_length(bytes); length > 0) {
      text += bytes.substr(0, length);
      bytes.remove_prefix(length);
    } else if (bytes.size() < kLongestCharacter && may_go_on(bytes)) {
      waiting_ = bytes;
      break;
    } else {
      text += kReplacement;
      bytes.remove_prefix(1);
    }
  }
  return text;
}

std::string Utf8Stream::finish() {
  const auto left = std::exchange(waiting_, {});
  return left.empty() ? "" : std::string(kReplacement);
}

void Passing::take_signals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    const auto signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGWINCH) {
      fit_window(child_);
    } else if (info.ssi_code != SI_KERNEL && child_.pid > 0) {  // what the terminal sends has come to the command by itself
      ::kill(child_.pid, signal);
    }
  }
}

void Passing::record(Output output, std::string_view text) {
  if (text.empty()) return;
  const auto recorded = folder_.console(RealClock().now_ms(), output, text);
  if (!recorded && !trouble_) trouble_ = recorded.error();
}

bool Passing::pass(Channel& channel, int to, Output output, Utf8Stream& text) {
  const auto got = ::read(channel.from.get(), buffer_.data(), buffer_.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (got <= 0) return false;  // a terminal that nobody holds any more says EIO
  const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(got));
  bytes_ += got;
  const bool gone = !write_on(to, bytes);
  record(output, text.feed(bytes));
  return !gone;  // nobody listens: the command is told when it writes the next time, as without us
}

Ending Passing::until_end() {
  std::optional<Ending> ending;
  std::int64_t ended_ns = 0;
  while (!ending || child_.out.from || child_.err.from) {
    std::array<pollfd, 4> watched{{{child_.out.from ? child_.out.from.get() : -1, POLLIN, 0},
                                   {child_.err.from ? child_.err.from.get() : -1, POLLIN, 0},
                                   {ending ? -1 : child_.ended.get(), POLLIN, 0},
                                   {signals_.get(), POLLIN, 0}}};
    const auto lingered_ms = ending ? (monotonic_ns() - ended_ns) / 1'000'000 : 0;
    if (lingered_ms > kLingerMs) break;
    if (::poll(watched.data(), watched.size(), ending ? static_cast<int>(kLingerMs - lingered_ms) : -1) < 0) continue;
    if (watched[3].revents) take_signals();
    if (watched[0].revents && !pass(child_.out, STDOUT_FILENO, Output::out, out_)) child_.out.from.close();
    if (watched[1].revents && !pass(child_.err, STDERR_FILENO, Output::err, err_)) child_.err.from.close();
    if (watched[2].revents) {
      int status = 0;
      if (::waitpid(child_.pid, &status, WNOHANG) == child_.pid) ending = ending_of(status), ended_ns = monotonic_ns(), child_.pid = 0;
    }
  }
  take_signals();
  record(Output::out, out_.finish());
  record(Output::err, err_.finish());
  return *ending;
}

}  // namespace gyre::runs
