#include "serving/serving.h"

namespace gyre::serving {
namespace {

Figure counter(std::string name, std::string help) { return {std::move(name), std::move(help), Figure::Kind::counter, {}}; }

std::vector<double> bounds_s() {
  std::vector<double> bounds;
  for (const auto bound_ms : kLatencyBoundsMs) bounds.push_back(bound_ms / 1000);
  return bounds;
}

}  // namespace

Result<Figures> Service::figures() {
  auto requests = counter("gyre_serving_requests_total", "Scoring requests by endpoint, version and role."),
       rows = counter("gyre_serving_predictions_total", "Rows that were scored, by endpoint, version and role."),
       errors = counter("gyre_serving_errors_total", "Requests that a model failed on, by endpoint, version and role."),
       refused = counter("gyre_serving_refused_rows_total", "Rows that were refused unscored, by endpoint and reason.");
  Figure revisions{"gyre_serving_revision", "Number of the revision that serves, by endpoint.", Figure::Kind::gauge, {}},
      latency{"gyre_serving_latency_seconds", "Time of a request in the model, by endpoint, version and role.", Figure::Kind::histogram, {}, bounds_s()};
  const auto endpoints = TRY(list());
  for (const auto& endpoint : endpoints) {
    const auto status = TRY(this->status(endpoint.name));
    for (const auto& one : status.counters) {
      const std::vector<std::pair<std::string, std::string>> labels = {
          {"endpoint", endpoint.name}, {"version", std::to_string(one.version)}, {"role", one.role}};
      requests.samples.push_back({labels, static_cast<double>(one.requests)});
      rows.samples.push_back({labels, static_cast<double>(one.rows)});
      errors.samples.push_back({labels, static_cast<double>(one.errors)});
      latency.samples.push_back({labels, static_cast<double>(one.latency_ns) / 1e9, {one.latency.begin(), one.latency.end()}});
    }
    for (const auto& [reason, counts] : status.refused)
      refused.samples.push_back({{{"endpoint", endpoint.name}, {"reason", reason}}, static_cast<double>(counts.second)});
    if (endpoint.revision) revisions.samples.push_back({{{"endpoint", endpoint.name}}, static_cast<double>(endpoint.revision->number)});
  }
  return Figures{figure("gyre_serving_endpoints", "Endpoints.", Figure::Kind::gauge, static_cast<std::int64_t>(endpoints.size())),
                 std::move(requests),
                 std::move(rows),
                 std::move(errors),
                 std::move(refused),
                 std::move(revisions),
                 std::move(latency)};
}

}  // namespace gyre::serving
