// /series: curves of many runs at once
#include <algorithm>

#include "api/rest/density.h"
#include "api/rest/series_reply.h"
#include "api/rest/series_wish.h"

namespace gyre::rest {

struct CurveGroupBody {
  std::vector<std::string> by = {};
  std::string band = "deviation";
};
BOOST_DESCRIBE_STRUCT(CurveGroupBody, (), (by, band))

struct SeriesQueryBody {
  std::optional<std::vector<std::string>> runs = {};
  std::optional<SelectBody> select = {};
  std::vector<std::string> keys = {};
  json::Value x = {};
  std::optional<double> from = {}, to = {}, smooth = {};
  std::int64_t buckets = 480;
  std::optional<CurveGroupBody> group = {};
  std::string outliers = "keep";
  std::optional<std::vector<std::string>> want = {};
};
BOOST_DESCRIBE_STRUCT(SeriesQueryBody, (), (runs, select, keys, x, from, to, smooth, buckets, group, outliers, want))

namespace {

constexpr std::size_t kTopOtherwise = 10;

Result<std::optional<tracking::CurveSetQuery::Grouping>> grouping_of(const std::optional<CurveGroupBody>& group) {
  using tracking::Band;
  if (!group) return std::nullopt;
  constexpr std::pair<std::string_view, Band> kBands[] = {
      {"deviation", Band::deviation}, {"range", Band::range}, {"confidence", Band::confidence}, {"none", Band::none}};
  const auto at = std::ranges::find(kBands, group->band, &std::pair<std::string_view, Band>::first);
  if (at == std::end(kBands))
    return fail(Code::invalid, fmt::format("'group.band' cannot be '{:.40}'", group->band), {}, "one of: deviation, range, confidence, none");
  return tracking::CurveSetQuery::Grouping{group->by, at->second};
}

// Left out: the line, its envelope and, where it is smoothed, that.
Result<std::vector<tracking::CurveFigure>> wanted(const std::optional<std::vector<std::string>>& want) {
  using tracking::CurveFigure;
  if (!want) return std::vector{CurveFigure::last, CurveFigure::min, CurveFigure::max, CurveFigure::smooth};
  std::vector<CurveFigure> figures;
  for (const auto& word : *want) {
    const auto figure = figure_of(word);
    if (!figure)
      return fail(Code::invalid, fmt::format("'want' cannot name '{:.40}'", word), {},
                  "any of: last, min, max, mean, count, smooth, first, nan_count, inf_count");
    figures.push_back(*figure);
  }
  return figures;
}

Result<tracking::CurveSetQuery> curve_set_query(const Rooms& rooms, const SeriesQueryBody& wish) {
  if (wish.outliers != "keep" && wish.outliers != "clip")
    return fail(Code::invalid, fmt::format("'outliers' cannot be '{:.40}'", wish.outliers), {}, "one of: keep, clip");
  const auto top = wish.group ? tracking::kMaxRunsTogether : kTopOtherwise;
  return tracking::CurveSetQuery{.runs = TRY(run_choice(rooms, wish.runs, wish.select, top)),
                                 .keys = wish.keys,
                                 .x = TRY(curve_axis(wish.x)),
                                 .from = wish.from,
                                 .to = wish.to,
                                 .buckets = TRY(size_of(wish.buckets, "buckets")),
                                 .half_life = wish.smooth.value_or(0),
                                 .group = TRY(grouping_of(wish.group)),
                                 .clip = wish.outliers == "clip",
                                 .want = TRY(wanted(wish.want))};
}

bool wants_columns(const net::Request& request) { return request.header("Accept").value_or("").contains(kColumnsType); }

Result<net::Response> query_series(const Rooms& rooms, const net::Request& request) {
  const auto query = TRY(curve_set_query(rooms, TRY(body<SeriesQueryBody>(request))));
  const auto set = TRY(rooms.many_curves.curves(query));
  const auto by = query.group ? query.group->by : std::vector<std::string>();
  return wants_columns(request) ? columns_reply(set, by) : json_reply(set, by);
}

}  // namespace

void add_series_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "POST", "/series/query", query_series);
  add_density_routes(router, rooms);
}

}  // namespace gyre::rest
