#include "tracking/curve_grid.h"

#include <algorithm>
#include <cmath>

namespace gyre::tracking {
namespace {

double bounded(double value) { return std::clamp(value, -9e18, 9e18); }

// Times are whole: the first at or after a bound, the last at or before it.
Step whole(double value) { return {static_cast<std::int64_t>(bounded(value))}; }
Step exact(double value) { return step_of(bounded(value)).value_or(Step()); }

// The sorted one that lies next to x; there is one at least.
double nearest(std::span<const double> sorted, double x) {
  const auto after = std::ranges::lower_bound(sorted, x);
  if (after == sorted.begin()) return *after;
  const auto before = after - 1;
  return after == sorted.end() || x - *before < *after - x ? *before : *after;
}

constexpr std::size_t kChunksMeasured = 64;  // before it is looked whether that was enough

// Chunks, each with the window of its series.
struct Chosen {
  std::vector<ChunkKey> keys;
  std::vector<const Window*> windows;
  void add(const ChunkKey& key, const Window& window) {
    keys.push_back(key);
    windows.push_back(&window);
  }
};

// Adds the points of those chunks until `enough()`.
template <class Enough>
Result<void> measure_chunks(sql::Tx& tx, const Chosen& chosen, Extent& extent, Enough enough) {
  for (std::size_t start = 0; start < chosen.keys.size() && !enough(); start += kChunksMeasured) {
    const auto block = std::span(chosen.keys).subspan(start, std::min(kChunksMeasured, chosen.keys.size() - start));
    TRY(read_chunks(tx, block, [&](std::size_t place, const Points& points) -> Result<void> {
      extent.add(points, *chosen.windows[start + place]);
      return {};
    }));
  }
  return {};
}

}  // namespace

Window window_of(bool of_time, const Bounds& bounds, std::int64_t shift) {
  Window window{.of_time = of_time};
  const auto origin = static_cast<double>(shift);
  if (bounds.from) window.from = of_time ? whole(std::ceil(*bounds.from) + origin) : exact(*bounds.from);
  if (bounds.to) window.to = of_time ? whole(std::floor(*bounds.to) + origin) : exact(*bounds.to);
  return window;
}

Step Window::since_origin(std::int64_t at_ms) const {
  std::int64_t since = 0;
  if (__builtin_sub_overflow(at_ms, origin, &since)) since = at_ms < 0 ? INT64_MIN : INT64_MAX;
  return {since};
}

void Extent::add(const Step& x) {
  first = std::min(first, x);
  last = std::max(last, x);
  if (!too_many()) distinct_.insert(x);
}

void Extent::add(const Points& points, const Window& window) {
  for (const auto& point : points) {
    if (const auto x = window.x(point); window.has(x)) add(x);
  }
}

Result<void> measure(sql::Tx& tx, std::span<const Series> all, std::span<const Window> windows, bool ends_known, Extent& extent) {
  Chosen cut, inner;  // inner: between whose ends more x may lie
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& window = windows[i];
    extent.add(all[i].tail, window);
    for (const auto& [number, summary] : all[i].chunks) {
      if (window.has_none_of(summary)) continue;
      if (!window.has_all_of(summary)) {
        cut.add({all[i].id, number}, window);
        continue;
      }
      extent.add(window.first_x(summary));
      extent.add(window.last_x(summary));
      if (window.first_x(summary) != window.last_x(summary)) inner.add({all[i].id, number}, window);
    }
  }
  TRY(measure_chunks(tx, cut, extent, [&] { return ends_known && extent.too_many(); }));
  return measure_chunks(tx, inner, extent, [&] { return extent.too_many(); });
}

Grid::Grid(const Step& first, const Step& last, std::size_t buckets, std::span<const double> chunks) : last_(number_of(last)) {
  const double start = number_of(first), width = (last_ - start) / static_cast<double>(buckets);
  const bool cuts_few = chunks.size() < buckets;
  for (std::size_t i = 0; i < buckets; ++i) {
    const double even = start + width * static_cast<double>(i);
    const double moved = i == 0 || cuts_few ? even : nearest(chunks, even);
    starts_.push_back(std::fabs(moved - even) <= width / 2 ? moved : even);
  }
  const auto twice = std::ranges::unique(starts_);
  starts_.erase(twice.begin(), twice.end());
}

std::size_t Grid::place(const Step& x) const {
  if (exact()) return static_cast<std::size_t>(std::ranges::lower_bound(exact_, x) - exact_.begin());
  return static_cast<std::size_t>(std::upper_bound(starts_.begin() + 1, starts_.end(), number_of(x)) - starts_.begin()) - 1;
}

std::vector<double> Grid::middles(std::int64_t origin) const {
  std::vector<double> x;
  for (const auto exact : exact_) x.push_back(number_of({exact.whole - origin, exact.fraction}));
  const auto from_origin = [&](double start) { return start - static_cast<double>(origin); };
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    const double end = i + 1 < starts_.size() ? starts_[i + 1] : last_;
    x.push_back(from_origin(starts_[i]) + (end - starts_[i]) / 2);
  }
  return x;
}

}  // namespace gyre::tracking
