// A parameter over many runs, as a number or as a category. Inside tracking/ only.
#pragma once

#include "stats/feature.h"
#include "tracking/run_query.h"

namespace gyre::tracking {

struct ParamColumn {
  std::string text;  // as the filter language writes it
  bool is_number = false;
  std::int64_t n = 0;              // runs that have it
  std::vector<double> numbers;     // of numbers; NaN: none
  std::vector<std::string> texts;  // of categories
  std::vector<bool> missing;

  stats::Feature feature() const;
  bool varies() const;  // whether two runs differ in it; that one has it and another has not is a difference, too
};

// A number where every value is one, "None" and its like being no value; else a category.
ParamColumn column_of(std::string text, std::vector<Cell> cells);

}  // namespace gyre::tracking
