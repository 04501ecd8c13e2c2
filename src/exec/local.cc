#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "base/file.h"
#include "base/guarded.h"
#include "exec/launcher.h"
#include "exec/spec_file.h"

namespace gyre::exec {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kShimStartsWithinMs = 5000;

Result<void> check(const Spec& spec) {
  if (spec.job.empty() || spec.job.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") != std::string::npos || spec.job.starts_with('.')) {
    return fail(Code::invalid, fmt::format("'{:.80}' cannot name a job", spec.job));
  }
  if (spec.argv.empty() || spec.argv[0].empty()) return fail(Code::invalid, "a job needs a command");
  if (!fs::is_directory(spec.folder)) return fail(Code::not_found, fmt::format("the job's folder '{}' is not there", spec.folder.string()));
  return {};
}

class LocalLauncher final : public Launcher {
 public:
  LocalLauncher(fs::path folder, fs::path shim) : folder_(std::move(folder)), shim_(std::move(shim)) {}

  // The spec is durable before the shim runs. A second start finds the folder and does nothing.
  Result<void> start(const Spec& spec) override {
    TRY(check(spec));
    const auto job = folder_ / spec.job;
    if (fs::exists(job / kSpecFile)) return fs::exists(job / kShimFile) || fs::exists(job / kExitFile) ? Result<void>() : run_shim(job);
    TRY(make_folders(job));
    TRY(write_spec(job, spec));
    return run_shim(job);
  }

  Result<State> poll(std::string_view name) override {
    reap();
    const auto job = TRY(folder_of(name));
    if (fs::exists(job / kExitFile)) return read_exit(job);
    const auto identity = read_identity(job);
    const bool young = !identity && age_ms(job) < kShimStartsWithinMs;
    if (young || (identity && is_alive(*identity))) return State{};
    if (fs::exists(job / kExitFile)) return read_exit(job);  // it ended between the two looks
    return State{.phase = Phase::lost};
  }

  Result<LogChunk> logs(std::string_view name, std::int64_t from_offset) override {
    const auto job = TRY(folder_of(name));
    const bool ended = fs::exists(job / kExitFile);
    LogChunk chunk{{}, from_offset, false};
    const Fd fd(::open((job / kLogFile).c_str(), O_RDONLY | O_CLOEXEC));
    if (fd) {
      chunk.text.resize(kMaxLogChunkBytes);
      const auto got = ::pread(fd.get(), chunk.text.data(), chunk.text.size(), from_offset);
      if (got < 0) return fail_errno("read", job / kLogFile);
      chunk.text.resize(static_cast<std::size_t>(got));
    }
    chunk.next_offset = from_offset + static_cast<std::int64_t>(chunk.text.size());
    chunk.complete = ended && chunk.text.size() < kMaxLogChunkBytes;
    return chunk;
  }

  Result<void> stop(std::string_view name, std::int64_t) override {
    const auto job = TRY(folder_of(name));
    TRY(write_file_durably(job / kStopFile, ""));  // for a shim that has not begun to listen yet
    const auto identity = read_identity(job);
    if (identity && is_alive(*identity)) ::kill(static_cast<pid_t>(identity->pid), SIGTERM);  // the shim does the rest
    return {};
  }

  Result<void> remove(std::string_view name) override {
    const auto state = poll(name);
    if (!state) return state.error().code == Code::not_found ? Result<void>() : std::unexpected(state.error());
    if (state->phase == Phase::running) return fail(Code::conflict, fmt::format("job '{}' is still running", name), {}, "stop it first");
    std::error_code error;
    fs::remove_all(folder_ / name, error);
    return {};
  }

 private:
  Result<fs::path> folder_of(std::string_view name) const {
    const auto job = folder_ / name;
    if (name.contains('/') || !fs::exists(job / kSpecFile)) return fail(Code::not_found, fmt::format("there is no job '{:.80}'", name));
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
  return std::make_unique<LocalLauncher>(folder, shim);
}

}  // namespace gyre::exec
