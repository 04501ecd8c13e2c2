// The curves of a request: their grid, and each of them drawn on it. Inside tracking/ only.
#pragma once

#include "tracking/curve_walk.h"
#include "tracking/run_choice.h"

namespace gyre::tracking {

struct DrawingWish {
  std::span<const ChosenRun> runs;
  std::span<const std::string> keys;
  CurveAxis x;
  Bounds range;
  std::size_t buckets = 0;
  bool may_be_exact = true;  // the grid is the logged x where they are few
  double half_life = 0;
  Filling::Told told = Filling::Told::tallies;
};

struct DrawnCurve {
  const Series& series;
  const CurveWalk& walk;
  std::optional<Step> first_nan;
};

// Lives within one transaction; what the wish borrows outlives it.
class Drawing {
 public:
  static Result<Drawing> begin(sql::Tx& tx, const DrawingWish& wish, SmoothingBook& book);

  const Grid& grid() const { return *grid_; }
  Bounds ends() const;  // of the grid; nothing where it is empty
  const std::vector<Series>& series() const { return series_; }
  std::string rev() const;

  // In the order of the runs, of each by key; few of them are in memory at a time.
  using OnCurve = std::function<Result<void>(const DrawnCurve&)>;
  Result<void> draw(const OnCurve& on_curve);
  // How many of the points within the range lie outside of that one of y.
  Result<std::int64_t> count_outside(double low, double high);

 private:
  Drawing(sql::Tx& tx, const DrawingWish& wish, SmoothingBook& book) : tx_(&tx), wish_(wish), book_(&book) {}
  Result<void> read();
  Result<void> lay_grid();
  Result<void> draw_block(std::size_t first, std::size_t end, const OnCurve& on_curve);
  Result<void> draw_joined(std::size_t place, const OnCurve& on_curve);

  sql::Tx* tx_;
  DrawingWish wish_;
  SmoothingBook* book_;
  std::vector<Series> series_;
  std::vector<Series> axes_;     // of x by a metric: beside each series its run's
  std::vector<Window> windows_;  // beside each series
  std::optional<Grid> grid_;
  Step first_, last_;  // of the grid
};

}  // namespace gyre::tracking
