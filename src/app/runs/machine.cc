#include "app/runs/machine.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <map>

#include "base/clock.h"
#include "base/file.h"

namespace gyre::runs {
namespace {

constexpr double kMega = 1e6;
constexpr std::size_t kMaxProcFileBytes = 1 << 20;

std::string proc(std::string_view name) { return read_file(fmt::format("/proc/{}", name), kMaxProcFileBytes).value_or(""); }

// The whole numbers of a line, one after the other.
std::vector<std::uint64_t> numbers_of(std::string_view text) {
  std::vector<std::uint64_t> numbers;
  for (const char *at = text.data(), *end = text.data() + text.size(); at < end;) {
    std::uint64_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error == std::errc()) numbers.push_back(number);
    at = error == std::errc() ? next : at + 1;
  }
  return numbers;
}

std::string_view line_of(std::string_view text, std::string_view label) {
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find('\n', from), text.size());
    const auto line = text.substr(from, end - from);
    if (line.starts_with(label)) return line.substr(label.size());
    from = end + 1;
  }
  return {};
}

std::uint64_t first_number(std::string_view line) {
  const auto numbers = numbers_of(line);
  return numbers.empty() ? 0 : numbers.front();
}

struct Process {
  pid_t parent = 0;
  std::uint64_t ticks = 0;  // with those of children that ended and were waited for
  std::int64_t resident_pages = 0;
};

// proc(5): behind the name, which may hold anything, stand state, parent and so on.
std::optional<Process> process_of(const std::string& pid) {
  const auto text = proc(pid + "/stat");
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 4 > text.size()) return std::nullopt;
  // Of fields that may be negative only the sign is lost here; none of those is used.
  const auto numbers = numbers_of(std::string_view(text).substr(name_end + 3));
  constexpr std::size_t kParent = 0, kTicks = 10, kResident = 20;
  if (numbers.size() <= kResident) return std::nullopt;
  return Process{static_cast<pid_t>(numbers[kParent]), numbers[kTicks] + numbers[kTicks + 1] + numbers[kTicks + 2] + numbers[kTicks + 3],
                 static_cast<std::int64_t>(numbers[kResident])};
}

std::map<pid_t, Process> all_processes() {
  std::map<pid_t, Process> all;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), ::closedir);
  while (const auto* entry = folder ? ::readdir(folder.get()) : nullptr) {
    const auto pid = static_cast<pid_t>(std::atoi(entry->d_name));
    if (pid <= 0) continue;
    if (const auto process = process_of(entry->d_name)) all[pid] = *process;
  }
  return all;
}

// Whether the chain of its parents leads to the root; a circle, of numbers given again meanwhile, ends.
bool is_below(const std::map<pid_t, Process>& all, pid_t pid, pid_t root) {
  for (int depth = 0; depth < 1000 && pid > 1; ++depth) {
    if (pid == root) return true;
    const auto found = all.find(pid);
    if (found == all.end()) return false;
    pid = found->second.parent;
  }
  return false;
}

double share(double part, double whole) { return whole > 0 ? 100 * part / whole : 0; }

}  // namespace

Machine::Machine(pid_t root, std::filesystem::path folder)
    : root_(root),
      folder_(std::move(folder)),
      gpus_(Gpus::open()),
      cpu_(read_cpu()),
      network_(read_network()),
      tree_(read_tree(root)),
      last_ns_(monotonic_ns()) {}

// user nice system idle iowait irq softirq steal; guests are in user already.
Machine::Cpu Machine::read_cpu() {
  const auto stat = proc("stat");
  auto numbers = numbers_of(line_of(stat, "cpu "));
  numbers.resize(8);
  Cpu cpu;
  for (const auto ticks : numbers) cpu.all += ticks;
  cpu.busy = cpu.all - numbers[3] - numbers[4];
  return cpu;
}

Machine::Network Machine::read_network() {
  Network network;
  const auto text = proc("net/dev");
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find('\n', from), text.size());
    const auto line = std::string_view(text).substr(from, end - from);
    from = end + 1;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || line.substr(0, colon).ends_with(" lo") || line.starts_with("lo:")) continue;
    const auto numbers = numbers_of(line.substr(colon + 1));
    if (numbers.size() > 8) network.received += numbers[0], network.sent += numbers[8];
  }
  return network;
}

Machine::Tree Machine::read_tree(pid_t root) {
  Tree tree;
  const auto all = all_processes();
  const auto page_bytes = ::sysconf(_SC_PAGESIZE);
  for (const auto& [pid, process] : all) {
    if (!is_below(all, pid, root)) continue;
    ++tree.processes;
    tree.ticks += process.ticks;
    tree.resident_bytes += process.resident_pages * page_bytes;
    const auto io = proc(fmt::format("{}/io", pid));
    tree.read_bytes += first_number(line_of(io, "read_bytes:"));
    tree.written_bytes += first_number(line_of(io, "write_bytes:"));
  }
  return tree;
}

void Machine::add_memory(std::vector<Figure>& figures) const {
  const auto text = proc("meminfo");
  const auto all = static_cast<double>(first_number(line_of(text, "MemTotal:"))) * 1024;
  const auto used = all - static_cast<double>(first_number(line_of(text, "MemAvailable:"))) * 1024;
  figures.emplace_back("system/system_memory_usage_megabytes", used / kMega);
  figures.emplace_back("system/system_memory_usage_percentage", share(used, all));
}

void Machine::add_disk(std::vector<Figure>& figures) const {
  struct statvfs disk{};
  if (::statvfs(folder_.c_str(), &disk) != 0) return;
  const auto block = static_cast<double>(disk.f_frsize);
  const auto used = static_cast<double>(disk.f_blocks - disk.f_bfree) * block, free = static_cast<double>(disk.f_bavail) * block;
  figures.emplace_back("system/disk_usage_megabytes", used / kMega);
  figures.emplace_back("system/disk_available_megabytes", free / kMega);
  figures.emplace_back("system/disk_usage_percentage", share(used, used + free));
}

void Machine::add_tree(std::vector<Figure>& figures, double elapsed_s) {
  const auto before = std::exchange(tree_, read_tree(root_));
  const auto seconds = static_cast<double>(tree_.ticks > before.ticks ? tree_.ticks - before.ticks : 0) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  figures.emplace_back("system/process_cpu_utilization_percentage", share(seconds, elapsed_s));
  figures.emplace_back("system/process_memory_usage_megabytes", static_cast<double>(tree_.resident_bytes) / kMega);
  figures.emplace_back("system/process_count", static_cast<double>(tree_.processes));
  figures.emplace_back("system/process_disk_read_megabytes", static_cast<double>(tree_.read_bytes) / kMega);
  figures.emplace_back("system/process_disk_written_megabytes", static_cast<double>(tree_.written_bytes) / kMega);
}

std::vector<Figure> Machine::figures() {
  std::vector<Figure> figures;
  const auto now_ns = monotonic_ns();
  const auto elapsed_s = static_cast<double>(now_ns - std::exchange(last_ns_, now_ns)) / 1e9;
  const auto before = std::exchange(cpu_, read_cpu());
  figures.emplace_back("system/cpu_utilization_percentage", share(static_cast<double>(cpu_.busy - before.busy), static_cast<double>(cpu_.all - before.all)));
  add_memory(figures);
  add_disk(figures);
  const auto network = read_network();
  figures.emplace_back("system/network_receive_megabytes", static_cast<double>(network.received - network_.received) / kMega);
  figures.emplace_back("system/network_transmit_megabytes", static_cast<double>(network.sent - network_.sent) / kMega);
  add_tree(figures, elapsed_s);
  const auto gpus = gpus_ ? gpus_->read() : std::vector<Gpu>();
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    const auto& gpu = gpus[i];
    const auto add = [&](std::string_view what, double value) { figures.emplace_back(fmt::format("system/gpu_{}_{}", i, what), value); };
    add("utilization_percentage", gpu.busy_percent);
    add("memory_usage_megabytes", gpu.used_bytes / kMega);
    add("memory_usage_percentage", share(gpu.used_bytes, gpu.all_bytes));
    if (gpu.watts > 0) add("power_usage_watts", gpu.watts);
    if (gpu.watts > 0 && gpu.most_watts > 0) add("power_usage_percentage", share(gpu.watts, gpu.most_watts));
  }
  return figures;
}

}  // namespace gyre::runs
