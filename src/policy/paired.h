// Two models on the same rows: the mean difference of their losses with an error that knows that rows of one time go
// together. Liang and Zeger 1986; with the small-sample factor G / (G - 1).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"

namespace gyre::policy {

struct PairedResult {
  double mean = 0;   // of loss(champion) - loss(candidate): above zero the candidate is better
  double error = 0;  // standard error, clustered
  double z = 0;
  std::int64_t n = 0, clusters = 0;
  double champion_loss = 0, candidate_loss = 0;  // means, where the caller knows them
  double low() const { return mean - 1.96 * error; }
  double high() const { return mean + 1.96 * error; }
};

// `differences` and `at_ms` go row by row; rows whose time falls into the same `cluster_ms` are one cluster.
PairedResult paired_test(const std::vector<double>& differences, const std::vector<TimeMs>& at_ms, std::int64_t cluster_ms);

// By how much the candidate is worse even at the good end of an interval of `z` standard errors; below zero it may be better.
double sure_loss(const PairedResult& result, double z);

// Which of the results, of at least one, has the greatest sure loss: its mean need not be the worst, but it decides.
std::size_t worst_of(const std::vector<PairedResult>& results, double z);

// The share of chance that an interval of `z` standard errors to both sides covers: .95 at 1.96.
double level_of(double z);

// The z at which each of `comparisons` must be tested so that the chance that any of them fires by accident stays that of one
// test at `z`, one-sided (Bonferroni). `comparisons` below 1 count as 1.
double family_z(double z, std::int64_t comparisons);

}  // namespace gyre::policy
