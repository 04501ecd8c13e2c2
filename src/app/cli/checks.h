// Measured conditions with all that made their verdicts, as a table.
#pragma once

#include "app/cli/view.h"

namespace gyre::cli {

// Nothing is printed when there is none.
void print_checks(std::string_view title, const json::Value& checks);
// "● 6 passed  ⬢ 1 failed".
std::string checks_line(const json::Value& checks);
// A glyph a verdict, in order; as checks_line for programs.
std::string checks_strip(const json::Value& verdicts);
// The checks that failed: "auc 0.71 under 0.75; size ...". Empty when none did.
std::string failed_checks(const json::Value& checks);

}  // namespace gyre::cli
