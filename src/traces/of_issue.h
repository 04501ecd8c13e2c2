// What an issue's owner asks of traces within a statement of its own: the tables of traces are this room's alone.
#pragma once

#include <string>
#include <string_view>

namespace gyre::traces {

// SQL that counts the traces on which the issue was found; `issue_id` is the column that names it.
std::string traces_of_issue(std::string_view issue_id);

}  // namespace gyre::traces
