// A range of y that far outliers do not stretch. Inside tracking/ only.
#pragma once

#include <optional>
#include <utility>
#include <vector>

namespace gyre::tracking {

// The least and the most of the finite values that lie at most kFence times the distance between the 5th and the 95th percentile beyond
// these: all of them where none is far off, or where most are one number. Nothing where none is finite. The fences are Tukey's ("Exploratory
// Data Analysis", 1977) around wider quantiles, since a curve that begins high is no outlier.
std::optional<std::pair<double, double>> robust_view(std::vector<double> values);
constexpr double kFence = 1.5;

}  // namespace gyre::tracking
