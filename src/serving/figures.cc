#include "serving/serving.h"

namespace gyre::serving {
namespace {

Figure counter(std::string name, std::string help) { return {std::move(name), std::move(help), Figure::Kind::counter, {}}; }

}  // namespace

Result<Figures> Service::figures() {
  auto requests = counter("gyre_serving_requests_total", "Scoring requests by endpoint, version and role."), rows = counter("gyre_serving_predictions_total", "Rows that were scored, by endpoint, version and role."),
       errors = counter("gyre_serving_errors_total", "Requests that a model failed on, by endpoint, version and role."),
       refused = counter("gyre_serving_refused_rows_total", "Rows that were refused unscored, by endpoint and reason.");
  Figure revisions{"gyre_serving_revision", "Number of the revision that serves, by endpoint.", Figure::Kind::gauge, {}},
      p99{"gyre_serving_latency_p99_seconds", "99th percentile of the time in the model since the start of the count, by endpoint, version and role.", Figure::Kind::gauge, {}};
  const auto endpoints = TRY(list());
  for (const auto& endpoint : endpoints) {
    const auto status = TRY(this->status(endpoint.name));
    for (const auto& one : status.counters) {
      const std::vector<std::pair<std::string, std::string>> labels = {{"endpoint", endpoint.name}, {"version", std::to_string(one.version)}, {"role", one.role}};
      requests.samples.push_back({labels, static_cast<double>(one.requests)});
      rows.samples.push_back({labels, static_cast<double>(one.rows)});
      errors.samples.push_back({labels, static_cast<double>(one.errors)});
      p99.samples.push_back({labels, one.latency_quantile_ms(.99) / 1000});
    }
    for (const auto& [reason, counts] : status.refused) refused.samples.push_back({{{"endpoint", endpoint.name}, {"reason", reason}}, static_cast<double>(counts.second)});
    if (endpoint.revision) revisions.samples.push_back({{{"endpoint", endpoint.name}}, static_cast<double>(endpoint.revision->number)});
  }
  return Figures{figure("gyre_serving_endpoints", "Endpoints.", Figure::Kind::gauge, static_cast<std::int64_t>(endpoints.size())),
                 std::move(requests), std::move(rows), std::move(errors), std::move(refused), std::move(revisions), std::move(p99)};
}

}  // namespace gyre::serving
