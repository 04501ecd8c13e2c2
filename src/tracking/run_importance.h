// Which parameters tell most of a metric, over the runs of a search.
#pragma once

#include "tracking/run_query.h"

namespace gyre::tracking {

struct ImportanceQuery {
  Search search;                         // its order, limit and token mean nothing here
  std::string target;                    // a number of the filter language: metrics.auc, max(metrics.auc)
  std::vector<std::string> params = {};  // values of the filter language; none: all parameters that vary among the runs
  std::size_t limit = 30;
};

struct ImportanceTable {
  std::int64_t runs = 0;     // that match
  std::int64_t used = 0;     // whose target is a finite number, as far as they were looked at
  std::int64_t missing = 0;  // without a target
  std::int64_t nan = 0;      // whose target is NaN or infinite
  std::int64_t sampled = 0;  // that were looked at: all, or those that a fixed rule takes by their ids
  struct Row {
    std::string param;  // as the filter language writes it
    bool is_number = false;
    std::int64_t n = 0;  // runs that have it
    // stats/importance.h: what shuffling it costs, in variances of the target, and its 95 % interval; nothing of too few runs.
    std::optional<double> importance, low, high;
    std::optional<double> pearson, spearman;  // of numbers
    std::string note;                         // in words, in which direction it goes; may be empty
  };
  std::vector<Row> rows;            // the most important first
  std::int64_t total = 0;           // parameters that vary, and were looked at
  std::int64_t left_out = 0;        // that vary and were not: the rarest
  std::optional<double> explained;  // R^2 of runs that were not learned from
  std::string note;                 // why there is no importance; may be empty
};

constexpr std::size_t kMaxSampledRuns = 10'000, kMaxImportanceParams = 200, kMaxChosenParams = 60, kMaxImportanceRows = 200;
constexpr std::int64_t kMaxScannedRuns = 200'000;    // the newest: of these the sample is taken
constexpr std::int64_t kMaxParamValues = 2'000'000;  // of all sampled runs; beyond, fewer runs are taken

// Thread-safe. The same data gives the same answer: neither the order in which the database finds runs nor the time of the call plays a part.
class RunImportance {
 public:
  RunImportance(sql::Db& db, RunQueries& queries) : db_(db), queries_(queries) {}
  Result<ImportanceTable> read(const ImportanceQuery& query);

 private:
  sql::Db& db_;
  RunQueries& queries_;
};

}  // namespace gyre::tracking
