// Runs that are drawn: by their ids, or the first of a search. Inside tracking/ only.
#pragma once

#include "tracking/filter.h"
#include "tracking/many_curves.h"

namespace gyre::tracking {

struct ChosenRun {
  std::string id, name;
  TimeMs start_ms = 0;
  std::vector<Cell> cells;  // of the fields that were asked for
};

struct ChosenRuns {
  std::vector<ChosenRun> runs;  // each once
  std::int64_t matched = 0;
  std::vector<ColumnKind> kinds;  // of the fields

  std::vector<std::string> ids() const;
};

// `invalid` for more than `most`, and for fields that are none.
Result<ChosenRuns> choose_runs(sql::Tx& tx, const RunChoice& choice, const std::vector<std::string>& fields, std::size_t most, const FilterContext& context);

}  // namespace gyre::tracking
