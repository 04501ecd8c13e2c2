// A policy as its YAML says it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

namespace gyre::policy {

struct When {
  bool bootstrap = false;           // the endpoint has no model yet
  std::vector<std::string> alerts;  // rules of the endpoint's monitor
  std::int64_t every_ms = 0;
  TimeMs from_ms = 0;
  std::int64_t new_rows = 0;  // labelled since the last training
};

struct Canary {
  double weight = 0;
  std::int64_t rows = 0;
};

struct Rollout {
  bool none = false;
  std::int64_t shadow_rows = 0;
  std::vector<Canary> canary;
  double max_error_share = 0.01, max_latency_ratio = 3;
  std::int64_t watch_labelled_rows = 0;
  double max_loss = 0.01;
};

struct Gates {
  double min_auc = 0;  // where there is no champion
  double min_gain = 0, z = 2.58;
  std::int64_t cluster_ms = kHourMs, min_rows = 1000;
  std::vector<std::string> slice_columns;
  std::int64_t slice_min_rows = 1000;
  double slice_max_loss = 0.02;
  double latency_p99_ms = 0;
  std::int64_t latency_rows = 100;
  std::int64_t max_bytes = 0;
  std::int64_t min_training_rows = 0;
  double max_missing = 1;
};

struct Definition {
  std::string endpoint, model, pipeline;
  std::map<std::string, json::Value> parameters;
  When when;
  std::int64_t wait_days = 0, wait_rows = 0;
  std::int64_t cool_down_ms = 0;
  std::int64_t budget_runs = 0, budget_per_ms = 0;  // 0 runs: no limit
  Gates gates;
  Rollout rollout;
};

Result<Definition> read_definition(const json::Value& value);

}  // namespace gyre::policy
