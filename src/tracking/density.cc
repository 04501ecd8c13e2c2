// Thousands of curves as one picture: how many go through each cell, and which one is nearest.
#include "tracking/density.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tracking/curve_figures.h"
#include "tracking/drawing.h"
#include "tracking/many_curves_state.h"

namespace gyre::tracking {
namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

Result<void> check(const DensityQuery& query) {
  if (query.width == 0 || query.width > kMaxDensityWidth || query.height == 0 || query.height > kMaxDensityHeight)
    return fail(Code::invalid,
                fmt::format("a density has 1 to {} columns and 1 to {} rows, not {} and {}", kMaxDensityWidth, kMaxDensityHeight, query.width, query.height));
  if (!(query.half_life >= 0) || !std::isfinite(query.half_life))
    return fail(Code::invalid, fmt::format("the half-life of smoothing cannot be {}", query.half_life), {}, "a number of units of x above 0, or 0 for none");
  const auto above_zero = [&](std::optional<double> bound) { return !bound || !query.log || *bound > 0; };
  if (query.y_from && query.y_to && !(*query.y_from < *query.y_to)) return fail(Code::invalid, "the range of y must rise");
  if (!above_zero(query.y_from) || !above_zero(query.y_to)) return fail(Code::invalid, "on a logarithmic axis the range of y lies above 0");
  return {};
}

// All that the lines depend on.
std::string fingerprint(const DensityQuery& query) {
  auto text = fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", query.key, static_cast<int>(query.x.axis), query.x.metric, query.from.value_or(kAbsentX),
                          query.to.value_or(kAbsentX), query.width, query.log, query.half_life);
  for (const auto& id : query.runs.ids) text += '\n' + id;
  if (!query.runs.search) return text;
  text += fmt::format("\n?{}\n{}\n{}", query.runs.search->filter, query.runs.search->view, query.runs.search->limit);
  for (const auto& id : query.runs.search->experiment_ids) text += '\n' + id;
  for (const auto& item : query.runs.search->order_by) text += "\n!" + item;
  return text;
}

// Fills the columns between two points with the line between them.
void join_points(std::span<float> line, std::size_t from, std::size_t to) {
  const auto rise = (line[to] - line[from]) / static_cast<float>(to - from);
  for (std::size_t column = from + 1; column < to; ++column) line[column] = line[from] + rise * static_cast<float>(column - from);
}

// Its last values, or smoothed ones, as heights; a value that is no finite number, or has no logarithm, cuts the line.
void add_line(const CurveWalk& walk, const DensityQuery& query, std::vector<float>& heights) {
  const auto start = heights.size();
  const auto figure = query.half_life > 0 ? CurveFigure::smooth : CurveFigure::last;
  heights.resize(start + walk.sums().size(), kNone);
  const auto line = std::span(heights).subspan(start);
  std::optional<std::size_t> before;
  for (std::size_t column = 0; column < line.size(); ++column) {
    const double value = figure_of(figure, walk, column);
    if (is_absent(value)) continue;
    const auto height = static_cast<float>(query.log ? std::log10(value) : value);
    if (!std::isfinite(height)) {
      before.reset();
      continue;
    }
    line[column] = height;
    if (before) join_points(line, *before, column);
    before = column;
  }
}

// From heights to rows, the topmost being 0; those outside are beyond it or the lowest.
struct Rows {
  double top = 0, height = 0, rows = 0;
  double row(float at) const { return std::clamp((top - static_cast<double>(at)) / height * rows, -1.0, rows + 1); }
};

// A column of a line reaches half way to those beside it.
void add_to_cells(std::span<const float> line, const Rows& rows, Density& density) {
  for (std::size_t column = 0; column < line.size(); ++column) {
    if (std::isnan(line[column])) continue;
    double least = line[column], most = line[column];
    for (const auto beside : {column == 0 ? column : column - 1, column + 1 == line.size() ? column : column + 1}) {
      if (std::isnan(line[beside])) continue;
      const double middle = (static_cast<double>(line[column]) + static_cast<double>(line[beside])) / 2;
      least = std::min(least, middle);
      most = std::max(most, middle);
    }
    const auto last_row = static_cast<std::int64_t>(density.height) - 1;
    const double first = rows.row(static_cast<float>(most)), last = rows.row(static_cast<float>(least));
    if (last < 0 || first > rows.rows) continue;
    const auto begin = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(first)), 0, last_row);
    const auto end = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(last)), 0, last_row);
    for (auto row = begin; row <= end; ++row) ++density.cells[static_cast<std::size_t>(row) * density.width + column];
  }
}

// Of heights; a range of nothing is widened.
std::pair<double, double> range_of(const DensityLines& lines, const DensityQuery& query) {
  float least = std::numeric_limits<float>::infinity(), most = -least;
  for (const auto height : lines.heights) {
    least = height < least ? height : least;
    most = height > most ? height : most;
  }
  if (least > most) least = 0, most = 0;
  const auto height = [&](double y) { return query.log ? std::log10(y) : y; };
  double from = query.y_from ? height(*query.y_from) : static_cast<double>(least), to = query.y_to ? height(*query.y_to) : static_cast<double>(most);
  if (from < to) return {from, to};
  const double half = std::max(0.5, std::fabs(from) / 1e3);
  return {query.y_from ? from : std::min(from, to) - half, std::max(from, to) + half};
}

Density raster(const DensityLines& lines, const DensityQuery& query) {
  Density density{.series = static_cast<std::int64_t>(lines.runs.size()),
                  .matched = lines.matched,
                  .width = lines.width,
                  .height = query.height,
                  .x_from = lines.x_from,
                  .x_to = lines.x_to,
                  .cells = std::vector<std::uint16_t>(lines.width * query.height)};
  const auto [from, to] = range_of(lines, query);
  density.y_from = query.log ? std::pow(10, from) : from;
  density.y_to = query.log ? std::pow(10, to) : to;
  const Rows rows{to, to - from, static_cast<double>(query.height)};
  for (std::size_t i = 0; i < lines.runs.size(); ++i) add_to_cells(lines.line(i), rows, density);
  for (const auto cell : density.cells) density.most = std::max(density.most, cell);
  return density;
}

Result<DensityLines> draw_lines(sql::Tx& tx, const DensityQuery& query, const ChosenRuns& chosen, SmoothingBook& book) {
  auto drawing = TRY(Drawing::begin(tx,
                                    {.runs = chosen.runs,
                                     .keys = {&query.key, 1},
                                     .x = query.x,
                                     .range = {query.from, query.to},
                                     .buckets = query.width,
                                     .may_be_exact = false,
                                     .half_life = query.half_life,
                                     .told = Filling::Told::shape},
                                    book));
  DensityLines lines{.matched = chosen.matched, .width = drawing.grid().places()};
  lines.x_from = drawing.ends().from.value_or(query.from.value_or(0));
  lines.x_to = drawing.ends().to.value_or(query.to.value_or(0));
  lines.heights.reserve(drawing.series().size() * lines.width);
  TRY(drawing.draw([&](const DrawnCurve& curve) -> Result<void> {
    const auto& run = chosen.runs[curve.series.run];
    lines.runs.push_back({run.id, run.name});
    add_line(curve.walk, query, lines.heights);
    return {};
  }));
  return lines;
}

}  // namespace

Result<std::shared_ptr<const DensityLines>> ManyCurves::lines(const DensityQuery& query) {
  TRY(check(query));
  if (query.runs.search) TRY(state_->settler.settle());
  const FilterContext context{db_.dialect(), clock_.now_ms()};
  auto drawn = TRY(db_.read([&](sql::Tx& tx) -> Result<DensityLines> {
    return draw_lines(tx, query, TRY(choose_runs(tx, query.runs, {}, kMaxRunsTogether, context)), state_->smoothing);
  }));
  drawn.drawn_at = std::chrono::steady_clock::now();
  auto kept = std::make_shared<const DensityLines>(std::move(drawn));
  state_->densities.put(fingerprint(query), kept, kept->bytes());
  return kept;
}

Result<Density> ManyCurves::density(const DensityQuery& query) { return raster(*TRY(lines(query)), query); }

Result<std::optional<NearestRun>> ManyCurves::nearest(const DensityQuery& query, double x, double y) {
  TRY(check(query));
  auto kept = state_->densities.find(fingerprint(query));
  if (!kept || std::chrono::steady_clock::now() - kept->drawn_at > kDensityKept) kept = TRY(lines(query));
  return nearest_of(*kept, x, query.log ? std::log10(y) : y, query.log);
}

std::optional<NearestRun> nearest_of(const DensityLines& lines, double x, double height, bool log) {
  if (lines.width == 0 || lines.runs.empty() || !std::isfinite(height)) return std::nullopt;
  const auto columns = static_cast<double>(lines.width);
  const double wide = (lines.x_to - lines.x_from) / columns;
  const auto column = static_cast<std::size_t>(std::clamp(std::floor((x - lines.x_from) / wide), 0.0, columns - 1));
  for (std::size_t off = 0; off < lines.width; ++off) {  // beside it, where no curve is in the column itself
    std::optional<NearestRun> nearest;
    double least = std::numeric_limits<double>::infinity();
    for (const auto at : {column - off, column + off}) {  // what is left of the first one wraps around, and is none
      for (std::size_t i = 0; at < lines.width && i < lines.runs.size(); ++i) {
        const double found = static_cast<double>(lines.line(i)[at]), distance = std::fabs(found - height);
        if (!(distance < least)) continue;
        least = distance;
        nearest = {lines.runs[i].id, lines.runs[i].name, lines.x_from + wide * (static_cast<double>(at) + 0.5), log ? std::pow(10, found) : found};
      }
    }
    if (nearest) return nearest;
  }
  return std::nullopt;
}

}  // namespace gyre::tracking
