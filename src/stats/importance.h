// How much each column tells of a target.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stats/feature.h"

namespace gyre::stats {

// Of one column. 0: shuffling it does no harm; 1: it costs as much as the target varies. The interval is one of about 95 %.
struct Importance {
  double value = 0, low = 0, high = 0;
};

struct ImportanceReport {
  std::vector<Importance> features;
  double explained = 0;  // R^2 of rows that the trees did not learn from; below 0 where they tell less than the mean does
};

constexpr std::size_t kRepeats = 20, kTrees = 6;  // forests, and trees of each
constexpr std::size_t kLeastRows = 16;            // fewer are no sample to learn from and to ask about

// Permutation importance (Breiman 2001) on forests of extremely randomised trees. Each repeat learns from one half of the rows, chosen by
// chance, and is asked about the other, as it is and with one column after another shuffled: the value is what the mean squared error
// grows by, in variances of the target. Over half-samples it varies as the estimate of all rows does over samples (delete-d jackknife:
// Shao and Wu 1989; for forests Ishwaran and Lu 2019), which makes the interval: mean +- t * deviation.
// All columns and the target are equally long, kLeastRows at least, and the target is finite and not constant.
ImportanceReport importance(std::span<const Feature> features, std::span<const double> target, std::uint64_t seed);

}  // namespace gyre::stats
