// /runs/:run/metrics: points come in, at steps that may have a fraction, which MLflow's routes do not know
#include "api/rest/run_metrics.h"

#include <fmt/format.h>

#include "api/rest/wire.h"

namespace gyre::rest {
namespace {

struct PointBody {
  std::string key;
  std::optional<double> value;
  json::Value step;
  std::optional<std::string> timestamp;
};
BOOST_DESCRIBE_STRUCT(PointBody, (), (key, value, step, timestamp))

struct PointsBody {
  std::vector<PointBody> metrics;
};
BOOST_DESCRIBE_STRUCT(PointsBody, (), (metrics))

}  // namespace

Result<tracking::Step> to_step(const json::Value& sent, std::string_view path) {
  if (sent.is_null()) return tracking::Step();
  if (sent.if_int()) return tracking::Step{*sent.if_int()};
  if (!sent.if_double()) return json::wrong(sent, path, "a number");
  auto step = tracking::step_of(*sent.if_double());
  if (!step) return fail(Code::invalid, fmt::format("'{}': {}", path, step.error().message), {}, step.error().fix);
  return step;
}

namespace {

Result<tracking::Metric> to_metric(PointBody sent, std::size_t place, TimeMs now_ms) {
  if (!sent.value) return fail(Code::invalid, fmt::format("'metrics[{}].value' is missing", place), {}, R"(a number, or "NaN", "Infinity", "-Infinity")");
  const auto step = TRY(to_step(sent.step, fmt::format("metrics[{}].step", place)));
  const auto at_ms = sent.timestamp ? TRY(from_iso(*sent.timestamp)) : now_ms;
  return tracking::Metric{.key = std::move(sent.key), .value = *sent.value, .at_ms = at_ms, .step = step.whole, .fraction = step.fraction};
}

Result<net::Response> log_points(const Rooms& rooms, const net::Request& request) {
  auto sent = TRY(body<PointsBody>(request));
  if (sent.metrics.empty()) return fail(Code::invalid, "no points are sent", {}, R"({"metrics": [{"key": "loss", "value": 0.5, "step": 0.25}]})");
  tracking::Batch batch;
  for (auto& point : sent.metrics) batch.metrics.push_back(TRY(to_metric(std::move(point), batch.metrics.size(), rooms.clock.now_ms())));
  TRY(rooms.tracking.log_batch(request.parameter("run"), batch));
  Writer writer;
  writer.begin_object();
  writer.field("logged", static_cast<std::int64_t>(batch.metrics.size()));
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_run_metric_routes(net::Router& router, const Rooms& rooms) { add(router, rooms, "POST", "/runs/:run/metrics", log_points); }

}  // namespace gyre::rest
