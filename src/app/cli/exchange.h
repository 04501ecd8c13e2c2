// Between the files of gyre import and gyre export.
#pragma once

#include "app/cli/remote.h"
#include "exchange/journey.h"

namespace gyre::cli {

std::span<const Command> exchange_commands();  // import, exp import
std::span<const Command> export_commands();    // export, exp export

// A server as the destination of a move; `remote` outlives it.
std::unique_ptr<exchange::Destination> make_remote_destination(Remote& remote);

// What was moved, what was not and why; the exit code that it means.
int print_report(const Invocation& call, const exchange::Report& report);
// "12.4k runs, 3.1 M points".
std::string progress_line(const exchange::Report& report);

}  // namespace gyre::cli
