#include "api/mlflow/artifacts_only.h"

#include <fmt/format.h>

#include <algorithm>

namespace gyre::mlflow {
namespace {

constexpr std::string_view kKept[] = {"/health", "/ready", "/version", "/metrics"};

bool is_kept(std::string_view pattern) { return pattern.contains("/mlflow-artifacts/") || std::ranges::find(kKept, pattern) != std::end(kKept); }

// MLflow's words, in plain text as there.
net::Handler disabled(std::string_view pattern) {
  auto text = fmt::format(
      "Endpoint: {} disabled due to the mlflow server running in `--artifacts-only` mode. To enable tracking server functionality, run `mlflow server` without "
      "`--artifacts-only`",
      pattern);
  return [text = std::move(text)](const net::Request&) -> Result<net::Response> { return net::text_response(text, 503); };
}

}  // namespace

void close_all_but_artifacts(net::Router& router) {
  router.wrap([](std::string_view pattern, const net::Handler& handler) { return is_kept(pattern) ? handler : disabled(pattern); });
}

}  // namespace gyre::mlflow
