#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/file.h"
#include "base/folder.h"
#include "base/guarded.h"
#include "exec/launcher.h"
#include "exec/spec_file.h"

namespace gyre::exec {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kShimStartsWithinMs = 10'000;

constexpr std::string_view kNameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

bool is_job_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxJobNameBytes && !name.starts_with('.') && name.find_first_not_of(kNameCharacters) == std::string_view::npos;
}

Result<void> check(const Spec& spec) {
  if (!is_job_name(spec.job)) {
    return fail(Code::invalid,
                fmt::format("'{:.80}' cannot name a job: at most {} letters, digits, '_', '-' and '.', not with '.' first", spec.job, kMaxJobNameBytes));
  }
  if (spec.argv.empty() || spec.argv[0].empty()) return fail(Code::invalid, fmt::format("job '{}' needs a command", spec.job));
  for (const auto& word : spec.argv) {
    if (word.contains('\0')) return fail(Code::invalid, fmt::format("the command of job '{}' holds a NUL character", spec.job));
  }
  for (const auto& [name, value] : spec.environment) {
    if (name.empty() || name.contains('=') || name.contains('\0') || value.contains('\0')) {
      return fail(Code::invalid, fmt::format("'{:.80}' of job '{}' cannot be set in an environment", name, spec.job));
    }
  }
  if (spec.limits.timeout_ms < 0 || spec.limits.memory_bytes < 0 || !(spec.limits.cpus >= 0))
    return fail(Code::invalid, fmt::format("job '{}' has a negative limit", spec.job));
  std::error_code ignored;
  if (!fs::is_directory(spec.folder, ignored))
    return fail(Code::not_found, fmt::format("the folder '{}' of job '{}' is not there", spec.folder.string(), spec.job));
  return {};
}

class LocalLauncher final : public Launcher {
 public:
  LocalLauncher(fs::path folder, fs::path shim) : folder_(std::move(folder)), shim_(std::move(shim)) {}

  // Jobs whose spec is durable and whose shim was never started: the server was killed in between.
  void begin_accepted() {
    std::error_code error;
    for (auto at = fs::directory_iterator(folder_, error); !error && at != fs::directory_iterator(); at.increment(error)) {
      if (is_accepted(at->path())) (void)run_shim(at->path());  // poll() tells of one that does not come
    }
  }

  // The spec is durable before the shim runs. A second start finds the folder and does nothing.
  Result<void> start(const Spec& spec) override {
    TRY(check(spec));
    const auto job = folder_ / spec.job;
    if (is_there(job / kSpecFile)) return is_accepted(job) ? run_shim(job) : Result<void>();
    TRY(make_folders(job));
    TRY(write_spec(job, spec));
    return run_shim(job);
  }

  Result<State> poll(std::string_view name) override {
    reap();
    const auto job = TRY(folder_of(name));
    if (is_there(job / kExitFile)) return read_exit(job);
    const auto identity = read_identity(job);
    if (identity ? is_alive(*identity) : age_ms(job) < kShimStartsWithinMs) return State{};
    return give_up(job);
  }

  Result<LogChunk> logs(std::string_view name, std::int64_t from_offset) override {
    const auto job = TRY(folder_of(name));
    if (from_offset < 0) return fail(Code::invalid, "a log is read from 0 on");
    const bool ended = is_there(job / kExitFile);
    LogChunk chunk{.text = {}, .next_offset = from_offset};
    const Fd fd(::open((job / kLogFile).c_str(), O_RDONLY | O_CLOEXEC));
    if (fd) {
      chunk.text.resize(kMaxLogChunkBytes);
      const auto got = ::pread(fd.get(), chunk.text.data(), chunk.text.size(), from_offset);
      if (got < 0) return fail_errno("read", job / kLogFile);
      chunk.text.resize(static_cast<std::size_t>(got));
      struct stat there{};
      if (::fstat(fd.get(), &there) == 0) chunk.total_bytes = there.st_size;
    }
    chunk.next_offset = from_offset + static_cast<std::int64_t>(chunk.text.size());
    chunk.complete = ended && chunk.text.size() < kMaxLogChunkBytes;
    return chunk;
  }

  Result<void> stop(std::string_view name, std::int64_t grace_ms) override {
    const auto job = TRY(folder_of(name));
    if (is_there(job / kExitFile)) return {};
    if (is_there(job / kStopFile)) return {};
    TRY(write_stop(job, std::clamp<std::int64_t>(grace_ms, 0, kMaxGraceMs)));       // the shim looks for it, should the signal not come
    if (const auto identity = read_identity(job)) send_signal(*identity, SIGTERM);  // the shim does the rest
    return {};
  }

  // The spec goes first: without it there is no job, so a crash here leaves neither half a job nor one that begins anew.
  Result<void> remove(std::string_view name) override {
    const auto state = poll(name);
    if (!state && (state.error().code != Code::not_found || !is_job_name(name)))
      return state.error().code == Code::not_found ? Result<void>() : std::unexpected(state.error());
    if (state && state->phase == Phase::running) return fail(Code::conflict, fmt::format("job '{:.80}' is still running", name), {}, "stop it first");
    std::error_code error;
    fs::remove(folder_ / name / kSpecFile, error);
    if (!error) fs::remove_all(folder_ / name, error);
    if (error) return fail(Code::unavailable, fmt::format("cannot remove job '{}': {}", name, error.message()));
    return {};
  }

 private:
  static bool is_accepted(const fs::path& job) { return is_there(job / kSpecFile) && !is_there(job / kShimFile) && !is_there(job / kExitFile); }

  // The shim is gone and left no record, or never came. What it watched over is ended first; then "lost" is written down, so
  // that nobody ever hears otherwise, not even a shim that comes late.
  Result<State> give_up(const fs::path& job) {
    const Fd lock(::open((job / kLockFile).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!lock) return fail_errno("open", job / kLockFile);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return State{};  // a shim has it
    if (is_there(job / kExitFile)) return read_exit(job);             // it ended between the two looks
    const auto left_over = with_setting(job_setting(job));
    for (const auto pid : left_over) ::kill(static_cast<pid_t>(pid), SIGKILL);
    if (!left_over.empty()) return State{};
    State state{.phase = Phase::lost};
    state.finished_ms = RealClock().now_ms();
    state.reason = is_there(job / kShimFile) ? "what watched over it vanished: it was killed, or the machine went down"
                                             : fmt::format("'{}' did not come up to watch over it", shim_.string());
    TRY(write_exit(job, state));
    return state;
  }

  Result<fs::path> folder_of(std::string_view name) const {
    const auto job = folder_ / name;
    if (!is_job_name(name) || !is_there(job / kSpecFile)) return fail(Code::not_found, fmt::format("there is no job '{:.80}'", name));
    return job;
  }

  static std::int64_t age_ms(const fs::path& job) {
    std::error_code error;
    const auto written = fs::last_write_time(job / kSpecFile, error);
    return std::chrono::duration_cast<std::chrono::milliseconds>(fs::file_time_type::clock::now() - written).count();
  }

  Result<void> run_shim(const fs::path& job) {
    const auto shim = shim_.string(), folder = job.string();
    char verb[] = "exec-shim";
    char* argv[] = {const_cast<char*>(shim.c_str()), verb, const_cast<char*>(folder.c_str()), nullptr};
    char* envp[] = {nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (int fd = 0; fd < 3; ++fd) posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    pid_t pid = 0;
    const int failed = ::posix_spawn(&pid, shim.c_str(), &actions, nullptr, argv, envp);
    posix_spawn_file_actions_destroy(&actions);
    if (failed) return fail(Code::unavailable, fmt::format("cannot start a job: {}", std::strerror(failed)), shim);
    shims_.with([&](auto& shims) { shims.push_back(pid); });
    return {};
  }

  void reap() {
    shims_.with([](auto& shims) { std::erase_if(shims, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; }); });
  }

  const fs::path folder_, shim_;
  Guarded<std::vector<pid_t>> shims_;  // our children; those of an earlier server are init's
};

}  // namespace

Result<std::unique_ptr<Launcher>> open_local(const fs::path& folder, const fs::path& shim) {
  TRY(make_folders(folder));
  auto launcher = std::make_unique<LocalLauncher>(fs::absolute(folder), shim);
  launcher->begin_accepted();
  return launcher;
}

}  // namespace gyre::exec
