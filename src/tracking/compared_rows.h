// Rows of a comparison from what each run has. Inside tracking/ only.
#pragma once

#include <map>

#include "tracking/comparison.h"

namespace gyre::tracking {

// One run's keys and values.
using Texts = std::map<std::string, std::string>;

bool is_seed(std::string_view key);

Section<ComparedRow> compared(const std::vector<Texts>& runs);
// A seed that differs is a difference, too; its row says that it is one.
Section<ComparedParam> compared_params(const std::vector<Texts>& runs);
// `noise` by key. Cells are compared with those of the run `base`.
using NoiseByKey = std::map<std::string, ComparedMetric::Noise>;
Section<ComparedMetric> compared_metrics(const std::vector<std::vector<SeriesSummary>>& runs, std::size_t base, const NoiseByKey& noise);

}  // namespace gyre::tracking
