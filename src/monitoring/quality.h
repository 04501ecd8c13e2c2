// How good probabilities were, from counts by score: mergeable, and exact but for AUC, whose error is at most half the share
// of pairs that fall into one bin.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gyre::monitoring {

constexpr std::size_t kScoreBins = 1024;

// Log loss of one probability, in nats; finite also where the model was sure and wrong.
double log_loss(double probability, bool label);

struct ScoreSketch {
  std::array<std::int64_t, kScoreBins> negatives{}, positives{};
  std::array<double, kScoreBins> score_sum{};
  double log_loss_sum = 0, brier_sum = 0;
  std::int64_t n() const { return negative + positive; }
  std::int64_t negative = 0, positive = 0;

  void add(double score, bool label);  // a score that is no number is left out
  void merge(const ScoreSketch& other);
};

struct Quality {
  std::int64_t n = 0;
  double rate = 0;  // share of label 1
  double auc = 0, log_loss = 0, skill = 0, brier = 0, ece = 0;
  double auc_error = 0;                        // standard error, Hanley and McNeil 1982
  double log_loss_error = 0, brier_error = 0;  // standard errors of the means, to the width of a score's bin
};

// skill = 1 - log loss / entropy of the rate; ece over 20 bins of equal count (Naeini 2015).
Quality quality_of(const ScoreSketch& sketch);

// By name: auc log_loss skill brier ece.
double figure(const Quality& quality, std::string_view metric);
struct Interval {
  double low = 0, high = 0;
};
// 95 %, rows taken as independent; nothing for ece, which has no simple one.
std::optional<Interval> interval(const Quality& quality, std::string_view metric);
bool higher_is_better(std::string_view metric);

// Confidence-based performance estimation: what quality would be if the reference's calibration still held. It cannot see
// a change of P(label | inputs). NannyML's CBPE.
class Calibration {
 public:
  // From the reference, whose labels are known: the rate of positives by score, over bins of equal count, between which it
  // is linear.
  static Calibration from(const ScoreSketch& reference);
  double operator()(double score) const;
  bool empty() const { return scores_.empty(); }

 private:
  std::vector<double> scores_, rates_;
};
// Nothing (n = 0) without a calibration.
Quality estimate(const std::vector<std::int64_t>& counts_by_bin, const Calibration& calibration);

std::size_t score_bin(double score);  // of a number
double bin_middle(std::size_t bin);

std::string encode(const ScoreSketch& sketch);
Result<ScoreSketch> decode_sketch(std::string_view bytes);

}  // namespace gyre::monitoring
