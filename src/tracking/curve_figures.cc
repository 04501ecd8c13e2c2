#include "tracking/curve_figures.h"

#include <limits>

namespace gyre::tracking {
namespace {

// Any NaN that was logged, whatever its bits.
double logged(double value) { return std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value; }
double present(double value) { return std::isnan(value) ? absent() : value; }

double mean_of(const BucketSum& sum) {
  const auto finite = sum.count - sum.tally.nan - sum.tally.above - sum.tally.below;
  return finite == 0 ? absent() : sum.tally.sum / static_cast<double>(finite);
}

}  // namespace

double figure_of(CurveFigure figure, const CurveWalk& walk, std::size_t place) {
  const auto& sum = walk.sums()[place];
  switch (figure) {
    case CurveFigure::count:
      return static_cast<double>(sum.count);
    case CurveFigure::nan:
      return static_cast<double>(sum.tally.nan);
    case CurveFigure::inf:
      return static_cast<double>(sum.tally.above + sum.tally.below);
    default:
      break;
  }
  if (sum.count == 0) return absent();
  switch (figure) {
    case CurveFigure::first:
      return logged(sum.first.value);
    case CurveFigure::min:
      return present(sum.min);
    case CurveFigure::max:
      return present(sum.max);
    case CurveFigure::mean:
      return mean_of(sum);
    case CurveFigure::smooth:
      return walk.smooth().empty() ? absent() : present(walk.smooth()[place]);
    default:
      return logged(sum.last.value);
  }
}

std::vector<double> column_of(CurveFigure figure, const CurveWalk& walk) {
  std::vector<double> column;
  column.reserve(walk.sums().size());
  for (std::size_t place = 0; place < walk.sums().size(); ++place) column.push_back(figure_of(figure, walk, place));
  return column;
}

void add_counts(const CurveWalk& walk, CurveLine& line) {
  for (const auto& sum : walk.sums()) {
    line.points += sum.count;
    line.nan += sum.tally.nan;
    line.inf += sum.tally.above + sum.tally.below;
  }
}

}  // namespace gyre::tracking
