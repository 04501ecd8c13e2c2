#include "stats/forest.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <optional>

namespace gyre::stats {
namespace {

using Rows = std::span<std::uint32_t>;

// What a column holds among a node's rows.
struct Extent {
  float least = std::numeric_limits<float>::infinity(), most = -std::numeric_limits<float>::infinity();
  std::uint64_t categories = 0;
  std::size_t present = 0;
};

Extent extent_of(const Feature& column, Rows rows) {
  Extent extent;
  for (const auto row : rows) {
    const auto value = column.values[row];
    if (std::isnan(value)) continue;
    ++extent.present;
    if (column.is_category) extent.categories |= std::uint64_t{1} << static_cast<int>(value);
    extent.least = std::min(extent.least, value);
    extent.most = std::max(extent.most, value);
  }
  return extent;
}

// Some of the categories, neither none nor all.
std::uint64_t some_of(std::uint64_t categories, Random& random) {
  for (;;) {
    const auto chosen = categories & random.next();
    if (chosen != 0 && chosen != categories) return chosen;
  }
}

// A cut by chance that leaves rows on both sides; nothing where the column is constant among them.
std::optional<Tree::Node> draw(const Feature& column, std::size_t index, Rows rows, Random& random) {
  const auto extent = extent_of(column, rows);
  Tree::Node node{.feature = static_cast<std::int32_t>(index), .missing_left = random.coin()};
  const bool varies = column.is_category ? std::popcount(extent.categories) > 1 : extent.least < extent.most;
  if (!varies) {
    if (extent.present == 0 || extent.present == rows.size()) return std::nullopt;
    node.missing_left = true;  // those that have a value, and those that have none
    node.cut = -std::numeric_limits<float>::infinity();
    return node;
  }
  if (column.is_category) {
    node.categories = some_of(extent.categories, random);
  } else {
    node.cut = extent.least + static_cast<float>(random.unit()) * (extent.most - extent.least);
    if (node.cut <= extent.least) node.cut = std::nextafter(extent.least, extent.most);
  }
  return node;
}

// The larger, the less variance is left in both sides: sum^2 / n of each.
double score_of(const Tree::Node& node, const Feature& column, std::span<const double> target, Rows rows) {
  double left = 0, right = 0;
  std::size_t on_left = 0;
  for (const auto row : rows) {
    const bool goes_left = node.goes_left(column, row);
    (goes_left ? left : right) += target[row];
    on_left += goes_left;
  }
  const auto on_right = rows.size() - on_left;
  if (on_left == 0 || on_right == 0) return -1;
  return left * left / static_cast<double>(on_left) + right * right / static_cast<double>(on_right);
}

class Grower {
 public:
  Grower(std::span<const Feature> features, std::span<const double> target, const TreeOptions& options, Random& random, std::vector<Tree::Node>& nodes)
      : features_(features), target_(target), options_(options), random_(random), nodes_(nodes), order_(features.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
  }

  // By a list of what is left to do: a tree may be deeper than a stack should be.
  void grow(Rows all) {
    nodes_.emplace_back();
    std::vector<Part> parts{{0, all}};
    while (!parts.empty()) {
      const auto part = parts.back();
      parts.pop_back();
      const auto split = part.rows.size() >= options_.least ? best(part.rows) : std::nullopt;
      if (!split) {
        nodes_[part.node].value = mean(part.rows);
        continue;
      }
      const auto& column = features_[static_cast<std::size_t>(split->feature)];
      const auto middle = std::ranges::stable_partition(part.rows, [&](std::uint32_t row) { return split->goes_left(column, row); });
      const auto on_left = part.rows.size() - middle.size();
      nodes_[part.node] = *split;
      nodes_[part.node].left = static_cast<std::int32_t>(nodes_.size());
      nodes_[part.node].right = nodes_[part.node].left + 1;
      parts.push_back({nodes_.size(), part.rows.first(on_left)});
      parts.push_back({nodes_.size() + 1, part.rows.subspan(on_left)});
      nodes_.resize(nodes_.size() + 2);
    }
  }

 private:
  struct Part {
    std::size_t node;
    Rows rows;
  };

  double mean(Rows rows) const {
    double sum = 0;
    for (const auto row : rows) sum += target_[row];
    return sum / static_cast<double>(rows.size());
  }

  bool is_constant(Rows rows) const {
    return std::ranges::all_of(rows, [&](std::uint32_t row) { return target_[row] == target_[rows[0]]; });
  }

  // Of as many columns as are tried, not counting constant ones.
  std::optional<Tree::Node> best(Rows rows) {
    if (is_constant(rows)) return std::nullopt;
    std::optional<Tree::Node> best;
    double best_score = -1;
    std::size_t tried = 0;
    for (std::size_t i = 0; i < order_.size() && tried < options_.tried; ++i) {
      std::swap(order_[i], order_[i + random_.below(order_.size() - i)]);
      const auto& column = features_[order_[i]];
      const auto node = draw(column, order_[i], rows, random_);
      if (!node) continue;
      ++tried;
      const auto score = score_of(*node, column, target_, rows);
      if (score > best_score) best = node, best_score = score;
    }
    return best;
  }

  std::span<const Feature> features_;
  std::span<const double> target_;
  const TreeOptions& options_;
  Random& random_;
  std::vector<Tree::Node>& nodes_;
  std::vector<std::size_t> order_;
};

}  // namespace

bool Tree::Node::goes_left(const Feature& column, std::uint32_t row) const {
  const auto value = column.values[row];
  if (std::isnan(value)) return missing_left;
  if (column.is_category) return categories >> static_cast<int>(value) & 1;
  return value < cut;
}

Tree Tree::grow(std::span<const Feature> features, std::span<const double> target, std::vector<std::uint32_t> rows, const TreeOptions& options,
                Random& random) {
  Tree tree;
  Grower(features, target, options, random, tree.nodes_).grow(rows);
  return tree;
}

}  // namespace gyre::stats
