// What is in a job's folder: spec.json (what to run), shim.json (who watches), exit.json (how it ended), stop (that it
// shall end, and how long it has for that), lock (held by the shim for as long as it lives), log.
#pragma once

#include "exec/launcher.h"
#include "exec/processes.h"

namespace gyre::exec {

inline constexpr std::string_view kSpecFile = "spec.json", kShimFile = "shim.json", kExitFile = "exit.json", kLogFile = "log", kStopFile = "stop",
                                  kLockFile = "lock";

// In the environment of all that a job starts: by it they are found when their shim is gone.
inline constexpr std::string_view kJobSetting = "GYRE_JOB";
inline std::string job_setting(const std::filesystem::path& job_folder) { return std::string(kJobSetting) + "=" + job_folder.string(); }

Result<void> write_spec(const std::filesystem::path& folder, const Spec& spec);
Result<Spec> read_spec(const std::filesystem::path& folder);
Result<void> write_identity(const std::filesystem::path& folder, const Identity& identity);
Result<Identity> read_identity(const std::filesystem::path& folder);
Result<void> write_exit(const std::filesystem::path& folder, const State& state);
Result<State> read_exit(const std::filesystem::path& folder);
Result<void> write_stop(const std::filesystem::path& folder, std::int64_t grace_ms);
// The grace in milliseconds, when the job shall stop.
std::optional<std::int64_t> read_stop(const std::filesystem::path& folder);

}  // namespace gyre::exec
