// A command as it would run without us: its standard input, its terminal, its place among processes; its output comes through our hands.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"

namespace gyre::runs {

// What the kernel gave to the child instead of our own standard output and error.
struct Channel {
  Fd from;              // we read here what it writes
  bool is_tty = false;  // a terminal of its own, as ours is one: progress bars are drawn
};

struct Child {
  pid_t pid = 0;
  Fd ended;  // readable when it has ended
  Channel out, err;
};

struct ChildSpec {
  std::vector<std::string> argv;
  std::map<std::string, std::string> settings;  // beside our own environment
  std::vector<std::string> without;             // of our own
};

// Signals that come to us and are meant for the command. Blocked in this process from hold_signals() on, so that none is lost.
Fd hold_signals();
// One that would have ended us, if one has come; the others are taken, too.
std::optional<int> held_ending(const Fd& signals);
// From here on they are this process's own again.
void release_signals();
// `not_found` with the shell's exit code in mind (127), `denied` (126) where it cannot be run.
Result<Child> start_child(const ChildSpec& spec);
// Takes over the size of our terminal.
void fit_window(const Child& child);

// How it ended, as a shell tells it: its exit code, or 128 and the signal.
struct Ending {
  int code = 0;
  int signal = 0;  // 0: none
};
Ending ending_of(int wait_status);
// FINISHED, FAILED or KILLED.
std::string_view status_of(const Ending& ending);

}  // namespace gyre::runs
