// What a room counts, for those who watch the server: named, explained, and read when somebody asks.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gyre {

struct Sample {
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
};

struct Figure {
  enum class Kind { counter, gauge };
  std::string name;  // as Prometheus names: "gyre_pipelines_runs_total"
  std::string help;  // one sentence
  Kind kind = Kind::gauge;
  std::vector<Sample> samples;  // none: there is nothing yet
};
using Figures = std::vector<Figure>;

// One sample without labels.
inline Figure figure(std::string name, std::string help, Figure::Kind kind, std::int64_t value) { return {std::move(name), std::move(help), kind, {{{}, static_cast<double>(value)}}}; }

}  // namespace gyre
