// One curve, drawn on a grid and smoothed, from summaries where they suffice and from unpacked chunks elsewhere. Inside tracking/ only.
#pragma once

#include "tracking/filling.h"
#include "tracking/smoothing_book.h"

namespace gyre::tracking {

// Points that are merged at once where chunks overlap in x.
constexpr std::int64_t kMaxOverlapping = 1 << 22;

// What it is made of outlives it.
class CurveWalk {
 public:
  // No smoothing with a half-life of 0.
  CurveWalk(const Series& series, const Window& window, const Grid& grid, Filling::Told told, double half_life, SmoothingBook& book);

  // Adds what summaries tell. `invalid` where more points overlap than are merged.
  Result<void> begin();
  // The chunks that it takes, in this order.
  const std::vector<ChunkKey>& needs() const { return needs_; }
  void take(const Points& points);
  // After all of them.
  void finish();

  const std::vector<BucketSum>& sums() const { return filling_.sums(); }
  // Of the last value of each bucket that is a finite number; NaN where there is none. Empty without smoothing.
  const std::vector<double>& smooth() const { return smooth_; }

 private:
  // Chunks that overlap in x, and what of the tail lies among them.
  struct Piece {
    std::size_t first = 0, chunks = 0;         // in order_
    Step begin, end;                           // x
    std::size_t tail_begin = 0, tail_end = 0;  // in tail_
    bool unpacked = false;
  };

  double number_at(const Point& point) const { return window_.of_time ? static_cast<double>(point.at_ms) : number_of(step_of(point)); }
  void sort_by_x(Points& points) const;
  bool is_sorted_by_x(const Points& points) const;
  void order_chunks();
  void cut_pieces();
  Result<void> choose_unpacked();
  const Ema* known_ema(std::size_t chunk) const;
  void pass_known();
  void add_chunk(std::size_t chunk, const Points& points);
  void add_tail(std::size_t end);
  void walk(std::span<const Point> points);
  bool follow(std::span<const Point> points);
  Ema ema_of(const Points& points);

  const Series& series_;
  const Window& window_;
  const Grid& grid_;
  Filling filling_;
  const double half_life_;
  SmoothingBook& book_;

  std::vector<ChunkKey> needs_;
  std::vector<bool> filled_;  // of chunks: the buckets hold it
  std::shared_ptr<const ChunkEmas> known_;
  ChunkEmas learnt_;
  std::vector<std::size_t> order_;  // chunks by their first x
  Points tail_;                     // by x
  std::vector<Piece> pieces_;

  Decay decay_;
  Ema ema_;
  std::vector<double> smooth_;
  std::size_t piece_ = 0, taken_ = 0, tail_at_ = 0;
  Points merged_;
};

// Takes each of them through the chunks that it needs, to its end. Few chunks are in memory at a time.
Result<void> finish_all(sql::Tx& tx, std::span<CurveWalk> walks);

}  // namespace gyre::tracking
