// Help, made from the table of commands: what it is, examples first, then what it takes.
#pragma once

#include "app/cli/command.h"

namespace gyre::cli {

std::string help_for_all();
std::string help_for_noun(std::string_view noun);
std::string help_for_command(const Command& command);
std::string usage_of(const Command& command);  // "gyre repo put REF FILES..."

// `gyre help WORDS...`; `not_found` with the nearest for words that name nothing.
Result<std::string> help_on(const std::vector<std::string>& words);

}  // namespace gyre::cli
