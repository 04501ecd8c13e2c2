// What /proc tells of running processes. Inside exec/ only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::exec {

// A process, told from a later one of the same number, also after a restart of the machine.
struct Identity {
  std::int64_t pid = 0;
  std::int64_t start_ticks = 0;  // field 22 of /proc/PID/stat
  std::string boot;              // which start of the machine
};

Identity identity_of_self();
bool is_alive(const Identity& identity);
// Sends it only to that very process.
void send_signal(const Identity& identity, int signal);

// start_ticks of a living process; nothing when there is none (or only its zombie).
std::optional<std::int64_t> start_ticks_of(std::int64_t pid);

// Living descendants of a process, itself not among them. One that is born or dies meanwhile may be missed.
std::vector<std::int64_t> descendants_of(std::int64_t pid);

// Living processes that were started with `setting` ("NAME=value") in their environment and did not drop it.
std::vector<std::int64_t> with_setting(std::string_view setting);

std::int64_t resident_bytes_of(std::int64_t pid);
// As resident, but what several processes share is counted once, in parts. Dear: the kernel walks all its pages.
std::int64_t proportional_bytes_of(std::int64_t pid);

}  // namespace gyre::exec
