#include <fmt/format.h>

#include "api/mlflow/log_batch.h"
#include "bench/path/caller.h"
#include "bench/path/metered_db.h"
#include "bench/path/scoring.h"
#include "bench/path/stopwatch.h"

namespace gyre::bench {
namespace {

constexpr auto kPath = "/api/2.0/mlflow/runs/log-batch";

std::string request_body(std::string_view run_id, int points) {
  std::string body = fmt::format(R"({{"run_id": "{}", "metrics": [)", run_id);
  for (int i = 0; i < points; ++i) {
    body += fmt::format(R"({}{{"key": "loss", "value": {:.6f}, "timestamp": {}, "step": {}}})", i == 0 ? "" : ", ", 1.0 / (i + 1), 1'700'000'000'000 + i, i);
  }
  return body + "]}";
}

struct Stages {
  double parse = 0, sql = 0, commit = 0, fsync_wait = 0, served = 0;
};

// On a database that is metered: what the statements cost, what the commit costs beside them, and how long it waits.
Result<void> measure_database(ScoringHouse& house, const std::string& run_id, const tracking::Batch& batch, int calls, Stages& stages) {
  MeteredDb db(house.rooms().tracking.db());
  tracking::Service tracking(db, house.house().blobs(), house.clock());
  std::vector<double> sql, commit, wait;
  for (int sample = 0; sample < kSamples; ++sample) {
    db.take();
    const auto all_ns = process_cpu_ns();
    for (int i = 0; i < calls; ++i) TRY(tracking.log_batch(run_id, batch));
    const auto cpu_ns = process_cpu_ns() - all_ns;
    const auto cost = db.take();
    sql.push_back(static_cast<double>(cost.body_cpu_ns) / 1e3 / calls);
    commit.push_back(static_cast<double>(cpu_ns - cost.body_cpu_ns) / 1e3 / calls);
    wait.push_back(static_cast<double>(cost.whole_wall_ns - cost.body_wall_ns) / 1e3 / calls);
  }
  stages.sql = median(std::move(sql));
  stages.commit = median(std::move(commit));
  stages.fsync_wait = median(std::move(wait));
  return {};
}

Result<Stages> stages_of(ScoringHouse& house, int points) {
  const auto run = TRY(house.rooms().tracking.create_run({.experiment_id = "0", .name = fmt::format("bench-{}", points), .user = "bench", .start_ms = house.clock().now_ms(), .tags = {}}));
  net::Request request;
  request.method = "POST";
  request.body = request_body(run.info.id, points);
  const auto call = TRY(mlflow::read_log_batch(request));
  const int calls = std::clamp(2000 / points, 4, 50);

  Stages stages;
  stages.parse = thread_us_each([&] { (void)mlflow::read_log_batch(request); });
  TRY(measure_database(house, run.info.id, call.batch, calls, stages));
  auto caller = TRY(Caller::connect(house.port()));
  const auto bytes = post(kPath, request.body);
  Result<void> outcome;
  stages.served = others_us_each(calls, [&] {
    if (outcome) outcome = caller.call(bytes);
  });
  TRY(std::move(outcome));
  return stages;
}

}  // namespace

Result<Section> log_batch(ScoringHouse& house, const std::vector<int>& point_counts) {
  Section section{"Tracking: runs/log-batch of one metric's points, SQLite, durable, over HTTP", "CPU µs a request", {}, {}};
  std::vector<Stages> all;
  for (const int points : point_counts) {
    section.columns.push_back(fmt::format("{} point{}", points, points == 1 ? "" : "s"));
    all.push_back(TRY(stages_of(house, points)));
  }
  const auto line = [&](std::string stage, auto value, std::string remark = {}) {
    Line made{std::move(stage), {}, std::move(remark)};
    for (const auto& stages : all) made.values.push_back(value(stages));
    section.lines.push_back(std::move(made));
  };
  line("parse", [](const Stages& s) { return s.parse; });
  line("SQL", [](const Stages& s) { return s.sql; });
  line("commit", [](const Stages& s) { return s.commit; }, "write-ahead log, fsync, handing over to the writer");
  line("HTTP and encode", [](const Stages& s) { return s.served - s.parse - s.sql - s.commit; });
  line("= a request", [](const Stages& s) { return s.served; });
  line("wait for the commit", [](const Stages& s) { return s.fsync_wait; }, "wall time, mostly fsync");
  return section;
}

}  // namespace gyre::bench
