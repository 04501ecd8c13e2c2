// What the workspace of runs asks: keys, columns, importance of parameters, comparison, saved views.
#pragma once

#include "net/router.h"
#include "storage/blob/store.h"
#include "tracking/comparison.h"
#include "tracking/experiment_keys.h"
#include "tracking/run_importance.h"
#include "views/views.h"

namespace gyre::rest {

// What these routes answer from. All of it outlives the router.
struct Workspace {
  tracking::Service& tracking;
  tracking::RunQueries& run_queries;
  tracking::ExperimentKeys& keys;
  tracking::RunImportance& importance;
  tracking::Comparisons& comparisons;
  views::Service& views;
  blob::Store& blobs;
};

// Before add_routes(), whose index lists what is there.
void add_workspace_routes(net::Router& router, const Workspace& workspace);

void add_run_key_routes(net::Router& router, const Workspace& workspace);
void add_run_column_routes(net::Router& router, const Workspace& workspace);
void add_run_importance_routes(net::Router& router, const Workspace& workspace);
void add_compare_routes(net::Router& router, const Workspace& workspace);
void add_view_routes(net::Router& router, const Workspace& workspace);

// As routes.h has it for rooms: `path` stands behind /api/v1.
using WorkspaceHandler = Result<net::Response> (*)(const Workspace& workspace, const net::Request& request);
void add(net::Router& router, const Workspace& workspace, std::string_view method, std::string_view path, WorkspaceHandler handler);

}  // namespace gyre::rest
