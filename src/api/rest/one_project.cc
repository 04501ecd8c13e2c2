#include "api/rest/one_project.h"

#include <fmt/format.h>

#include "governance/governance.h"

namespace gyre::rest {

Result<void> check_project(const net::Request& request) {
  const auto named = request.query_text("project").value_or(request.parameter("project"));
  if (named.empty() || named == governance::kProject) return {};
  return fail(Code::not_found, fmt::format("There is no project '{:.80}'.", named), {}, "The one project is 'default'.");
}

}  // namespace gyre::rest
