// Extremely randomised trees for regression: P. Geurts, D. Ernst, L. Wehenkel, "Extremely randomized trees", Machine Learning 63 (2006).
// At each node some columns are tried, each with one cut that is drawn by chance, and the one that leaves the least variance is taken.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stats/feature.h"
#include "stats/random.h"

namespace gyre::stats {

struct TreeOptions {
  std::size_t tried = 16;  // columns a node
  std::size_t least = 5;   // rows that are still split
};

class Tree {
 public:
  // `rows` are those that it learns from: places in the columns and in `target`.
  static Tree grow(std::span<const Feature> features, std::span<const double> target, std::vector<std::uint32_t> rows, const TreeOptions& options,
                   Random& random);

  struct Node {
    std::int32_t feature = -1;  // -1: a leaf
    std::int32_t left = 0, right = 0;
    float cut = 0;                 // of a number: what is less goes left
    bool missing_left = false;     // where a row goes that has no value
    std::uint64_t categories = 0;  // of a category: those that go left
    double value = 0;              // of a leaf: the mean of its rows' target
    bool goes_left(const Feature& column, std::uint32_t row) const;
  };
  std::span<const Node> nodes() const { return nodes_; }  // the first is the root

 private:
  std::vector<Node> nodes_;
};

}  // namespace gyre::stats
