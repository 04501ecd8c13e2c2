#include "traces/of_issue.h"

#include <fmt/format.h>

namespace gyre::traces {

// An assessment of the kind "issue" is named after the issue.
std::string traces_of_issue(std::string_view issue_id) {
  return fmt::format("(SELECT COUNT(DISTINCT found.trace_id) FROM assessments AS found WHERE found.name = {} AND found.kind = 'issue')", issue_id);
}

}  // namespace gyre::traces
