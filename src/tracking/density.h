// The lines of a density, kept for who asks next which of them is near. Inside tracking/ only.
#pragma once

#include <chrono>
#include <span>

#include "tracking/many_curves.h"

namespace gyre::tracking {

struct DensityLines {
  struct Run {
    std::string id, name;
  };
  std::int64_t matched = 0;
  std::size_t width = 0;
  double x_from = 0, x_to = 0;
  std::vector<Run> runs;
  std::vector<float> heights;  // y or its decimal logarithm, by run and column; NaN: the line is not there
  std::chrono::steady_clock::time_point drawn_at;

  std::span<const float> line(std::size_t run) const { return std::span(heights).subspan(run * width, width); }
  std::size_t bytes() const { return heights.size() * sizeof(float) + runs.size() * (sizeof(Run) + 64); }
};

// `height` as those of the lines.
std::optional<NearestRun> nearest_of(const DensityLines& lines, double x, double height, bool log);

constexpr std::size_t kMaxDensityBytes = 128 << 20;  // of all that are kept
constexpr auto kDensityKept = std::chrono::seconds(60);
constexpr double kAbsentX = -0x1.fffffffffffffp1023;  // stands in fingerprints for a bound that is left out

}  // namespace gyre::tracking
