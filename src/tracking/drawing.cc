#include "tracking/drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tracking/axis_join.h"

namespace gyre::tracking {
namespace {

constexpr std::size_t kCurvesAtATime = 64;

}  // namespace

Result<Drawing> Drawing::begin(sql::Tx& tx, const DrawingWish& wish, SmoothingBook& book) {
  Drawing made(tx, wish, book);
  TRY(made.read());
  TRY(made.lay_grid());
  return made;
}

Result<void> Drawing::read() {
  std::vector<std::string> ids;
  for (const auto& run : wish_.runs) ids.push_back(run.id);
  series_ = TRY(read_series(*tx_, {.run_ids = ids, .keys = wish_.keys, .most_points = kMaxPointsDrawn}));
  const auto& metric = wish_.x.metric;
  if (!metric.empty()) {
    std::map<std::size_t, Series> by_run;
    for (auto& axis : TRY(read_series(*tx_, {.run_ids = ids, .keys = {&metric, 1}, .most_points = kMaxPointsDrawn}))) by_run[axis.run] = std::move(axis);
    std::erase_if(series_, [&](const Series& series) { return !by_run.contains(series.run); });
    for (const auto& series : series_) axes_.push_back(by_run.at(series.run));
  }
  auto window = window_of(metric.empty() && wish_.x.axis != Axis::step, wish_.range, 0);
  for (const auto& series : series_) {
    window.origin = metric.empty() && wish_.x.axis == Axis::relative ? wish_.runs[series.run].start_ms : 0;
    windows_.push_back(window);
  }
  return {};
}

// The range that is asked for is kept whatever lies in it: no curve moves the borders of another.
Result<void> Drawing::lay_grid() {
  Extent extent(wish_.may_be_exact ? wish_.buckets : 0);
  const bool ends_known = wish_.range.from && wish_.range.to;
  if (axes_.empty()) {
    TRY(measure(*tx_, series_, windows_, ends_known, extent));
  } else {
    for (std::size_t i = 0; i < series_.size(); ++i) {
      const auto joined = TRY(join(*tx_, series_[i], axes_[i], windows_[i]));
      extent.add(joined.series.tail, windows_[i]);
    }
  }
  first_ = extent.first;
  last_ = extent.last;
  if (!extent.too_many()) {
    grid_.emplace(extent.distinct());
    return {};
  }
  const auto whole = window_of(axes_.empty() && wish_.x.axis != Axis::step, wish_.range, 0);
  if (wish_.range.from) first_ = whole.from;
  if (wish_.range.to) last_ = whole.to;
  if (first_ == last_ && !wish_.may_be_exact && last_.whole < INT64_MAX) ++last_.whole;  // one x has no width
  grid_.emplace(first_, last_, wish_.buckets);
  return {};
}

Bounds Drawing::ends() const {
  if (grid_->places() == 0) return {};
  return {number_of(first_), number_of(last_)};
}

std::string Drawing::rev() const {
  std::int64_t points = 0;
  for (const auto& series : series_) points += series.points();
  for (const auto& axis : axes_) points += axis.points();
  return fmt::format("{}.{}", points, series_.size());
}

Result<void> Drawing::draw(const OnCurve& on_curve) {
  if (!axes_.empty()) {
    for (std::size_t i = 0; i < series_.size(); ++i) TRY(draw_joined(i, on_curve));
    return {};
  }
  for (std::size_t first = 0; first < series_.size(); first += kCurvesAtATime)
    TRY(draw_block(first, std::min(first + kCurvesAtATime, series_.size()), on_curve));
  return {};
}

Result<void> Drawing::draw_block(std::size_t first, std::size_t end, const OnCurve& on_curve) {
  std::vector<CurveWalk> walks;
  walks.reserve(end - first);
  for (std::size_t i = first; i < end; ++i) {
    TRY(walks.emplace_back(series_[i], windows_[i], *grid_, wish_.told, wish_.half_life, *book_).begin());
  }
  TRY(finish_all(*tx_, walks));
  for (std::size_t i = first; i < end; ++i) {
    const auto& walk = walks[i - first];
    std::optional<Step> first_nan;
    for (const auto& sum : walk.sums()) {
      const auto& found = sum.tally.first_nan;
      if (found && (!first_nan || *found < *first_nan)) first_nan = found;
    }
    TRY(on_curve({series_[i], walk, first_nan}));
  }
  return {};
}

Result<void> Drawing::draw_joined(std::size_t place, const OnCurve& on_curve) {
  const auto joined = TRY(join(*tx_, series_[place], axes_[place], windows_[place]));
  CurveWalk walk(joined.series, windows_[place], *grid_, wish_.told, wish_.half_life, *book_);
  TRY(walk.begin());
  walk.finish();
  return on_curve({joined.series, walk, joined.first_nan});
}

Result<std::int64_t> Drawing::count_outside(double low, double high) {
  std::int64_t outside = 0;
  std::vector<ChunkKey> keys;
  std::vector<const Window*> windows;
  const auto count = [&](const Points& points, const Window& window) {
    for (const auto& point : points) outside += (point.value < low || point.value > high) && window.has(window.x(point));
  };
  for (std::size_t i = 0; i < series_.size(); ++i) {
    const auto& window = windows_[i];
    if (!axes_.empty()) {
      count(TRY(join(*tx_, series_[i], axes_[i], window)).series.tail, window);
      continue;
    }
    count(series_[i].tail, window);
    for (const auto& [number, summary] : series_[i].chunks) {
      if (window.has_none_of(summary) || !(summary.min < low || summary.max > high)) continue;
      keys.push_back({series_[i].id, number});
      windows.push_back(&window);
    }
  }
  TRY(read_chunks(*tx_, keys, [&](std::size_t place, const Points& points) -> Result<void> {
    count(points, *windows[place]);
    return {};
  }));
  return outside;
}

}  // namespace gyre::tracking
