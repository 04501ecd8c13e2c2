#include "tracking/axis_join.h"

#include <fmt/format.h>

#include <algorithm>

#include "tracking/many_curves.h"

namespace gyre::tracking {
namespace {

Result<Points> all_points(sql::Tx& tx, const Series& series) {
  if (series.points() > kMaxPointsJoined)
    return fail(Code::invalid, fmt::format("curve '{}' has {} points; at most {} are drawn by another metric", series.key, series.points(), kMaxPointsJoined),
                {}, "draw it by step or time");
  Points points;
  std::vector<ChunkKey> keys;
  for (const auto& chunk : series.chunks) keys.push_back({series.id, chunk.number});
  TRY(read_chunks(tx, keys, [&](std::size_t, const Points& chunk) -> Result<void> {
    points.insert(points.end(), chunk.begin(), chunk.end());
    return {};
  }));
  points.insert(points.end(), series.tail.begin(), series.tail.end());
  if (!std::ranges::is_sorted(points, step_less)) std::ranges::sort(points, step_less);
  return points;
}

}  // namespace

Result<Joined> join(sql::Tx& tx, const Series& series, const Series& axis, const Window& window) {
  const auto values = TRY(all_points(tx, axis));
  Joined made{{.id = series.id, .run = series.run, .key = series.key, .chunks = {}, .tail = TRY(all_points(tx, series))}, std::nullopt};
  auto& points = made.series.tail;
  std::optional<Step> x;
  std::size_t next = 0, kept = 0;
  for (const auto& point : points) {
    for (; next < values.size() && step_of(values[next]) <= step_of(point); ++next) {
      if (const auto step = step_of(values[next].value)) x = *step;
    }
    if (!x) continue;
    if (std::isnan(point.value) && window.has(*x) && (!made.first_nan || step_of(point) < *made.first_nan)) made.first_nan = step_of(point);
    points[kept++] = {x->whole, point.at_ms, point.value, x->fraction};
  }
  points.resize(kept);
  if (!std::ranges::is_sorted(points, step_less)) std::ranges::sort(points, step_less);
  return made;
}

}  // namespace gyre::tracking
