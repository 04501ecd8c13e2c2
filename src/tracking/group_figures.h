// Mean, deviation and confidence of values that come one by one. Inside tracking/ only.
#pragma once

#include "tracking/run_query.h"

namespace gyre::tracking {

class FigureSum {
 public:
  void add(double value);
  GroupFigure figure() const;

 private:
  std::int64_t finite_ = 0, nan_ = 0, above_ = 0, below_ = 0;  // above, below: infinities
  double mean_ = 0, squares_ = 0;                              // Welford's: of finite values
  double min_ = 0, max_ = 0;
};

// Half the width of the 95 % confidence interval of a mean, by Student's t; nothing for fewer than two values.
std::optional<double> confidence(std::int64_t n, double deviation);

}  // namespace gyre::tracking
