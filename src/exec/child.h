// The job's own process, between fork and exec. Inside exec/ only.
#pragma once

#include <sys/types.h>

#include "exec/launcher.h"

namespace gyre::exec {

constexpr int kCannotStart = 127;  // as the shell's "command not found"

// Turns this fresh child of the shim `parent` into the job: own process group, output to `log`, the spec's environment and
// `setting` and no other. When that fails it says why on `trouble` and in the log, and exits with kCannotStart.
[[noreturn]] void become_job(const Spec& spec, const std::string& setting, pid_t parent, int log, int trouble);

// Binds this process and its later children to as many processors as the limit asks for, where that is fewer than all.
void limit_cpus(double cpus);

}  // namespace gyre::exec
