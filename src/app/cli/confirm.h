// What takes something away is asked for once more.
#pragma once

#include "app/cli/command.h"

namespace gyre::cli {

inline constexpr Option kYes{"yes", "", "does it without asking"};

// Whether it may be done: --yes says so, else whoever sits at the terminal. Where nobody does, `invalid` with `what` as the reason;
// `cancelled` where the answer is no.
Result<void> confirm(const Invocation& call, std::string_view what);

}  // namespace gyre::cli
