// What is in a job's folder: spec.json (what to run), shim.json (who watches), exit.json (how it ended), log.
#pragma once

#include "exec/launcher.h"

namespace gyre::exec {

inline constexpr std::string_view kSpecFile = "spec.json", kShimFile = "shim.json", kExitFile = "exit.json", kLogFile = "log", kStopFile = "stop";

// A process for as long as the machine runs: numbers are used again, start times are not.
struct Identity {
  std::int64_t pid = 0;
  std::int64_t start_ticks = 0;  // field 22 of /proc/PID/stat
};

Result<void> write_spec(const std::filesystem::path& folder, const Spec& spec);
Result<Spec> read_spec(const std::filesystem::path& folder);
Result<void> write_identity(const std::filesystem::path& folder, Identity identity);
Result<Identity> read_identity(const std::filesystem::path& folder);
Result<void> write_exit(const std::filesystem::path& folder, const State& state);
Result<State> read_exit(const std::filesystem::path& folder);

// start_ticks of a living process; nothing when there is none (or only its zombie).
std::optional<std::int64_t> start_ticks_of(std::int64_t pid);
inline bool is_alive(Identity identity) { return start_ticks_of(identity.pid) == identity.start_ticks; }

// All living descendants of a process, itself not among them.
std::vector<std::int64_t> descendants_of(std::int64_t pid);
std::int64_t resident_bytes_of(std::int64_t pid);

}  // namespace gyre::exec
