// Runs as they stand in the database, with what belongs to them. Inside tracking/ only.
#pragma once

#include "base/decode.h"
#include "tracking/owed.h"
#include "tracking/tracking.h"

namespace gyre::tracking {

BOOST_DESCRIBE_STRUCT(Tag, (), (key, value))
BOOST_DESCRIBE_STRUCT(DatasetInput, (), (name, digest, source_type, source, schema, profile, tags))

constexpr std::string_view kRunColumns = "r.id, r.experiment_id, r.name, r.user_name, r.status, r.start_ms, r.end_ms, r.lifecycle, r.artifact_uri";

struct RunRow {
  std::string id;
  std::int64_t experiment_id;
  std::string name, user, status;
  std::int64_t start_ms;
  std::optional<std::int64_t> end_ms;
  std::string lifecycle, artifact_uri;
  RunInfo info() const { return {id, std::to_string(experiment_id), name, user, status, start_ms, end_ms, lifecycle, artifact_uri}; }
};

// With their latest metrics, parameters, tags, datasets and outputs; few statements, however many they are.
// `owed` counts as logged; without it the metrics are those that searches see.
Result<std::vector<Run>> with_data(sql::Tx& tx, const std::vector<RunRow>& rows, const OwedBySeries& owed = {});

}  // namespace gyre::tracking
