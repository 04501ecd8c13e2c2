#include "monitoring/quality.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace gyre::monitoring {
namespace {

constexpr std::size_t kCalibrationBins = 20;
constexpr double kClip = 1e-7;

double entropy(double rate) { return rate <= 0 || rate >= 1 ? 0 : -(rate * std::log(rate) + (1 - rate) * std::log(1 - rate)); }

double hanley_mcneil(double auc, double positives, double negatives) {
  if (positives < 1 || negatives < 1) return 0;
  const double q1 = auc / (2 - auc), q2 = 2 * auc * auc / (1 + auc);
  return std::sqrt(std::max(0.0, (auc * (1 - auc) + (positives - 1) * (q1 - auc * auc) + (negatives - 1) * (q2 - auc * auc)) / (positives * negatives)));
}

// Area under the curve from weights by bin; ties count half.
template <class Weights>
double area(const Weights& positives, const Weights& negatives, double all_positive, double all_negative) {
  if (all_positive <= 0 || all_negative <= 0) return 0.5;
  double below = 0, sum = 0;
  for (std::size_t i = 0; i < kScoreBins; ++i) {
    sum += static_cast<double>(positives[i]) * (below + static_cast<double>(negatives[i]) / 2);
    below += static_cast<double>(negatives[i]);
  }
  return sum / (all_positive * all_negative);
}

double calibration_error(const ScoreSketch& sketch) {
  const double n = static_cast<double>(sketch.n());
  double sum = 0, rows = 0, scores = 0, positives = 0;
  for (std::size_t i = 0; i < kScoreBins; ++i) {
    rows += static_cast<double>(sketch.positives[i] + sketch.negatives[i]);
    scores += sketch.score_sum[i];
    positives += static_cast<double>(sketch.positives[i]);
    if (rows >= n / kCalibrationBins || (i + 1 == kScoreBins && rows > 0)) {
      sum += std::abs(scores - positives);
      rows = scores = positives = 0;
    }
  }
  return n > 0 ? sum / n : 0;
}

// Standard error of a mean whose rows cost `of_positive` and `of_negative` in a bin of the given mean score.
template <class Cost>
double mean_error(const ScoreSketch& sketch, double mean, const Cost& cost) {
  const double n = static_cast<double>(sketch.n());
  double squares = 0;
  for (std::size_t i = 0; i < kScoreBins; ++i) {
    const double positives = static_cast<double>(sketch.positives[i]), negatives = static_cast<double>(sketch.negatives[i]);
    if (positives + negatives == 0) continue;
    const double p = std::clamp(sketch.score_sum[i] / (positives + negatives), kClip, 1 - kClip);
    const double of_positive = cost(p, true), of_negative = cost(p, false);
    squares += positives * of_positive * of_positive + negatives * of_negative * of_negative;
  }
  return n > 1 ? std::sqrt(std::max(0.0, squares / n - mean * mean) / (n - 1)) : 0;
}

}  // namespace

// Finer near 0, where most scores of rare events lie: bins are equal in the square root of the score.
std::size_t score_bin(double score) {
  const double place = std::sqrt(std::clamp(score, 0.0, 1.0)) * kScoreBins;
  return std::min(kScoreBins - 1, static_cast<std::size_t>(place));
}

double bin_middle(std::size_t bin) {
  const double root = (static_cast<double>(bin) + 0.5) / kScoreBins;
  return root * root;
}

double log_loss(double probability, bool label) {
  const double p = std::clamp(probability, kClip, 1 - kClip);
  return label ? -std::log(p) : -std::log1p(-p);
}

void ScoreSketch::add(double score, bool label) {
  if (std::isnan(score)) return;
  const auto bin = score_bin(score);
  ++(label ? positives : negatives)[bin];
  ++(label ? positive : negative);
  score_sum[bin] += score;
  log_loss_sum += log_loss(score, label);
  brier_sum += (score - label) * (score - label);
}

void ScoreSketch::merge(const ScoreSketch& other) {
  for (std::size_t i = 0; i < kScoreBins; ++i) {
    positives[i] += other.positives[i];
    negatives[i] += other.negatives[i];
    score_sum[i] += other.score_sum[i];
  }
  positive += other.positive;
  negative += other.negative;
  log_loss_sum += other.log_loss_sum;
  brier_sum += other.brier_sum;
}

Quality quality_of(const ScoreSketch& sketch) {
  Quality quality{.n = sketch.n()};
  if (quality.n == 0) return quality;
  const double n = static_cast<double>(quality.n), positives = static_cast<double>(sketch.positive), negatives = static_cast<double>(sketch.negative);
  quality.rate = positives / n;
  quality.auc = area(sketch.positives, sketch.negatives, positives, negatives);
  quality.auc_error = hanley_mcneil(quality.auc, positives, negatives);
  quality.log_loss = sketch.log_loss_sum / n;
  const double floor = entropy(quality.rate);
  quality.skill = floor > 0 ? 1 - quality.log_loss / floor : 0;
  quality.brier = sketch.brier_sum / n;
  quality.ece = calibration_error(sketch);
  quality.log_loss_error = mean_error(sketch, quality.log_loss, [](double p, bool label) { return label ? -std::log(p) : -std::log1p(-p); });
  quality.brier_error = mean_error(sketch, quality.brier, [](double p, bool label) { return (p - label) * (p - label); });
  return quality;
}

double figure(const Quality& quality, std::string_view metric) {
  if (metric == "auc") return quality.auc;
  if (metric == "log_loss") return quality.log_loss;
  if (metric == "skill") return quality.skill;
  if (metric == "brier") return quality.brier;
  return quality.ece;
}

std::optional<Interval> interval(const Quality& quality, std::string_view metric) {
  constexpr double kSpread = 1.96;
  const auto around = [&](double value, double error) { return Interval{value - kSpread * error, value + kSpread * error}; };
  if (quality.n == 0) return std::nullopt;
  if (metric == "auc") return around(quality.auc, quality.auc_error);
  if (metric == "log_loss") return around(quality.log_loss, quality.log_loss_error);
  if (metric == "brier") return around(quality.brier, quality.brier_error);
  const double floor = entropy(quality.rate);
  if (metric == "skill" && floor > 0) return around(quality.skill, quality.log_loss_error / floor);
  return std::nullopt;
}

bool higher_is_better(std::string_view metric) { return metric == "auc" || metric == "skill"; }

Calibration Calibration::from(const ScoreSketch& reference) {
  Calibration calibration;
  double rows = 0, scores = 0, positives = 0;
  for (std::size_t i = 0; i < kScoreBins; ++i) {
    rows += static_cast<double>(reference.positives[i] + reference.negatives[i]);
    scores += reference.score_sum[i];
    positives += static_cast<double>(reference.positives[i]);
    if (rows >= static_cast<double>(reference.n()) / kCalibrationBins || (i + 1 == kScoreBins && rows > 0)) {
      calibration.scores_.push_back(scores / rows);
      calibration.rates_.push_back(positives / rows);
      rows = scores = positives = 0;
    }
  }
  return calibration;
}

double Calibration::operator()(double score) const {
  if (scores_.empty()) return score;
  const auto above = std::ranges::lower_bound(scores_, score) - scores_.begin();
  if (above == 0) return rates_.front() * (scores_.front() > 0 ? score / scores_.front() : 1);
  if (above == static_cast<std::ptrdiff_t>(scores_.size())) return rates_.back();
  const auto i = static_cast<std::size_t>(above);
  const double part = (score - scores_[i - 1]) / (scores_[i] - scores_[i - 1]);
  return rates_[i - 1] + part * (rates_[i] - rates_[i - 1]);
}

Quality estimate(const std::vector<std::int64_t>& counts_by_bin, const Calibration& calibration) {
  Quality quality;
  if (calibration.empty()) return quality;
  std::array<double, kScoreBins> positives{}, negatives{};
  double all_positive = 0, log_loss = 0, brier = 0, error = 0;
  for (std::size_t i = 0; i < std::min(kScoreBins, counts_by_bin.size()); ++i) {
    const double n = static_cast<double>(counts_by_bin[i]), score = bin_middle(i), rate = std::clamp(calibration(score), 0.0, 1.0);
    const double p = std::clamp(score, kClip, 1 - kClip);
    positives[i] = n * rate;
    negatives[i] = n * (1 - rate);
    all_positive += positives[i];
    log_loss += positives[i] * -std::log(p) + negatives[i] * -std::log1p(-p);
    brier += positives[i] * (1 - score) * (1 - score) + negatives[i] * score * score;
    error += n * std::abs(rate - score);
    quality.n += counts_by_bin[i];
  }
  if (quality.n == 0) return quality;
  const double n = static_cast<double>(quality.n);
  quality.rate = all_positive / n;
  quality.auc = area(positives, negatives, all_positive, n - all_positive);
  quality.auc_error = hanley_mcneil(quality.auc, all_positive, n - all_positive);
  quality.log_loss = log_loss / n;
  const double floor = entropy(quality.rate);
  quality.skill = floor > 0 ? 1 - quality.log_loss / floor : 0;
  quality.brier = brier / n;
  quality.ece = error / n;
  return quality;
}

std::string encode(const ScoreSketch& sketch) { return std::string(reinterpret_cast<const char*>(&sketch), sizeof sketch); }

Result<ScoreSketch> decode_sketch(std::string_view bytes) {
  ScoreSketch sketch;
  if (bytes.size() != sizeof sketch) return fail(Code::internal, "a stored quality sketch is damaged");
  std::memcpy(static_cast<void*>(&sketch), bytes.data(), sizeof sketch);
  return sketch;
}

}  // namespace gyre::monitoring
