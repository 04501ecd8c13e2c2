// Curves of many runs at once, as pictures need them: on one grid, smoothed, in groups, as a density. All points count; nothing is
// sampled. docs/design/0010-many-curves.md
#pragma once

#include <bit>
#include <memory>

#include "tracking/run_query.h"

namespace gyre::tracking {

// These, of which those that are not there are left out; or the first `limit` of a search.
struct RunChoice {
  std::vector<std::string> ids;
  std::optional<Search> search;
};

// What x is; with `metric`, the value that this metric of the run had last at or before a point's step. Points before its first value
// are not drawn.
struct CurveAxis {
  Axis axis = Axis::step;
  std::string metric = {};
};

// Of a bucket. min, max, mean: of values that are numbers, the mean of finite ones. inf: how many are infinite.
enum class CurveFigure { last, min, max, mean, count, smooth, first, nan, inf };

enum class Band { none, deviation, range, confidence };  // mean ± the sample's deviation; least to most; the mean's 95 % interval

struct CurveSetQuery {
  RunChoice runs;
  std::vector<std::string> keys;
  CurveAxis x = {};
  std::optional<double> from, to;  // in units of x, both included
  std::size_t buckets = 480;
  double half_life = 0;  // of smoothing, in units of x (ema.h); 0: none
  struct Grouping {
    std::vector<std::string> by;  // values of the filter language; one that is missing is a group of its own
    Band band = Band::deviation;
  };
  std::optional<Grouping> group = {};
  bool clip = false;  // tell the range that leaves far outliers out
  std::vector<CurveFigure> want = {CurveFigure::last, CurveFigure::min, CurveFigure::max};
};

// Stands in columns where there is nothing: no point in the bucket, or none that is a number. Any other NaN was logged.
constexpr std::uint64_t kAbsentBits = 0x7ff8'6e6f'6e65'0000;
inline double absent() { return std::bit_cast<double>(kAbsentBits); }
inline bool is_absent(double figure) { return std::bit_cast<std::uint64_t>(figure) == kAbsentBits; }

// Of one key: a run's, or that of a group of runs, of which each weighs the same in each bucket where it has a value.
struct CurveLine {
  std::string key;
  std::string run;                            // empty: of a group
  std::string name;                           // the run's, or the group's values
  std::vector<Cell> group;                    // one a field of `by`
  std::int64_t members = 1;                   // runs
  std::int64_t points = 0, nan = 0, inf = 0;  // within the range
  std::optional<Step> first_nan;
  std::vector<std::vector<double>> columns;  // as CurveSet::figures; of a group: last, mean and smooth are means, min and max the band,
                                             // which is around smooth where there is one, counts are sums
  std::vector<double> contributing = {};     // of a group: how many runs have a value in each bucket
};

struct YView {
  double low = 0, high = 0;
  std::int64_t outside = 0;  // points, infinite ones too
};

struct CurveSet {
  std::string rev;           // changes when points are logged to the series that are drawn
  bool exact = false;        // x are the logged ones themselves; otherwise the middles of buckets of equal width
  std::int64_t matched = 0;  // runs
  std::int64_t drawn = 0;    // runs that have one of the keys
  double from = 0, to = 0;   // of the grid; NaN where it is empty
  std::vector<double> x;
  std::vector<ColumnKind> kinds;  // of the fields that are grouped by
  std::optional<YView> view;
  std::vector<CurveFigure> figures;
  std::vector<CurveLine> lines;  // runs in the order of the choice, of each the keys in the order asked for; groups by their first run
};

struct DensityQuery {
  RunChoice runs;
  std::string key;
  CurveAxis x = {};
  std::optional<double> from, to;
  std::size_t width = 480, height = 160;
  std::optional<double> y_from, y_to;  // left out: that of the lines
  bool log = false;                    // y; what is not above zero is not drawn
  double half_life = 0;
};

// How many curves go through each cell. A curve goes from the last value of each bucket of x to that of the next that has one; a value
// that is no finite number cuts it.
struct Density {
  std::int64_t series = 0, matched = 0;
  std::size_t width = 0, height = 0;
  double x_from = 0, x_to = 0, y_from = 0, y_to = 0;
  std::uint16_t most = 0;
  std::vector<std::uint16_t> cells;  // rows from top to bottom
};

struct NearestRun {
  std::string run, name;
  double x = 0, y = 0;  // on its curve
};

using Spark = std::vector<std::optional<double>>;  // kSparkBuckets of equal width from its first step to its last: the last value of each

constexpr std::size_t kMaxRunsDrawn = 1000, kMaxRunsTogether = 10'000;  // each by itself; in groups and densities
constexpr std::size_t kMaxCurveKeys = 24, kMaxSparkKeys = 4, kSparkBuckets = 24;
constexpr std::size_t kMaxDensityWidth = 1200, kMaxDensityHeight = 400;
constexpr std::size_t kMaxFiguresDrawn = 1 << 21;                                  // lines x buckets x figures
constexpr std::size_t kMaxGroupSums = 1 << 19;                                     // groups x keys x buckets x figures
constexpr std::int64_t kMaxPointsDrawn = 1LL << 28, kMaxPointsJoined = 1LL << 22;  // of all curves; of one by another metric

struct DensityLines;

// The key of a metric as the filter language names it, such as metrics.val/auc; `invalid` for any other value.
Result<std::string> metric_key(const std::string& text);

// Thread-safe.
class ManyCurves {
 public:
  ManyCurves(sql::Db& db, const Clock& clock);
  ~ManyCurves();

  Result<CurveSet> curves(const CurveSetQuery& query);
  Result<Density> density(const DensityQuery& query);
  // The run whose curve lies nearest to a place of that density, by y where it can be. Nothing where no curve is there. Answered from the
  // density that was drawn a moment ago, where it was.
  Result<std::optional<NearestRun>> nearest(const DensityQuery& query, double x, double y);
  // Of each run each key's; nothing where it has no point.
  Result<std::vector<std::vector<std::optional<Spark>>>> sparks(const std::vector<std::string>& run_ids, const std::vector<std::string>& keys);

 private:
  Result<std::shared_ptr<const DensityLines>> lines(const DensityQuery& query);

  struct State;
  sql::Db& db_;
  const Clock& clock_;
  const std::unique_ptr<State> state_;
};

}  // namespace gyre::tracking
