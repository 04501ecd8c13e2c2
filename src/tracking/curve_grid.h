// Where points of curves are drawn. Inside tracking/ only.
#pragma once

#include <set>
#include <span>

#include "tracking/series_reading.h"
#include "tracking/tracking.h"

namespace gyre::tracking {

// Which points are asked for; both bounds are included. An x is a step, or a time since the origin, which has no fraction.
struct Window {
  bool of_time = false;
  std::int64_t origin = 0;  // of times
  Step from{INT64_MIN}, to{INT64_MAX};

  Step x(const Point& point) const { return of_time ? since_origin(point.at_ms) : step_of(point); }
  Step first_x(const Summary& summary) const { return of_time ? since_origin(summary.min_at_ms) : step_of(summary.first); }
  Step last_x(const Summary& summary) const { return x(last(summary)); }
  const Point& last(const Summary& summary) const { return of_time ? summary.last_in_time : summary.last; }
  bool is_later(const Point& a, const Point& b) const { return (of_time ? by_time(a, b) : by_step(a, b)) > 0; }

  bool has(const Step& x) const { return x >= from && x <= to; }
  bool has_all_of(const Summary& summary) const { return first_x(summary) >= from && last_x(summary) <= to; }
  bool has_none_of(const Summary& summary) const { return last_x(summary) < from || first_x(summary) > to; }

 private:
  Step since_origin(std::int64_t at_ms) const;
};

struct Bounds {
  std::optional<double> from, to;
};
// `shift` is added to bounds of times.
Window window_of(bool of_time, const Bounds& bounds, std::int64_t shift);

// Gathers the x of points: the few that there are, or how far they reach.
class Extent {
 public:
  explicit Extent(std::size_t most) : most_(most) {}
  void add(const Step& x);
  void add(const Points& points, const Window& window);
  bool too_many() const { return distinct_.size() > most_; }

  Step first{INT64_MAX}, last{INT64_MIN};
  const std::set<Step>& distinct() const { return distinct_; }

 private:
  const std::size_t most_;
  std::set<Step> distinct_;  // at most one more than most_
};

// Adds the x of all points of those series, each within its window: the ends at least, where there are too many to tell apart. `ends_known`:
// the caller does not ask for them then. Unpacks no more chunks than that takes.
Result<void> measure(sql::Tx& tx, std::span<const Series> all, std::span<const Window> windows, bool ends_known, Extent& extent);

// From an x to its place on the grid.
class Grid {
 public:
  explicit Grid(const std::set<Step>& exact) : exact_(exact.begin(), exact.end()) {}
  // Of equal width, but for borders that are moved, by half a width at most, to where a chunk begins: so that few chunks are cut where there are more of them
  // than buckets. The chunks' first x are sorted.
  Grid(const Step& first, const Step& last, std::size_t buckets, std::span<const double> chunks = {});

  // Never falls as x rises.
  std::size_t place(const Step& x) const;
  std::size_t places() const { return exact() ? exact_.size() : starts_.size(); }
  std::vector<double> middles(std::int64_t origin = 0) const;
  bool exact() const { return starts_.empty(); }
  const std::vector<double>& starts() const { return starts_; }

 private:
  std::vector<Step> exact_;
  std::vector<double> starts_;  // of buckets, rising
  double last_ = 0;
};

}  // namespace gyre::tracking
