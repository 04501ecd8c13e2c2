#include "policy/definition.h"

#include <fmt/format.h>

#include "base/amount.h"
#include "base/decode.h"
#include "pipelines/definition.h"

namespace gyre::policy {
namespace {

struct ScheduleText {
  std::string every;
  std::optional<std::string> from;
};
BOOST_DESCRIBE_STRUCT(ScheduleText, (), (every, from))

struct WhenText {
  bool bootstrap = false;
  std::vector<std::string> alerts;
  std::optional<ScheduleText> schedule;
  std::int64_t new_rows = 0;
};
BOOST_DESCRIBE_STRUCT(WhenText, (), (bootstrap, alerts, schedule, new_rows))

struct WaitText {
  std::int64_t labelled_days_after_onset = 0, labelled_rows_after_onset = 0;
};
BOOST_DESCRIBE_STRUCT(WaitText, (), (labelled_days_after_onset, labelled_rows_after_onset))

struct BudgetText {
  std::int64_t runs = 0;
  std::string per = "30d";
};
BOOST_DESCRIBE_STRUCT(BudgetText, (), (runs, per))

struct AtLeastText {
  double at_least = 0;
};
BOOST_DESCRIBE_STRUCT(AtLeastText, (), (at_least))

struct AbsoluteText {
  AtLeastText auc;
};
BOOST_DESCRIBE_STRUCT(AbsoluteText, (), (auc))

struct PairedText {
  std::string metric = "log_loss", cluster = "1h";
  double min_gain = 0, z = 2.58;
  std::int64_t min_rows = 1000;
};
BOOST_DESCRIBE_STRUCT(PairedText, (), (metric, cluster, min_gain, z, min_rows))

struct SlicesText {
  std::vector<std::string> columns;
  std::int64_t min_rows = 1000;
  double max_loss = 0.02;
};
BOOST_DESCRIBE_STRUCT(SlicesText, (), (columns, min_rows, max_loss))

struct LatencyText {
  double p99_ms = 0;
  std::int64_t rows = 100;
};
BOOST_DESCRIBE_STRUCT(LatencyText, (), (p99_ms, rows))

struct SizeText {
  std::string max;
};
BOOST_DESCRIBE_STRUCT(SizeText, (), (max))

struct DataText {
  std::int64_t min_rows = 0;
  double max_missing = 1;
};
BOOST_DESCRIBE_STRUCT(DataText, (), (min_rows, max_missing))

struct GatesText {
  AbsoluteText absolute;
  PairedText paired;
  std::optional<SlicesText> slices;
  std::optional<LatencyText> latency;
  std::optional<SizeText> size;
  std::optional<DataText> data;
};
BOOST_DESCRIBE_STRUCT(GatesText, (), (absolute, paired, slices, latency, size, data))

struct CanaryText {
  double weight = 0;
  std::int64_t rows = 0;
};
BOOST_DESCRIBE_STRUCT(CanaryText, (), (weight, rows))

struct RollbackText {
  double max_error_share = 0.01, max_latency_ratio = 3, max_loss = 0.01;
  std::int64_t watch_labelled_rows = 0;
};
BOOST_DESCRIBE_STRUCT(RollbackText, (), (max_error_share, max_latency_ratio, max_loss, watch_labelled_rows))

struct RolloutText {
  std::int64_t shadow_rows = 0;
  std::vector<CanaryText> canary;
  RollbackText rollback;
};
BOOST_DESCRIBE_STRUCT(RolloutText, (), (shadow_rows, canary, rollback))

struct DefinitionText {
  std::string endpoint, model, pipeline, cool_down = "0s";
  std::map<std::string, json::Value> parameters;
  WhenText when;
  WaitText wait;
  BudgetText budget;
  GatesText gates;
  json::Value rollout;
};
BOOST_DESCRIBE_STRUCT(DefinitionText, (), (endpoint, model, pipeline, cool_down, parameters, when, wait, budget, gates, rollout))

Result<Rollout> read_rollout(const json::Value& value) {
  Rollout rollout;
  if (value.is_null() || value.string_or("") == "none") {
    rollout.none = true;
    return rollout;
  }
  const auto text = TRY(json::decode_strict<RolloutText>(value, "rollout"));
  rollout.shadow_rows = text.shadow_rows;
  double last = 0;
  for (const auto& canary : text.canary) {
    if (canary.weight <= last || canary.weight >= 1 || canary.rows < 1)
      return fail(Code::invalid, "'rollout.canary' needs rising weights between 0 and 1, each with 'rows'");
    rollout.canary.push_back({last = canary.weight, canary.rows});
  }
  rollout.max_error_share = text.rollback.max_error_share;
  rollout.max_latency_ratio = text.rollback.max_latency_ratio;
  rollout.watch_labelled_rows = text.rollback.watch_labelled_rows;
  rollout.max_loss = text.rollback.max_loss;
  return rollout;
}

Result<Gates> read_gates(const GatesText& text) {
  if (text.paired.metric != "log_loss") return fail(Code::invalid, fmt::format("'gates.paired.metric' knows log_loss, not '{}'", text.paired.metric));
  Gates gates;
  gates.min_auc = text.absolute.auc.at_least;
  gates.min_gain = text.paired.min_gain;
  gates.z = text.paired.z;
  gates.cluster_ms = TRY(parse_duration_ms(text.paired.cluster));
  if (gates.cluster_ms < 1) return fail(Code::invalid, "'gates.paired.cluster' must be above zero");
  gates.min_rows = text.paired.min_rows;
  if (text.slices) {
    gates.slice_columns = text.slices->columns;
    gates.slice_min_rows = text.slices->min_rows;
    gates.slice_max_loss = text.slices->max_loss;
  }
  if (text.latency) {
    gates.latency_p99_ms = text.latency->p99_ms;
    gates.latency_rows = text.latency->rows;
  }
  if (text.size) gates.max_bytes = TRY(parse_bytes(text.size->max));
  if (text.data) {
    gates.min_training_rows = text.data->min_rows;
    gates.max_missing = text.data->max_missing;
  }
  return gates;
}

}  // namespace

Result<Definition> read_definition(const json::Value& value) {
  auto text = TRY(json::decode_strict<DefinitionText>(value));
  if (text.endpoint.empty() || text.model.empty() || text.pipeline.empty()) return fail(Code::invalid, "a policy needs 'endpoint', 'model' and 'pipeline'");
  Definition definition;
  definition.endpoint = text.endpoint;
  definition.model = text.model;
  definition.pipeline = text.pipeline;
  definition.parameters = std::move(text.parameters);
  definition.when.bootstrap = text.when.bootstrap;
  definition.when.alerts = std::move(text.when.alerts);
  definition.when.new_rows = text.when.new_rows;
  if (text.when.schedule) {
    definition.when.every_ms = TRY(parse_duration_ms(text.when.schedule->every));
    if (definition.when.every_ms < kMinuteMs) return fail(Code::invalid, "'when.schedule.every' must be at least 1m");
    if (text.when.schedule->from) definition.when.from_ms = TRY(from_iso(*text.when.schedule->from));
  }
  definition.wait_days = text.wait.labelled_days_after_onset;
  definition.wait_rows = text.wait.labelled_rows_after_onset;
  definition.cool_down_ms = TRY(parse_duration_ms(text.cool_down));
  definition.budget_runs = text.budget.runs;
  definition.budget_per_ms = TRY(parse_duration_ms(text.budget.per));
  definition.gates = TRY(read_gates(text.gates));
  definition.rollout = TRY(read_rollout(text.rollout));
  return definition;
}

}  // namespace gyre::policy
