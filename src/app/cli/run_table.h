// gyre run ls with chosen columns or in groups.
#pragma once

#include "app/cli/view.h"

namespace gyre::cli {

// `experiment` is an id, empty for all; `sort` as the server takes it.
Result<int> show_run_columns(const Invocation& call, Remote& remote, const std::string& experiment, const std::string& sort);
Result<int> show_run_groups(const Invocation& call, Remote& remote, const std::string& experiment);

// "a, b" -> a and b; commas in quotes and brackets part nothing.
std::vector<std::string> split_values(std::string_view text);

}  // namespace gyre::cli
