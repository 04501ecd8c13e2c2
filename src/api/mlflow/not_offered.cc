// What the newest MLflow has and this server does not: clients are told so, and do not look for an older call instead.
#include <fmt/format.h>

#include "api/mlflow/routes.h"

namespace gyre::mlflow {
namespace {

struct Absent {
  const char* path;  // below a prefix's version; all that is under it, too
  const char* what;
};

constexpr Absent kAbsent[] = {
    {"/mlflow/gateway", "the AI gateway"},
    {"/mlflow/prompt-optimization", "prompt optimization"},
    {"/mlflow/label-schemas", "label schemas"},
    {"/mlflow/review-queues", "review queues"},
    {"/mlflow/mcp-servers", "a registry of MCP servers"},
    {"/mlflow/workspaces", "workspaces"},
    {"/mlflow/assistant", "the assistant, which asks a language model"},
    {"/mlflow/demo", "MLflow's demo; `gyre demo` makes one of its own"},
    {"/mlflow/jobs", "MLflow's jobs; pipelines run what is to be run"},
    {"/mlflow/genai/evaluate/invoke", "evaluation on the server, which asks the AI gateway"},
    {"/mlflow/issues/invoke", "the search for issues, which asks the AI gateway"},
    {"/mlflow/scorer/invoke", "scorers that run on the server"},
    {"/jobs", "MLflow's jobs; pipelines run what is to be run"},
};

constexpr const char* kMethods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

Result<net::Response> not_offered(std::string_view what, const net::Request&) {
  return refusal(501, "NOT_IMPLEMENTED", fmt::format("This server does not offer {}.", what));
}

void close(net::Router& router, const std::string& path, const char* what) {
  for (const char* method : kMethods) {
    router.add(method, path, std::bind_front(not_offered, what), to_response);
    router.add(method, path + "/*rest", std::bind_front(not_offered, what), to_response);
  }
}

}  // namespace

void add_absent_routes(net::Router& router) {
  for (const std::string prefix : {"/api/3.0", "/ajax-api/3.0"}) {
    for (const auto& [path, what] : kAbsent) close(router, prefix + path, what);
  }
  close(router, "/gateway", "the AI gateway");
  add(router, "POST", "/runs/create-promptlab-run", std::bind_front(not_offered, "the prompt lab: it asks the AI gateway, which is not here"));
}

}  // namespace gyre::mlflow
