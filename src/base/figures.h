// What a room counts, for those who watch the server: named, explained, and read when somebody asks.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gyre {

struct Sample {
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;                        // of a histogram: the sum of what was measured
  std::vector<std::int64_t> buckets = {};  // of a histogram: how many lay between two bounds; the last has no upper one
};

struct Figure {
  enum class Kind { counter, gauge, histogram };
  std::string name;  // as Prometheus names: "gyre_pipelines_runs_total"
  std::string help;  // one sentence
  Kind kind = Kind::gauge;
  std::vector<Sample> samples;      // none: there is nothing yet
  std::vector<double> bounds = {};  // of a histogram: the upper bounds of its buckets but for the last
};
using Figures = std::vector<Figure>;

// One sample without labels.
inline Figure figure(std::string name, std::string help, Figure::Kind kind, std::int64_t value) {
  return {std::move(name), std::move(help), kind, {{{}, static_cast<double>(value)}}};
}

}  // namespace gyre
