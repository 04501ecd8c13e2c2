#include "api/rest/workspace.h"

#include <fmt/format.h>

#include "api/rest/one_project.h"
#include "api/rest/routes.h"

namespace gyre::rest {

void add(net::Router& router, const Workspace& workspace, std::string_view method, std::string_view path, WorkspaceHandler handler) {
  auto handle = [&workspace, handler](const net::Request& request) -> Result<net::Response> {
    TRY(check_project(request));
    return handler(workspace, request);
  };
  router.add(method, fmt::format("/api/v1{}", path), std::move(handle), to_response, {.max_body_bytes = kMaxBodyBytes});
}

void add_workspace_routes(net::Router& router, const Workspace& workspace) {
  add_run_key_routes(router, workspace);
  add_run_column_routes(router, workspace);
  add_run_importance_routes(router, workspace);
  add_compare_routes(router, workspace);
  add_view_routes(router, workspace);
}

}  // namespace gyre::rest
