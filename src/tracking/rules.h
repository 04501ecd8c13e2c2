// What names and values may look like. Inside tracking/ only.
#pragma once

#include "tracking/tracking.h"

namespace gyre::tracking {

Result<std::int64_t> parse_experiment_id(std::string_view id);
Result<void> check(const Batch& batch);
// As Python shows a float: 1.0, nan, inf.
std::string python_number(double value);
// Whether there is that run, and it is not deleted.
Result<void> check_active(sql::Tx& tx, std::string_view run_id);
// Whether there is that run, deleted or not.
Result<void> check_there(sql::Tx& tx, std::string_view run_id);
// The lifecycle of a run that is being purged: nobody sees it any more, and nothing brings it back.
constexpr std::string_view kPurging = "purging";
// Also names the run, where a tag does.
Result<void> put_run_tags(sql::Tx& tx, std::string_view run_id, const std::vector<Tag>& tags);
std::string lifecycle_condition(std::string_view column, std::string_view view);
Result<DatasetInput> read_dataset(std::string_view body);
Result<void> put_model_metrics(sql::Tx& tx, std::string_view run_id, const std::vector<ModelMetric>& metrics);
// An event for those who follow runs: "run.created", "run.finished".
Result<void> publish_run(sql::Tx& tx, TimeMs now_ms, std::string_view topic, const RunInfo& info);
// A name for a run that was given none: "amber-heron-417".
std::string invent_run_name();

}  // namespace gyre::tracking
