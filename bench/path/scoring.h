#pragma once

#include "bench/path/report.h"
#include "bench/path/scoring_house.h"

namespace gyre::bench {

// Where the CPU time of a scoring request goes, by stage, for each number of rows.
Result<Section> scoring(ScoringHouse& house, const std::vector<int>& row_counts);

// The same of logging metrics to a run.
Result<Section> log_batch(ScoringHouse& house, const std::vector<int>& point_counts);

}  // namespace gyre::bench
