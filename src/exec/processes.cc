#include "exec/processes.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <map>

#include "base/file.h"

extern "C" {
#include <sys/pidfd.h>  // of glibc 2.36, which forgets that C++ may read it
}

namespace gyre::exec {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxEnvironmentBytes = 4 << 20;  // more than the kernel hands to a program

// The fields of /proc/PID/stat behind the program's name, which may hold anything.
struct Stat {
  char state = 'X';
  std::int64_t parent = 0, start_ticks = 0, resident_pages = 0;
  bool lives() const { return state != 'Z' && state != 'X'; }
};

std::optional<Stat> read_stat(std::int64_t pid) {
  const auto text = read_file(fmt::format("/proc/{}/stat", pid), 4096);
  if (!text) return std::nullopt;
  const auto close = text->rfind(')');
  if (close == std::string::npos || close + 2 >= text->size()) return std::nullopt;
  Stat stat;
  const char* at = text->data() + close + 2;
  const char* end = text->data() + text->size();
  for (int field = 3; field <= 24 && at < end; ++field) {
    std::int64_t number = 0;
    const char* stop = std::find(at, end, ' ');
    std::from_chars(at, stop, number);
    if (field == 3) stat.state = *at;
    if (field == 4) stat.parent = number;
    if (field == 22) stat.start_ticks = number;
    if (field == 24) stat.resident_pages = number;
    at = stop + 1;
  }
  return stat;
}

std::vector<std::int64_t> numbers_below(const fs::path& folder) {
  std::vector<std::int64_t> numbers;
  std::error_code error;
  for (auto at = fs::directory_iterator(folder, error); !error && at != fs::directory_iterator(); at.increment(error)) {
    const auto name = at->path().filename().string();
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (failed == std::errc() && end == name.data() + name.size()) numbers.push_back(number);
  }
  return numbers;
}

bool kernel_lists_children() {
  static const bool does = ::access(fmt::format("/proc/{}/task/{}/children", ::getpid(), ::getpid()).c_str(), R_OK) == 0;
  return does;
}

std::vector<std::int64_t> children_of(std::int64_t pid) {
  std::vector<std::int64_t> children;
  for (const auto thread : numbers_below(fmt::format("/proc/{}/task", pid))) {
    const auto text = read_file(fmt::format("/proc/{}/task/{}/children", pid, thread), 1 << 20).value_or("");
    for (const char *at = text.data(), *end = at + text.size(); at < end;) {
      std::int64_t number = 0;
      const auto [stop, failed] = std::from_chars(at, end, number);
      if (failed == std::errc()) children.push_back(number);
      at = stop + 1;
    }
  }
  return children;
}

std::multimap<std::int64_t, std::int64_t> all_by_parent() {
  std::multimap<std::int64_t, std::int64_t> children;
  for (const auto pid : numbers_below("/proc")) {
    if (const auto stat = read_stat(pid); stat) children.emplace(stat->parent, pid);
  }
  return children;
}

const std::string& boot_id() {
  static const std::string id = [] {
    auto text = read_file("/proc/sys/kernel/random/boot_id", 100).value_or("");
    std::erase(text, '\n');
    return text;
  }();
  return id;
}

}  // namespace

std::optional<std::int64_t> start_ticks_of(std::int64_t pid) {
  const auto stat = read_stat(pid);
  if (!stat || !stat->lives()) return std::nullopt;
  return stat->start_ticks;
}

Identity identity_of_self() { return {::getpid(), start_ticks_of(::getpid()).value_or(0), boot_id()}; }

bool is_alive(const Identity& identity) { return identity.boot == boot_id() && start_ticks_of(identity.pid) == identity.start_ticks; }

void send_signal(const Identity& identity, int signal) {
  const Fd process(::pidfd_open(static_cast<pid_t>(identity.pid), 0));
  if (process && is_alive(identity)) ::pidfd_send_signal(process.get(), signal, nullptr, 0);  // held: it cannot have become another
}

std::vector<std::int64_t> descendants_of(std::int64_t pid) {
  std::vector<std::int64_t> found{pid};
  const bool quick = kernel_lists_children();
  const auto all = quick ? std::multimap<std::int64_t, std::int64_t>() : all_by_parent();
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (quick) {
      const auto children = children_of(found[i]);
      found.insert(found.end(), children.begin(), children.end());
    } else {
      const auto [from, to] = all.equal_range(found[i]);
      for (auto at = from; at != to; ++at) found.push_back(at->second);
    }
  }
  found.erase(found.begin());
  std::erase_if(found, [](std::int64_t one) { return !start_ticks_of(one); });
  return found;
}

std::vector<std::int64_t> with_setting(std::string_view setting) {
  const auto wanted = '\0' + std::string(setting) + '\0';
  std::vector<std::int64_t> found;
  for (const auto pid : numbers_below("/proc")) {
    const auto environment = read_file(fmt::format("/proc/{}/environ", pid), kMaxEnvironmentBytes);
    if (environment && ('\0' + *environment + '\0').contains(wanted) && start_ticks_of(pid)) found.push_back(pid);
  }
  return found;
}

std::int64_t resident_bytes_of(std::int64_t pid) {
  const auto stat = read_stat(pid);
  return stat ? stat->resident_pages * sysconf(_SC_PAGESIZE) : 0;
}

std::int64_t proportional_bytes_of(std::int64_t pid) {
  const auto text = read_file(fmt::format("/proc/{}/smaps_rollup", pid), 64 << 10);
  if (!text) return resident_bytes_of(pid);
  const auto line = text->find("\nPss:");
  if (line == std::string::npos) return resident_bytes_of(pid);
  const auto digit = text->find_first_of("0123456789", line);
  std::int64_t kib = 0;
  if (digit != std::string::npos) std::from_chars(text->data() + digit, text->data() + text->size(), kib);
  return kib << 10;
}

}  // namespace gyre::exec
