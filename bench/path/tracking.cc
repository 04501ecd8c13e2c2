#include <fmt/format.h>

#include <algorithm>

#include "api/mlflow/log_batch.h"
#include "bench/path/caller.h"
#include "bench/path/metered_db.h"
#include "bench/path/scoring.h"
#include "bench/path/stopwatch.h"

namespace gyre::bench {
namespace {

constexpr int kPointsASample = 1000;
constexpr auto kPath = "/api/2.0/mlflow/runs/log-batch";

std::string request_body(std::string_view run_id, int points) {
  std::string body = fmt::format(R"({{"run_id": "{}", "metrics": [)", run_id);
  for (int i = 0; i < points; ++i) {
    body += fmt::format(R"({}{{"key": "loss", "value": {:.6f}, "timestamp": {}, "step": {}}})", i == 0 ? "" : ", ", 1.0 / (i + 1), 1'700'000'000'000 + i, i);
  }
  return body + "]}";
}

// What is measured of requests of one size. All samples are of `calls` requests, to a run of their own.
class Stages {
 public:
  static Result<std::unique_ptr<Stages>> prepare(ScoringHouse& house, int points) {
    const auto run = TRY(house.rooms().tracking.create_run(
        {.experiment_id = "0", .name = fmt::format("bench-{}", points), .user = "bench", .start_ms = house.clock().now_ms(), .tags = {}}));
    net::Request request;
    request.method = "POST";
    request.body = request_body(run.info.id, points);
    auto call = TRY(mlflow::read_log_batch(request));
    auto caller = TRY(Caller::connect(house.house().port()));
    return std::unique_ptr<Stages>(new Stages(house, std::move(request), std::move(call), std::move(caller)));
  }

  Result<std::vector<double>> measure() {
    return medians({[this] { return parse(); }, [this] { return database(); }, [this] { return served(); }});
  }

 private:
  Stages(ScoringHouse& house, net::Request request, mlflow::LogBatch call, Caller caller)
      : db_(house.house().db()),
        tracking_(db_, house.house().blobs(), house.clock()),
        request_(std::move(request)),
        call_(std::move(call)),
        caller_(std::move(caller)),
        bytes_(post(kPath, request_.body)),
        calls_(std::clamp(kPointsASample / static_cast<int>(call_.batch.metrics.size()), 2, 20)) {}

  Result<std::vector<double>> parse() {
    return std::vector{thread_us(calls_, [&] { (void)mlflow::read_log_batch(request_); })};
  }

  // What the statements cost, what the commit costs beside them, and how long it waits.
  Result<std::vector<double>> database() {
    db_.take();
    const auto from = process_cpu_ns();
    for (int i = 0; i < calls_; ++i) TRY(tracking_.log_batch(call_.run_id, call_.batch));
    const auto cpu_ns = process_cpu_ns() - from;
    const auto cost = db_.take();
    const auto each = [&](std::int64_t ns) { return static_cast<double>(ns) / 1e3 / calls_; };
    return std::vector{each(cost.body_cpu_ns), each(cpu_ns - cost.body_cpu_ns), each(cost.whole_wall_ns - cost.body_wall_ns)};
  }

  Result<std::vector<double>> served() {
    Result<void> outcome;
    const double us = others_us(calls_, [&] {
      if (outcome) outcome = caller_.call(bytes_);
    });
    TRY(std::move(outcome));
    return std::vector{us};
  }

  MeteredDb db_;
  tracking::Service tracking_;
  const net::Request request_;
  const mlflow::LogBatch call_;
  Caller caller_;
  const std::string bytes_;
  const int calls_;
};

}  // namespace

Result<Section> log_batch(ScoringHouse& house, const std::vector<int>& point_counts) {
  enum { kParse, kSql, kCommit, kWait, kServed };
  Section section{"Tracking: runs/log-batch of one metric's points, SQLite, durable, over HTTP", "CPU µs a request", {}, {}};
  std::vector<std::vector<double>> all;
  for (const int points : point_counts) {
    section.columns.push_back(fmt::format("{} point{}", points, points == 1 ? "" : "s"));
    all.push_back(TRY(TRY(Stages::prepare(house, points))->measure()));
  }
  const auto line = [&](std::string stage, auto value, std::string remark = {}) {
    Line made{std::move(stage), {}, std::move(remark)};
    for (const auto& us : all) made.values.push_back(value(us));
    section.lines.push_back(std::move(made));
  };
  line("parse", [](const auto& us) { return us[kParse]; });
  line("SQL", [](const auto& us) { return us[kSql]; });
  line("commit", [](const auto& us) { return us[kCommit]; }, "write-ahead log, fsync, handing over to the writer");
  line("HTTP and encode", [](const auto& us) { return us[kServed] - us[kParse] - us[kSql] - us[kCommit]; });
  line("= a request", [](const auto& us) { return us[kServed]; });
  line("wait for the commit", [](const auto& us) { return us[kWait]; }, "wall time, mostly fsync");
  return section;
}

}  // namespace gyre::bench
