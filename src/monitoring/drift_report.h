// Drift between two files of rows, at once and without a server: the same profiles and measures as a monitor's.
#pragma once

#include <filesystem>

#include "monitoring/measures.h"
#include "query/query.h"

namespace gyre::monitoring {

struct ComparedColumn {
  std::string name;
  bool category = false;
  std::int64_t reference_rows = 0, current_rows = 0;  // with a value
  std::map<std::string, double> measures;             // js psi ks w1 chi2 missing unseen out_of_range, those that it has
};

struct DriftReport {
  std::int64_t reference_rows = 0, current_rows = 0;
  std::vector<ComparedColumn> columns;  // in the reference's order
  std::vector<std::string> not_in_current, not_in_reference;
  std::vector<std::string> not_compared;  // neither numbers, truths nor texts
  std::vector<std::string> left_out;      // because they were asked to be
};

// Columns of the same name are compared; the reference's quantiles and categories make the bins. The files are Parquet, CSV or
// JSON by their ending. `invalid` when a column holds text in one file and numbers in the other, or `except` names one that the reference lacks.
// `call` tells how far it is and ends it with `cancelled`.
Result<DriftReport> compare_files(query::Engine& engine, const std::filesystem::path& reference, const std::filesystem::path& current,
                                  const std::vector<std::string>& except = {}, const query::Call& call = {});

}  // namespace gyre::monitoring
