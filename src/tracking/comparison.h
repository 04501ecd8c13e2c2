// What some runs differ in, and whether it mattered.
#pragma once

#include "base/text_diff.h"
#include "governance/governance.h"
#include "tracking/metric_direction.h"
#include "tracking/run_importance.h"

namespace gyre::tracking {

struct ComparisonQuery {
  std::vector<std::string> ids;  // kLeastCompared .. kMostCompared runs, each once
  std::string base;              // one of them; empty: the first
  std::string target = {};       // key of the metric that the statement is about; empty: one that all have, by its name
  bool effects = true;           // also how much each parameter that differs tells of the target in the base's experiment
};

// A key's values, one a run; nothing where the run has none. Long ones are cut, but compared whole.
struct ComparedRow {
  std::string key;
  std::vector<std::optional<std::string>> values;
  bool differs = false;
};

struct ComparedParam : ComparedRow {
  bool is_seed = false;                     // its name says so: runs that differ in it alone are the same but for chance
  std::optional<double> effect, low, high;  // its importance, where that was reckoned
};

struct ComparedMetric {
  std::string key;
  Better better = Better::unknown;
  bool differs = false;  // in the last values
  // Of the last values of runs that are as the base but for their seeds, the base included; nothing of fewer than kLeastSeedRuns.
  struct Noise {
    std::int64_t n = 0;
    double mean = 0, deviation = 0;
    double band = 0;  // two runs of the group are nearer to each other than this 19 times out of 20: t * sqrt(2) * deviation
  };
  std::optional<Noise> noise;
  struct Cell {
    double last = 0, min = 0, max = 0;  // min and max NaN where no point is a number
    Step last_step = {};
    std::int64_t points = 0;
    std::optional<double> best;    // min or max, where it is known which is better
    std::optional<double> delta;   // of last, to the base's
    std::optional<bool> is_noise;  // the delta is within the band
  };
  std::vector<std::optional<Cell>> cells;
};

// A run's code against the base's.
struct ComparedCode {
  std::string commit;                           // of git; empty: not logged
  bool has_diff = false;                        // what was changed but not committed was logged
  bool same_commit = false, same_diff = false;  // as the base's
  std::optional<TextDiff> diff;                 // of the two logged diffs, where both have one and they are not the same
};

template <class Row>
struct Section {
  std::vector<Row> rows;  // what differs first, then by key; at most kMaxComparedRows
  std::int64_t total = 0, differ = 0;
};

struct Comparison {
  std::vector<RunInfo> runs;
  std::size_t base = 0;
  std::string target;          // key; empty: no metric is in all of the runs
  std::string statement;       // a sentence: what differs, and whether it explains the gap in the target
  std::int64_t seed_runs = 0;  // in the base's seed group, itself included; 0: none is known
  Section<ComparedParam> params;
  Section<ComparedMetric> metrics;
  Section<ComparedRow> tags, environment, data;
  std::vector<ComparedCode> code;  // one a run
};

constexpr std::size_t kLeastCompared = 2, kMostCompared = 50, kMaxComparedRows = 2000, kMaxComparedCharacters = 500;
constexpr std::int64_t kLeastSeedRuns = 3;
constexpr std::size_t kMaxComparedFileBytes = 256 << 10;  // of a logged diff or list of packages; a longer one is not read

// Thread-safe.
class Comparisons {
 public:
  Comparisons(sql::Db& db, blob::Store& blobs, Service& tracking, governance::Service& governance, RunImportance& importance)
      : db_(db), blobs_(blobs), tracking_(tracking), governance_(governance), importance_(importance) {}

  // `not_found` for a run that there is not.
  Result<Comparison> compare(const ComparisonQuery& query);

 private:
  sql::Db& db_;
  blob::Store& blobs_;
  Service& tracking_;
  governance::Service& governance_;
  RunImportance& importance_;
};

}  // namespace gyre::tracking
