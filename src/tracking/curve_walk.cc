#include "tracking/curve_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace gyre::tracking {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// None of them is a finite number.
bool is_void(const Summary& chunk) { return chunk.tally && chunk.tally->nan + chunk.tally->above + chunk.tally->below == chunk.count; }

}  // namespace

CurveWalk::CurveWalk(const Series& series, const Window& window, const Grid& grid, Filling::Told told, double half_life, SmoothingBook& book)
    : series_(series), window_(window), grid_(grid), filling_(window, grid, told), half_life_(half_life), book_(book), decay_(half_life) {}

Result<void> CurveWalk::begin() {
  for (const auto& chunk : series_.chunks) filled_.push_back(filling_.add(chunk.summary));
  filling_.add(series_.tail);
  if (half_life_ == 0) {
    for (std::size_t i = 0; i < filled_.size(); ++i) {
      if (!filled_[i]) needs_.push_back({series_.id, series_.chunks[i].number});
    }
    return {};
  }
  smooth_.assign(grid_.places(), kNaN);
  known_ = book_.find({series_.id, window_.of_time, half_life_});
  order_chunks();
  tail_ = series_.tail;
  sort_by_x(tail_);
  cut_pieces();
  return choose_unpacked();
}

// A comparison of x would do, but that the order of equal ones is kept.
void CurveWalk::sort_by_x(Points& points) const {
  if (is_sorted_by_x(points)) return;
  std::ranges::sort(points, [&](const Point& a, const Point& b) { return window_.is_later(b, a); });
}

bool CurveWalk::is_sorted_by_x(const Points& points) const {
  return std::ranges::is_sorted(points, {}, [&](const Point& point) { return window_.x(point); });
}

void CurveWalk::order_chunks() {
  const auto first = [&](std::size_t chunk) { return window_.first_x(series_.chunks[chunk].summary); };
  for (std::size_t i = 0; i < series_.chunks.size(); ++i) {
    if (first(i) <= window_.to) order_.push_back(i);
  }
  std::ranges::sort(order_, {}, [&](std::size_t chunk) { return std::pair(first(chunk), chunk); });
}

void CurveWalk::cut_pieces() {
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const auto& summary = series_.chunks[order_[i]].summary;
    if (pieces_.empty() || window_.first_x(summary) >= pieces_.back().end) {
      pieces_.push_back({.first = i, .begin = window_.first_x(summary), .end = window_.last_x(summary)});
    }
    auto& piece = pieces_.back();
    ++piece.chunks;
    piece.end = std::max(piece.end, window_.last_x(summary));
  }
  const auto behind = [&](std::size_t from, const Step& x) {
    const auto rest = std::span(tail_).subspan(from);
    return from + static_cast<std::size_t>(std::ranges::lower_bound(rest, x, {}, [&](const Point& point) { return window_.x(point); }) - rest.begin());
  };
  std::size_t at = 0;
  for (auto& piece : pieces_) {
    piece.tail_begin = behind(at, piece.begin);
    piece.tail_end = at = behind(piece.tail_begin, piece.end);
  }
}

Result<void> CurveWalk::choose_unpacked() {
  for (auto& piece : pieces_) {
    const bool mixed = piece.chunks > 1 || piece.tail_begin < piece.tail_end;
    auto points = static_cast<std::int64_t>(piece.tail_end - piece.tail_begin);
    for (std::size_t i = piece.first; i < piece.first + piece.chunks; ++i) {
      points += series_.chunks[order_[i]].summary.count;
      piece.unpacked |= mixed || !filled_[order_[i]] || !known_ema(order_[i]);
    }
    if (mixed && points > kMaxOverlapping)
      return fail(Code::invalid, fmt::format("curve '{}' has {} points whose x overlap; at most {} are smoothed", series_.key, points, kMaxOverlapping), {},
                  "draw it without smoothing");
    for (std::size_t i = piece.first; piece.unpacked && i < piece.first + piece.chunks; ++i) needs_.push_back({series_.id, series_.chunks[order_[i]].number});
  }
  pass_known();
  return {};
}

const Ema* CurveWalk::known_ema(std::size_t chunk) const {
  static const Ema kNothing;
  const auto& summary = series_.chunks[chunk].summary;
  if (is_void(summary)) return &kNothing;
  if (!known_ || chunk >= known_->size() || (*known_)[chunk].count != summary.count) return nullptr;
  return &(*known_)[chunk].ema;
}

// Up to the next piece that is unpacked.
void CurveWalk::pass_known() {
  for (; piece_ < pieces_.size() && !pieces_[piece_].unpacked; ++piece_) {
    const auto& piece = pieces_[piece_];
    add_tail(piece.tail_begin);
    const auto& ema = *known_ema(order_[piece.first]);
    ema_.add(ema, decay_);
    if (ema.weight > 0 && window_.has(piece.begin)) smooth_[grid_.place(piece.begin)] = ema_.mean;
  }
}

void CurveWalk::take(const Points& points) {
  if (half_life_ == 0) return filling_.add(points);
  const auto& piece = pieces_[piece_];
  const auto chunk = order_[piece.first + taken_++];
  if (!filled_[chunk]) filling_.add(points);
  if (piece.chunks == 1 && piece.tail_begin == piece.tail_end) {
    add_tail(piece.tail_begin);
    add_chunk(chunk, points);
  } else {
    merged_.insert(merged_.end(), points.begin(), points.end());
    if (taken_ < piece.chunks) return;
    add_tail(piece.tail_begin);
    merged_.insert(merged_.end(), tail_.begin() + static_cast<std::ptrdiff_t>(piece.tail_begin), tail_.begin() + static_cast<std::ptrdiff_t>(piece.tail_end));
    tail_at_ = piece.tail_end;
    sort_by_x(merged_);
    walk(merged_);
    merged_.clear();
  }
  taken_ = 0;
  ++piece_;
  pass_known();
}

void CurveWalk::add_chunk(std::size_t chunk, const Points& points) {
  if (!is_sorted_by_x(points)) {
    auto sorted = points;
    sort_by_x(sorted);
    return add_chunk(chunk, sorted);
  }
  const auto ema = ema_of(points);
  learnt_.resize(series_.chunks.size());
  learnt_[chunk] = {series_.chunks[chunk].summary.count, ema};
  if (!filled_[chunk]) return walk(points);
  ema_.add(ema, decay_);
  const auto x = window_.x(points.front());
  if (ema.weight > 0 && window_.has(x)) smooth_[grid_.place(x)] = ema_.mean;
}

Ema CurveWalk::ema_of(const Points& points) {
  Ema ema;
  for (const auto& point : points) {
    if (std::isfinite(point.value)) ema.add({1, point.value, number_at(point)}, decay_);
  }
  return ema;
}

void CurveWalk::add_tail(std::size_t end) {
  if (end <= tail_at_) return;
  walk(std::span(tail_).subspan(tail_at_, end - tail_at_));
  tail_at_ = end;
}

void CurveWalk::walk(std::span<const Point> points) {
  const auto x = [&](const Point& point) { return window_.x(point); };
  const auto first = std::ranges::lower_bound(points, window_.from, {}, x), end = std::ranges::upper_bound(points, window_.to, {}, x);
  follow({points.begin(), std::min(first, end)});
  for (std::span<const Point> rest(std::min(first, end), end); !rest.empty();) {
    const auto place = grid_.place(x(rest.front()));
    const auto behind = std::ranges::partition_point(rest, [&](const Point& point) { return grid_.place(x(point)) == place; });
    const auto part = rest.first(static_cast<std::size_t>(behind - rest.begin()));
    if (follow(part)) smooth_[place] = ema_.mean;
    rest = rest.subspan(part.size());
  }
}

bool CurveWalk::follow(std::span<const Point> points) {
  bool any = false;
  for (const auto& point : points) {
    if (!std::isfinite(point.value)) continue;
    ema_.add({1, point.value, number_at(point)}, decay_);
    any = true;
  }
  return any;
}

void CurveWalk::finish() {
  if (half_life_ == 0) return;
  pass_known();
  add_tail(tail_.size());
  if (learnt_.empty()) return;
  if (known_) {
    for (std::size_t i = 0; i < std::min(known_->size(), learnt_.size()); ++i) {
      if (learnt_[i].count == 0) learnt_[i] = (*known_)[i];
    }
  }
  const auto bytes = learnt_.size() * sizeof(ChunkEma);
  book_.put({series_.id, window_.of_time, half_life_}, std::make_shared<const ChunkEmas>(std::move(learnt_)), bytes);
}

Result<void> finish_all(sql::Tx& tx, std::span<CurveWalk> walks) {
  std::vector<ChunkKey> needs;
  std::vector<CurveWalk*> takers;  // beside each
  for (auto& walk : walks) {
    needs.insert(needs.end(), walk.needs().begin(), walk.needs().end());
    takers.resize(needs.size(), &walk);
  }
  TRY(read_chunks(tx, needs, [&](std::size_t place, const Points& points) -> Result<void> {
    takers[place]->take(points);
    return {};
  }));
  for (auto& walk : walks) walk.finish();
  return {};
}

}  // namespace gyre::tracking
