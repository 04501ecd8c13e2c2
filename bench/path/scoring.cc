#include "bench/path/scoring.h"

#include <fmt/format.h>

#include <cmath>
#include <random>

#include "api/inference/decode.h"
#include "api/inference/encode.h"
#include "api/inference/routes.h"
#include "bench/path/caller.h"
#include "bench/path/stopwatch.h"

namespace gyre::bench {
namespace {

constexpr int kConsumedRequests = 2000;

// {"dataframe_split": {"columns": ["f0", ...], "data": [[...], ...]}}: what MLflow's own client sends.
std::string request_body(int rows) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::string body = R"({"dataframe_split": {"columns": [)";
  for (int i = 0; i < kWidth; ++i) body += fmt::format("{}\"f{}\"", i == 0 ? "" : ", ", i);
  body += R"(], "data": [)";
  for (int row = 0; row < rows; ++row) {
    for (int i = 0; i < kWidth; ++i) body += fmt::format("{}{:.4f}", i == 0 ? (row == 0 ? "[" : ", [") : ", ", normal(random));
    body += ']';
  }
  return body + "]}}";
}

struct Stages {
  double parse = 0, infer = 0, log = 0, encode = 0, handler = 0, served = 0, profile = 0;
};

serving::Frame frame_of(const serving::Batch& batch, const std::vector<infer::Tensor>& outputs, TimeMs now_ms, int number) {
  serving::Frame frame{.request_id = fmt::format("bench-log-{}-{}", batch.rows, number), .role = "primary", .at_ms = now_ms, .revision = 1, .version = 1,
                       .rows = static_cast<std::int64_t>(batch.rows), .latency_ns = 1, .ids = {}, .inputs = batch.columns, .outputs = outputs};
  for (std::size_t row = 0; row < batch.rows; ++row) frame.ids.push_back(fmt::format("{}/{}", frame.request_id, row));
  return frame;
}

// Each frame has an id of its own, as a request seen before is not logged again; making them is left out of the figure.
Result<double> log_us(ScoringHouse& house, const serving::Batch& batch, const std::vector<infer::Tensor>& outputs) {
  auto& log = house.rooms().serving.log();
  const int calls = std::clamp(2000 / static_cast<int>(batch.rows), 4, 200);
  std::vector<double> samples;
  for (int sample = 0, number = 0; sample < kSamples; ++sample) {
    std::vector<std::vector<serving::Frame>> frames;
    for (int i = 0; i < calls; ++i) frames.push_back({frame_of(batch, outputs, house.clock().now_ms(), number++)});
    const auto from = thread_cpu_ns();
    for (const auto& one : frames) TRY(log.append(kEndpoint, one, false));
    samples.push_back(static_cast<double>(thread_cpu_ns() - from) / 1e3 / calls);
  }
  return median(std::move(samples));
}

// The whole handler, without sockets.
Result<double> handler_us(ScoringHouse& house, const std::string& body) {
  net::Router router;
  inference::add_routes(router, house.rooms().serving);
  net::Request request;
  request.method = "POST";
  request.path = fmt::format("/endpoints/{}/invocations", kEndpoint);
  request.body = body;
  const auto match = router.match(request.method, request.path);
  request.path_parameters = match->parameters;
  int number = 0;
  bool good = true;
  const auto us = thread_us_each([&] {
    request.request_id = fmt::format("bench-handler-{}-{}", body.size(), number++);
    const auto response = (*match->handler)(request);
    good &= response && response->status == 200;
  });
  if (!good) return fail(Code::internal, "a request of the bench was refused");
  return us;
}

Result<double> served_us(ScoringHouse& house, const std::string& body) {
  auto caller = TRY(Caller::connect(house.port()));
  const auto request = post(fmt::format("/endpoints/{}/invocations", kEndpoint), body);
  Result<void> outcome;
  const auto us = others_us_each(std::clamp(static_cast<int>(400'000 / body.size()), 5, 200), [&] {
    if (outcome) outcome = caller.call(request);
  });
  TRY(std::move(outcome));
  return us;
}

// What the monitor spends behind the answers: reading the log back, profiles, storing them.
Result<double> profile_us(ScoringHouse& house, const serving::Batch& batch, const std::vector<infer::Tensor>& outputs) {
  auto& rooms = house.rooms();
  TRY(rooms.monitoring.run_due(house.clock().now_ms()));
  while (TRY(rooms.monitoring.run_due(house.clock().now_ms())).worked) continue;  // what the other stages have logged
  const int requests = std::max(20, kConsumedRequests / static_cast<int>(batch.rows));
  static int number = 1'000'000;
  for (int i = 0; i < requests; ++i) TRY(rooms.serving.log().append(kEndpoint, {frame_of(batch, outputs, house.clock().now_ms(), number++)}, false));
  const auto from = process_cpu_ns();
  while (TRY(rooms.monitoring.run_due(house.clock().now_ms())).worked) continue;
  return static_cast<double>(process_cpu_ns() - from) / 1e3 / requests;
}

Result<Stages> stages_of(ScoringHouse& house, int rows) {
  const auto body = request_body(rows);
  const auto shape = TRY(house.rooms().serving.shape(kEndpoint));
  auto batch = inference::decode_mlflow(body, shape);
  if (!batch) return std::unexpected(batch.error().error);
  serving::Scored scored{1, 1, TRY(house.rooms().serving.evaluate("gbm", 1, *batch))};

  Stages stages;
  stages.parse = thread_us_each([&] { (void)inference::decode_mlflow(body, shape); });
  stages.infer = thread_us_each([&] { (void)house.rooms().serving.evaluate("gbm", 1, *batch); });
  stages.encode = thread_us_each([&] { (void)inference::encode_mlflow(scored); });
  stages.log = TRY(log_us(house, *batch, scored.outputs));
  stages.handler = TRY(handler_us(house, body));
  stages.served = TRY(served_us(house, body));
  stages.profile = TRY(profile_us(house, *batch, scored.outputs));
  return stages;
}

}  // namespace

Result<Section> scoring(ScoringHouse& house, const std::vector<int>& row_counts) {
  Section section{"Scoring: gradient boosting of 100 trees on 28 columns, over HTTP", "CPU µs a request", {}, {}};
  std::vector<Stages> all;
  for (const int rows : row_counts) {
    section.columns.push_back(fmt::format("{} row{}", rows, rows == 1 ? "" : "s"));
    all.push_back(TRY(stages_of(house, rows)));
  }
  const auto line = [&](std::string stage, auto value, std::string remark = {}) {
    Line made{std::move(stage), {}, std::move(remark)};
    for (const auto& stages : all) made.values.push_back(value(stages));
    section.lines.push_back(std::move(made));
  };
  line("parse", [](const Stages& s) { return s.parse; });
  line("infer", [](const Stages& s) { return s.infer; });
  line("log", [](const Stages& s) { return s.log; });
  line("encode", [](const Stages& s) { return s.encode; });
  line("rest of the handler", [](const Stages& s) { return s.handler - s.parse - s.infer - s.log - s.encode; }, "ids, routes, counters");
  line("HTTP", [](const Stages& s) { return s.served - s.handler; }, "sockets, threads, headers, fsync of the log");
  line("= a request", [](const Stages& s) { return s.served; });
  line("profile", [](const Stages& s) { return s.profile; }, "behind the answer");
  return section;
}

}  // namespace gyre::bench
