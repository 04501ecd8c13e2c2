#include "stats/importance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "stats/forest.h"

namespace gyre::stats {
namespace {

constexpr std::size_t kMaxTried = 16;     // columns a node
constexpr std::size_t kLeastSplit = 5;    // rows, as Geurts has it for regression
constexpr std::size_t kMostLeaves = 256;  // about: of many rows more are held together, which bounds the time
constexpr double kStudent = 2.093;        // of 95 % and kRepeats - 1 degrees of freedom

using Places = std::vector<std::uint32_t>;

// Rows of the held-out half in an order by chance. Turning all of them around that circle shuffles a column: each row has the value of
// one that stands `shift` places further on, and none its own.
class Circle {
 public:
  explicit Circle(Places rows) : rows_(std::move(rows)) {}
  std::uint32_t row(std::size_t i) const { return rows_[i]; }
  std::uint32_t partner(std::size_t i, std::size_t shift) const { return rows_[(i + shift) % rows_.size()]; }
  std::size_t size() const { return rows_.size(); }

 private:
  Places rows_;
};

// One forest, learned from one half and asked about the other.
class Trial {
 public:
  Trial(std::span<const Feature> features, std::span<const double> target, Random& random) : features_(features), target_(target), random_(random) {}

  // What shuffling each column adds to the squared error, in variances; the error as it is comes back.
  double run(std::size_t trees, std::vector<double>& added) {
    Places rows(target_.size());
    std::iota(rows.begin(), rows.end(), std::uint32_t{0});
    random_.shuffle(std::span(rows), rows.size());
    const auto half = rows.size() / 2;
    const Places learned(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(half));
    const Circle held(Places(rows.begin() + static_cast<std::ptrdiff_t>(half), rows.end()));
    shifts_.clear();
    for (std::size_t i = 0; i < features_.size(); ++i) shifts_.push_back(1 + random_.below(held.size() - 1));
    told_.assign(held.size(), 0);
    changes_.assign(features_.size() * held.size(), 0);
    const TreeOptions options{.tried = std::min(kMaxTried, std::max<std::size_t>(1, features_.size())), .least = std::max(kLeastSplit, half / kMostLeaves)};
    for (std::size_t i = 0; i < trees; ++i) ask(Tree::grow(features_, target_, learned, options, random_), held);
    return errors(static_cast<double>(trees), held, added);
  }

 private:
  // Only columns that stand on a row's way down can change what it is told: the way is gone again from the first of each.
  void ask(const Tree& tree, const Circle& held) {
    const auto nodes = tree.nodes();
    std::vector<std::int32_t> seen;
    for (std::size_t i = 0; i < held.size(); ++i) {
      seen.clear();
      const auto row = held.row(i);
      const auto value = nodes[end_of_way(nodes, 0, row, row, -1)].value;
      told_[i] += value;
      for (std::size_t at = 0; nodes[at].feature >= 0; at = next(nodes[at], row)) {
        const auto feature = nodes[at].feature;
        if (std::ranges::find(seen, feature) != seen.end()) continue;
        seen.push_back(feature);
        const auto place = static_cast<std::size_t>(feature);
        changes_[place * held.size() + i] += nodes[end_of_way(nodes, at, row, held.partner(i, shifts_[place]), feature)].value - value;
      }
    }
  }

  std::size_t next(const Tree::Node& node, std::uint32_t row) const {
    return static_cast<std::size_t>(node.goes_left(features_[static_cast<std::size_t>(node.feature)], row) ? node.left : node.right);
  }

  // The leaf below `at` of a row that has its partner's value of one column.
  std::size_t end_of_way(std::span<const Tree::Node> nodes, std::size_t at, std::uint32_t row, std::uint32_t partner, std::int32_t shuffled) const {
    while (nodes[at].feature >= 0) at = next(nodes[at], nodes[at].feature == shuffled ? partner : row);
    return at;
  }

  double errors(double trees, const Circle& held, std::vector<double>& added) const {
    const auto n = static_cast<double>(held.size());
    double mean = 0;
    for (std::size_t i = 0; i < held.size(); ++i) mean += target_[held.row(i)] / n;
    double error = 0, variance = 0;
    for (std::size_t i = 0; i < held.size(); ++i) {
      const auto actual = target_[held.row(i)];
      error += std::pow(actual - told_[i] / trees, 2);
      variance += std::pow(actual - mean, 2);
    }
    added.assign(features_.size(), 0);
    if (variance == 0) return 1;
    for (std::size_t feature = 0; feature < features_.size(); ++feature) {
      double shuffled = 0;
      for (std::size_t i = 0; i < held.size(); ++i) shuffled += std::pow(target_[held.row(i)] - (told_[i] + changes_[feature * held.size() + i]) / trees, 2);
      added[feature] = (shuffled - error) / variance;
    }
    return error / variance;
  }

  std::span<const Feature> features_;
  std::span<const double> target_;
  Random& random_;
  std::vector<std::size_t> shifts_;  // of each column
  std::vector<double> told_;         // of each held-out row: the sum over trees
  std::vector<double> changes_;      // of each column and held-out row: what shuffling adds to that sum
};

// Subtracting the mean and dividing by the deviation changes no split and keeps sums of squares exact.
std::vector<double> standardised(std::span<const double> target) {
  double most = 0;
  for (const auto value : target) most = std::max(most, std::abs(value));
  if (most == 0) most = 1;
  std::vector<double> scaled;
  double mean = 0, variance = 0;
  for (const auto value : target) mean += value / most / static_cast<double>(target.size());
  for (const auto value : target) scaled.push_back(value / most - mean);
  for (const auto value : scaled) variance += value * value / static_cast<double>(target.size());
  for (auto& value : scaled) value /= variance > 0 ? std::sqrt(variance) : 1;
  return scaled;
}

}  // namespace

ImportanceReport importance(std::span<const Feature> features, std::span<const double> target, std::uint64_t seed) {
  const auto scaled = standardised(target);
  Random random(seed);
  Trial trial(features, scaled, random);
  std::vector<double> added, sums(features.size()), squares(features.size());
  double error = 0;
  for (std::size_t i = 0; i < kRepeats; ++i) {
    error += trial.run(kTrees, added);
    for (std::size_t feature = 0; feature < added.size(); ++feature) sums[feature] += added[feature], squares[feature] += added[feature] * added[feature];
  }
  constexpr auto n = static_cast<double>(kRepeats);
  ImportanceReport report{.features = {}, .explained = 1 - error / n};
  for (std::size_t feature = 0; feature < features.size(); ++feature) {
    const auto mean = sums[feature] / n;
    const auto deviation = std::sqrt(std::max(0.0, (squares[feature] - n * mean * mean) / (n - 1)));
    report.features.push_back({mean, mean - kStudent * deviation, mean + kStudent * deviation});
  }
  return report;
}

}  // namespace gyre::stats
