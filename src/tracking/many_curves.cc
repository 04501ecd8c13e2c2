// Curves of many runs, each by itself or in groups.
#include "tracking/many_curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tracking/curve_figures.h"
#include "tracking/curve_groups.h"
#include "tracking/drawing.h"
#include "tracking/many_curves_state.h"
#include "tracking/robust_view.h"

namespace gyre::tracking {
namespace {

Result<void> check(const CurveSetQuery& query) {
  if (query.keys.empty() || query.keys.size() > kMaxCurveKeys)
    return fail(Code::invalid, fmt::format("1 to {} keys are drawn at once, not {}", kMaxCurveKeys, query.keys.size()));
  if (query.buckets == 0 || query.buckets > kMaxCurveBuckets)
    return fail(Code::invalid, fmt::format("x is cut into 1 to {} buckets, not {}", kMaxCurveBuckets, query.buckets));
  if (!(query.half_life >= 0) || !std::isfinite(query.half_life))
    return fail(Code::invalid, fmt::format("the half-life of smoothing cannot be {}", query.half_life), {}, "a number of units of x above 0, or 0 for none");
  if (query.group && (query.group->by.empty() || query.group->by.size() > kMaxGroupFields))
    return fail(Code::invalid, fmt::format("runs are grouped by 1 to {} fields, not by {}", kMaxGroupFields, query.group->by.size()));
  return {};
}

// Each once; without smoothing there is nothing smooth.
std::vector<CurveFigure> figures_of(const CurveSetQuery& query) {
  std::vector<CurveFigure> figures;
  for (const auto figure : query.want) {
    if (std::ranges::find(figures, figure) == figures.end() && (figure != CurveFigure::smooth || query.half_life > 0)) figures.push_back(figure);
  }
  return figures;
}

// Makes the lines of the answer out of curves as they are drawn.
class Lines {
 public:
  Lines(const CurveSetQuery& query, const ChosenRuns& chosen, std::size_t places, CurveSet& set) : query_(query), chosen_(chosen), set_(set) {
    if (query.group) groups_.emplace(set.figures, query.group->band, places, query.half_life > 0);
  }

  Result<void> add(const DrawnCurve& curve) {
    const auto& run = chosen_.runs[curve.series.run];
    if (curve.series.run != last_run_) ++set_.drawn;
    last_run_ = curve.series.run;
    if (groups_) return groups_->add(curve, run.cells);
    CurveLine line{.key = curve.series.key, .run = run.id, .name = run.name, .group = {}, .first_nan = curve.first_nan, .columns = {}};
    add_counts(curve.walk, line);
    for (const auto figure : set_.figures) line.columns.push_back(column_of(figure, curve.walk));
    if (query_.clip) note_values(curve.walk);
    set_.lines.push_back(std::move(line));
    return {};
  }

  // The values that a view of y must hold, if it can.
  std::vector<double> finish() {
    if (groups_) set_.lines = groups_->finish();
    in_order_of_keys();
    if (query_.clip && groups_) note_groups();
    return std::move(values_);
  }

 private:
  // Of a run; groups stand in the order of their first ones.
  void in_order_of_keys() {
    const auto place = [&](const CurveLine& line) { return std::ranges::find(query_.keys, line.key) - query_.keys.begin(); };
    for (auto first = set_.lines.begin(); first != set_.lines.end();) {
      const auto end = std::find_if(first, set_.lines.end(), [&](const CurveLine& line) { return line.run != first->run || line.group != first->group; });
      std::ranges::sort(first, end, {}, place);
      first = end;
    }
  }
  void note_values(const CurveWalk& walk) {
    for (const auto& sum : walk.sums()) {
      if (sum.count > 0) values_.insert(values_.end(), {sum.min, sum.max});
    }
  }
  void note_groups() {
    for (const auto& line : set_.lines) {
      for (std::size_t i = 0; i < set_.figures.size(); ++i) {
        const auto figure = set_.figures[i];
        if (figure == CurveFigure::count || figure == CurveFigure::nan || figure == CurveFigure::inf) continue;
        values_.insert(values_.end(), line.columns[i].begin(), line.columns[i].end());
      }
    }
  }

  const CurveSetQuery& query_;
  const ChosenRuns& chosen_;
  CurveSet& set_;
  std::optional<CurveGroups> groups_;
  std::size_t last_run_ = SIZE_MAX;
  std::vector<double> values_;
};

Result<void> check_size(const CurveSetQuery& query, const Drawing& drawing, std::size_t figures) {
  const auto size = drawing.series().size() * drawing.grid().places() * std::max<std::size_t>(1, figures);
  if (query.group || size <= kMaxFiguresDrawn) return {};
  return fail(
      Code::invalid,
      fmt::format("{} curves on {} places of x are {} figures; at most {} are told", drawing.series().size(), drawing.grid().places(), size, kMaxFiguresDrawn),
      {}, "ask for fewer runs, keys or buckets, in groups, or for a density");
}

Result<CurveSet> draw_set(sql::Tx& tx, const CurveSetQuery& query, const ChosenRuns& chosen, SmoothingBook& book) {
  CurveSet set;
  set.figures = figures_of(query);
  set.matched = chosen.matched;
  set.kinds = chosen.kinds;
  const bool first = std::ranges::find(set.figures, CurveFigure::first) != set.figures.end();
  auto drawing = TRY(Drawing::begin(tx,
                                    {.runs = chosen.runs,
                                     .keys = query.keys,
                                     .x = query.x,
                                     .range = {query.from, query.to},
                                     .buckets = query.buckets,
                                     .half_life = query.half_life,
                                     .told = first ? Filling::Told::first_too : Filling::Told::tallies},
                                    book));
  TRY(check_size(query, drawing, set.figures.size()));
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  set.rev = drawing.rev();
  set.exact = drawing.grid().exact();
  set.x = drawing.grid().middles();
  set.from = drawing.ends().from.value_or(kNaN);
  set.to = drawing.ends().to.value_or(kNaN);
  Lines lines(query, chosen, set.x.size(), set);
  TRY(drawing.draw([&](const DrawnCurve& curve) { return lines.add(curve); }));
  const auto view = robust_view(lines.finish());
  if (view) set.view = YView{view->first, view->second, TRY(drawing.count_outside(view->first, view->second))};
  return set;
}

}  // namespace

ManyCurves::ManyCurves(sql::Db& db, const Clock& clock) : db_(db), clock_(clock), state_(std::make_unique<State>(db)) {}
ManyCurves::~ManyCurves() = default;

Result<CurveSet> ManyCurves::curves(const CurveSetQuery& query) {
  TRY(check(query));
  if (query.runs.search) TRY(state_->settler.settle());
  const FilterContext context{db_.dialect(), clock_.now_ms()};
  const auto fields = query.group ? query.group->by : std::vector<std::string>();
  return db_.read([&](sql::Tx& tx) -> Result<CurveSet> {
    const auto chosen = TRY(choose_runs(tx, query.runs, fields, query.group ? kMaxRunsTogether : kMaxRunsDrawn, context));
    return draw_set(tx, query, chosen, state_->smoothing);
  });
}

}  // namespace gyre::tracking
