// The command that 'gyre run' wraps, as it was written behind "--".
#pragma once

#include "app/cli/command.h"

namespace gyre::cli {

void note_command(Invocation& call, const std::vector<std::string>& words);
std::vector<std::string> noted_command(const Invocation& call);

}  // namespace gyre::cli
