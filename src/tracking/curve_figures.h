// What a curve is told in: columns of figures, one a bucket. Inside tracking/ only.
#pragma once

#include "tracking/curve_walk.h"
#include "tracking/many_curves.h"

namespace gyre::tracking {

double figure_of(CurveFigure figure, const CurveWalk& walk, std::size_t place);
std::vector<double> column_of(CurveFigure figure, const CurveWalk& walk);

// Adds what a curve has within the range.
void add_counts(const CurveWalk& walk, CurveLine& line);

}  // namespace gyre::tracking
