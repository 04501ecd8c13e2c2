// Runs of a search that are looked at together, with the target that they are asked about. Inside tracking/ only.
#pragma once

#include "tracking/param_column.h"
#include "tracking/run_importance.h"

namespace gyre::tracking {

// Those of which the target is finite, in an order that their ids alone give.
struct RunSample {
  std::vector<std::string> ids;
  std::vector<double> target;
  std::vector<std::vector<Cell>> cells;  // of each run, one a chosen parameter
  std::int64_t runs = 0, sampled = 0, missing = 0, nan = 0;
};

// `invalid` where the target is no number. The target stands before `query.params` in the columns that are read.
Result<RunSample> take_sample(RunQueries& queries, const ImportanceQuery& query);

// Those that vary, the commonest first: of the chosen ones, or of all that the runs have. Of very many values the sample gets shorter.
struct ParamColumns {
  std::vector<ParamColumn> columns;  // at most kMaxImportanceParams
  std::int64_t left_out = 0;         // that vary, too
};
Result<ParamColumns> read_columns(sql::Db& db, const ImportanceQuery& query, RunSample& sample);

}  // namespace gyre::tracking
