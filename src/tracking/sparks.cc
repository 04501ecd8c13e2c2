// Small pictures of curves, one for each row of a table.
#include <algorithm>
#include <cmath>

#include "tracking/curve_walk.h"
#include "tracking/filter_syntax.h"
#include "tracking/many_curves_state.h"

namespace gyre::tracking {
namespace {

constexpr std::size_t kSeriesAtATime = 64;
constexpr std::int64_t kPointsAtATime = 1 << 24;  // unless one has more: it is loaded alone

// How many of the first are loaded together.
std::size_t block_of(std::span<const Series> rest) {
  std::size_t count = 0;
  for (std::int64_t points = 0; count < std::min(kSeriesAtATime, rest.size()); ++count) {
    points += rest[count].paid;
    if (points > kPointsAtATime && count > 0) break;
  }
  return count;
}

// From its first step to its last, cut where few chunks are.
std::optional<Grid> grid_of(const Series& series, const Window& window) {
  Extent ends(0);
  std::vector<double> starts;
  for (const auto& chunk : series.chunks) {
    ends.add(window.first_x(chunk.summary));
    ends.add(window.last_x(chunk.summary));
    starts.push_back(number_of(window.first_x(chunk.summary)));
  }
  ends.add(series.tail, window);
  if (!ends.too_many()) return std::nullopt;
  std::ranges::sort(starts);
  return Grid(ends.first, ends.last, kSparkBuckets, starts);
}

Spark spark_of(const CurveWalk& walk) {
  Spark spark(kSparkBuckets);
  for (std::size_t i = 0; i < walk.sums().size(); ++i) {
    const auto& sum = walk.sums()[i];
    if (sum.count > 0 && std::isfinite(sum.last.value)) spark[i] = sum.last.value;
  }
  return spark;
}

// Loads and draws a few series; hands each one's over, null where it has no point.
using OnSpark = std::function<void(const Series& series, std::shared_ptr<const Spark> spark)>;
Result<void> draw_sparks(sql::Tx& tx, std::span<const std::string> run_ids, std::span<Series> series, SmoothingBook& book, const OnSpark& on_spark) {
  TRY(load_series(tx, run_ids, series));
  const Window window;
  std::vector<Grid> grids;
  std::vector<CurveWalk> walks;
  std::vector<const Series*> drawn;  // beside both
  grids.reserve(series.size());
  walks.reserve(series.size());
  for (const auto& one : series) {
    auto grid = grid_of(one, window);
    if (!grid) continue;
    grids.push_back(*std::move(grid));
    drawn.push_back(&one);
    TRY(walks.emplace_back(one, window, grids.back(), Filling::Told::shape, 0, book).begin());
  }
  TRY(finish_all(tx, walks));
  for (std::size_t i = 0; i < walks.size(); ++i) on_spark(*drawn[i], std::make_shared<const Spark>(spark_of(walks[i])));
  return {};
}

}  // namespace

Result<std::string> metric_key(const std::string& text) {
  const auto node = parse_column(text);
  if (node && node->kind == Node::Kind::field && (node->entity == "metric" || node->entity == "metrics")) return node->text;
  return fail(Code::invalid, fmt::format("'{:.200}' is no metric", text), {}, "such as metrics.loss, or metrics.`val loss`");
}

Result<std::vector<std::vector<std::optional<Spark>>>> ManyCurves::sparks(const std::vector<std::string>& run_ids, const std::vector<std::string>& keys) {
  if (keys.empty() || keys.size() > kMaxSparkKeys)
    return fail(Code::invalid, fmt::format("1 to {} sparks are drawn of a run, not {}", kMaxSparkKeys, keys.size()));
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<std::vector<std::optional<Spark>>>> {
    std::vector<std::vector<std::optional<Spark>>> all(run_ids.size(), std::vector<std::optional<Spark>>(keys.size()));
    const auto put = [&](const Series& series, const Spark& spark) {
      for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i] == series.key) all[series.run][i] = spark;
      }
    };
    auto series = TRY(find_series(tx, {.run_ids = run_ids, .keys = keys}));
    std::erase_if(series, [&](const Series& one) {
      const auto known = state_->sparks.find({one.id, one.paid});
      if (known) put(one, *known);
      return known != nullptr;
    });
    for (std::span<Series> rest = series; !rest.empty();) {
      const auto block = rest.first(block_of(rest));
      TRY(draw_sparks(tx, run_ids, block, state_->smoothing, [&](const Series& one, std::shared_ptr<const Spark> spark) {
        put(one, *spark);
        // What is owed is not in the count yet, so that it would stand for other points soon.
        if (one.points() == one.paid) state_->sparks.put({one.id, one.paid}, std::move(spark), kSparkBuckets * sizeof(std::optional<double>) + 128);
      }));
      for (auto& one : block) one = {};
      rest = rest.subspan(block.size());
    }
    return all;
  });
}

}  // namespace gyre::tracking
