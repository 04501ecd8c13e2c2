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

// Whether the candidate is worse by more than `limit` even at the good end of an interval of `z` standard errors.
bool surely_worse(const PairedResult& result, double limit, double z);

// The z at which each of `comparisons` must be tested so that the chance that any of them fires by accident stays that of one
// test at `z`, one-sided (Bonferroni). `comparisons` below 1 count as 1.
double family_z(double z, std::int64_t comparisons);

}  // namespace gyre::policy
