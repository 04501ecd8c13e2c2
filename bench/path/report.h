// A table of figures: for people, and as JSON for those who compare runs.
#pragma once

#include <string>
#include <vector>

namespace gyre::bench {

struct Line {
  std::string stage;
  std::vector<double> values;  // one a column; NaN: not measured there
  std::string remark = {};
};

struct Section {
  std::string title, unit;
  std::vector<std::string> columns;
  std::vector<Line> lines;
};

void print(const std::vector<Section>& sections);
std::string to_json(const std::vector<Section>& sections);

}  // namespace gyre::bench
