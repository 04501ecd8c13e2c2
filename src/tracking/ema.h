// Smoothing: the exponentially weighted mean of all values so far, by a half-life in units of x. Inside tracking/ only.
//
// A value that lies dx back weighs 2^(-dx / half-life), and the weights are divided by their sum. At an even pace this is Adam's
// bias-corrected mean with b = 2^(-pace / half-life), m / (1 - b^t) (Kingma and Ba, "Adam: A Method for Stochastic Optimization",
// ICLR 2015); the first value is itself, a constant stays constant, and how often is logged hardly matters. Only what came before
// counts, so the curve up to an x is the same however long it goes on.
#pragma once

#include <cmath>

namespace gyre::tracking {

class Decay {
 public:
  explicit Decay(double half_life) : half_life_(half_life) {}
  // What is left of a weight after dx, which is not negative.
  double over(double dx) {
    if (dx != dx_) {  // an even pace asks for one number
      dx_ = dx;
      left_ = std::exp2(-dx / half_life_);
    }
    return left_;
  }

 private:
  const double half_life_;
  double dx_ = 0, left_ = 1;
};

// The mean of values up to one x. As a mean with a weight it can be put behind another one: that of a chunk is reckoned without those
// before it.
struct Ema {
  double weight = 0;  // 0: no value yet
  double mean = 0;
  double x = 0;

  // The x of those that are added do not fall.
  void add(const Ema& later, Decay& decay) {
    if (later.weight == 0) return;
    const double left = weight == 0 ? 0 : weight * decay.over(later.x - x);
    weight = left + later.weight;
    x = later.x;
    const double off = later.mean - mean, share = later.weight / weight;
    mean = std::isfinite(off) ? mean + share * off : (1 - share) * mean + share * later.mean;
  }
};

}  // namespace gyre::tracking
