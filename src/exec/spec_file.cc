#include "exec/spec_file.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/decode.h"
#include "base/file.h"

namespace gyre::exec {

BOOST_DESCRIBE_STRUCT(Identity, (), (pid, start_ticks))

namespace {

namespace fs = std::filesystem;

struct SpecText {
  std::string job;
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;
  std::string folder;
  std::int64_t timeout_ms = 0, memory_bytes = 0;
  double cpus = 0;
};
BOOST_DESCRIBE_STRUCT(SpecText, (), (job, argv, environment, folder, timeout_ms, memory_bytes, cpus))
struct ExitText {
  std::string ending;
  int exit_code = 0, signal = 0;
  std::int64_t started_ms = 0, finished_ms = 0, max_memory_bytes = 0, cpu_ms = 0;
};
BOOST_DESCRIBE_STRUCT(ExitText, (), (ending, exit_code, signal, started_ms, finished_ms, max_memory_bytes, cpu_ms))

constexpr std::string_view kEndings[] = {"exited", "signalled", "timed_out", "out_of_memory", "stopped"};

// The fields of /proc/PID/stat behind the program's name, which may hold anything.
struct ProcStat {
  char state = 'X';
  std::int64_t parent = 0, start_ticks = 0, resident_pages = 0;
};

std::optional<ProcStat> read_stat(std::int64_t pid) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
  if (!text) return std::nullopt;
  const auto close = text->rfind(')');
  if (close == std::string::npos) return std::nullopt;
  ProcStat stat;
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

}  // namespace

Result<void> write_spec(const fs::path& folder, const Spec& spec) {
  const SpecText text{spec.job, spec.argv, spec.environment, spec.folder.string(), spec.limits.timeout_ms, spec.limits.memory_bytes, spec.limits.cpus};
  return write_file_durably(folder / kSpecFile, json::encode(text));
}

Result<Spec> read_spec(const fs::path& folder) {
  auto text = TRY(json::decode_text<SpecText>(TRY(read_file(folder / kSpecFile))));
  return Spec{std::move(text.job), std::move(text.argv), std::move(text.environment), text.folder, {text.timeout_ms, text.memory_bytes, text.cpus}};
}

Result<void> write_identity(const fs::path& folder, Identity identity) { return write_file_durably(folder / kShimFile, json::encode(identity)); }
Result<Identity> read_identity(const fs::path& folder) { return json::decode_text<Identity>(TRY(read_file(folder / kShimFile))); }

Result<void> write_exit(const fs::path& folder, const State& state) {
  const ExitText text{std::string(kEndings[static_cast<int>(state.ending)]), state.exit_code, state.signal, state.started_ms, state.finished_ms, state.max_memory_bytes, state.cpu_ms};
  return write_file_durably(folder / kExitFile, json::encode(text));
}

Result<State> read_exit(const fs::path& folder) {
  const auto text = TRY(json::decode_text<ExitText>(TRY(read_file(folder / kExitFile))));
  State state{Phase::finished, Ending::exited, text.exit_code, text.signal, text.started_ms, text.finished_ms, text.max_memory_bytes, text.cpu_ms};
  for (std::size_t i = 0; i < std::size(kEndings); ++i) {
    if (text.ending == kEndings[i]) state.ending = static_cast<Ending>(i);
  }
  return state;
}

std::optional<std::int64_t> start_ticks_of(std::int64_t pid) {
  const auto stat = read_stat(pid);
  if (!stat || stat->state == 'Z' || stat->state == 'X') return std::nullopt;
  return stat->start_ticks;
}

std::vector<std::int64_t> descendants_of(std::int64_t pid) {
  std::multimap<std::int64_t, std::int64_t> children;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const auto name = entry.path().filename().string();
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (failed != std::errc() || end != name.data() + name.size()) continue;
    if (const auto stat = read_stat(number); stat && stat->state != 'Z') children.emplace(stat->parent, number);
  }
  std::vector<std::int64_t> found{pid};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto [from, to] = children.equal_range(found[i]);
    for (auto at = from; at != to; ++at) found.push_back(at->second);
  }
  found.erase(found.begin());
  return found;
}

std::int64_t resident_bytes_of(std::int64_t pid) {
  const auto stat = read_stat(pid);
  return stat ? stat->resident_pages * sysconf(_SC_PAGESIZE) : 0;
}

}  // namespace gyre::exec
