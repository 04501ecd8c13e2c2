// Curves of runs put together to those of groups. Inside tracking/ only.
#pragma once

#include <map>

#include "tracking/curve_figures.h"
#include "tracking/drawing.h"
#include "tracking/group_figures.h"

namespace gyre::tracking {

class CurveGroups {
 public:
  CurveGroups(std::vector<CurveFigure> figures, Band band, std::size_t places, bool smoothed);

  // A member of the group with these values. `invalid` where there are too many groups.
  Result<void> add(const DrawnCurve& curve, const std::vector<Cell>& group);
  std::vector<CurveLine> finish() const;

 private:
  struct Sums {
    CurveLine line;
    std::vector<std::vector<FigureSum>> means;  // by figure and place
    std::vector<std::vector<double>> counts;
  };
  Result<Sums*> sums_of(const std::string& key, const std::vector<Cell>& group);
  double figure(const Sums& sums, CurveFigure figure, std::size_t place) const;

  const std::vector<CurveFigure> figures_;
  const Band band_;
  const std::size_t places_;
  const CurveFigure main_;  // what the band is around
  std::vector<CurveFigure> means_, counts_;
  std::map<std::string, std::size_t> known_;
  std::vector<Sums> groups_;
};

}  // namespace gyre::tracking
