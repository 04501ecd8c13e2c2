// Where points of curves are drawn. Inside tracking/ only.
#pragma once

#include <set>
#include <span>

#include "tracking/chunk_store.h"
#include "tracking/tracking.h"

namespace gyre::tracking {

// Which points are asked for; both bounds are included. An x is a step, or a time, which has no fraction.
struct Window {
  bool of_time = false;
  std::int64_t origin = 0;
  Step from{INT64_MIN}, to{INT64_MAX};  // in stored units

  Step x(const Point& point) const { return of_time ? Step{point.at_ms} : step_of(point); }
  Step first_x(const Summary& summary) const { return of_time ? Step{summary.min_at_ms} : step_of(summary.first); }
  Step last_x(const Summary& summary) const { return x(last(summary)); }
  const Point& last(const Summary& summary) const { return of_time ? summary.last_in_time : summary.last; }
  bool is_later(const Point& a, const Point& b) const { return (of_time ? by_time(a, b) : by_step(a, b)) > 0; }

  bool has(const Step& x) const { return x >= from && x <= to; }
  bool has_all_of(const Summary& summary) const { return first_x(summary) >= from && last_x(summary) <= to; }
  bool has_none_of(const Summary& summary) const { return last_x(summary) < from || first_x(summary) > to; }
};

Window window_of(const CurveQuery& query, TimeMs run_start_ms);

// Gathers the x of points: the few that there are, or how far they reach.
class Extent {
 public:
  explicit Extent(std::size_t most) : most_(most) {}
  void add(const Step& x);
  bool too_many() const { return distinct_.size() > most_; }

  Step first{INT64_MAX}, last{INT64_MIN};
  const std::set<Step>& distinct() const { return distinct_; }

 private:
  const std::size_t most_;
  std::set<Step> distinct_;  // at most one more than most_
};

// From an x to its place on the grid.
class Grid {
 public:
  explicit Grid(const std::set<Step>& exact) : exact_(exact.begin(), exact.end()) {}
  // Of equal width, but for borders that are moved, by half a width at most, to where a chunk begins: so that few chunks are cut where there are more of them
  // than buckets. The chunks' first x are sorted.
  Grid(const Step& first, const Step& last, std::size_t buckets, std::span<const double> chunks);

  // Never falls as x rises.
  std::size_t place(const Step& x) const;
  std::vector<double> middles(std::int64_t origin) const;
  bool exact() const { return starts_.empty(); }
  const std::vector<double>& starts() const { return starts_; }

 private:
  std::vector<Step> exact_;
  std::vector<double> starts_;  // of buckets, rising
  double last_ = 0;
};

// Adds points, or whole chunks, to the buckets of one curve in any order.
class Filling {
 public:
  Filling(const Window& window, const Grid& grid, std::string key, std::size_t buckets) : window_(window), grid_(grid), sums_(buckets), key_(std::move(key)) {}

  // In the order of by_step.
  void add(std::span<const Point> points);
  // False, and nothing is added, where a border of a bucket or of the window cuts it.
  bool add(const Summary& chunk);
  Curves::Curve finish() &&;

 private:
  struct Sum {
    std::int64_t count = 0;
    Point last;
    double min = 0, max = 0;
  };
  void add_at(std::size_t place, const Sum& more);
  void add_in_order(std::span<const Point> points);

  const Window& window_;
  const Grid& grid_;
  std::vector<Sum> sums_;
  std::string key_;
};

}  // namespace gyre::tracking
