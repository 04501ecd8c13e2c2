// /series/density, /series/nearest: thousands of curves as one picture
#include "api/rest/density.h"

#include "api/rest/encode.h"
#include "api/rest/series_wish.h"
#include "base/base64.h"

namespace gyre::rest {

struct YRangeBody {
  std::optional<double> from = {}, to = {};
};
BOOST_DESCRIBE_STRUCT(YRangeBody, (), (from, to))

struct PlaceBody {
  std::optional<double> x = {}, y = {};
};
BOOST_DESCRIBE_STRUCT(PlaceBody, (), (x, y))

struct DensityBody {
  std::optional<std::vector<std::string>> runs = {};
  std::optional<SelectBody> select = {};
  std::string key = {};
  json::Value x = {};
  std::optional<double> from = {}, to = {}, smooth = {};
  std::int64_t width = 480, height = 160;
  std::optional<YRangeBody> y = {};
  bool log = false;
  std::optional<PlaceBody> at = {};  // of who asks what is near
};
BOOST_DESCRIBE_STRUCT(DensityBody, (), (runs, select, key, x, from, to, smooth, width, height, y, log, at))

namespace {

Result<tracking::DensityQuery> density_query(const Rooms& rooms, const DensityBody& wish) {
  if (wish.key.empty()) return fail(Code::invalid, "'key' is missing", {}, "the metric that is drawn");
  const auto y = wish.y.value_or(YRangeBody());
  return tracking::DensityQuery{.runs = TRY(run_choice(rooms, wish.runs, wish.select, tracking::kMaxRunsTogether)),
                                .key = wish.key,
                                .x = TRY(curve_axis(wish.x)),
                                .from = wish.from,
                                .to = wish.to,
                                .width = TRY(size_of(wish.width, "width")),
                                .height = TRY(size_of(wish.height, "height")),
                                .y_from = y.from,
                                .y_to = y.to,
                                .log = wish.log,
                                .half_life = wish.smooth.value_or(0)};
}

void range_field(Writer& writer, std::string_view name, double from, double to) {
  writer.key(name);
  writer.begin_object();
  writer.field("from", from);
  writer.field("to", to);
  writer.end_object();
}

Result<net::Response> draw_density(const Rooms& rooms, const net::Request& request) {
  const auto wish = TRY(body<DensityBody>(request));
  if (wish.at) return fail(Code::invalid, "'at' is not for a density", {}, "ask /series/nearest what is near");
  const auto density = TRY(rooms.many_curves.density(TRY(density_query(rooms, wish))));
  Writer writer;
  writer.begin_object();
  writer.field("series", density.series);
  writer.field("matched", density.matched);
  writer.field("width", static_cast<std::int64_t>(density.width));
  writer.field("height", static_cast<std::int64_t>(density.height));
  range_field(writer, "x", density.x_from, density.x_to);
  range_field(writer, "y", density.y_from, density.y_to);
  writer.field("max", static_cast<std::int64_t>(density.most));
  static_assert(std::endian::native == std::endian::little);
  writer.field("cells", base64({reinterpret_cast<const char*>(density.cells.data()), density.cells.size() * sizeof(std::uint16_t)}));
  writer.end_object();
  return reply(writer);
}

Result<net::Response> find_nearest(const Rooms& rooms, const net::Request& request) {
  const auto wish = TRY(body<DensityBody>(request));
  if (!wish.at || !wish.at->x || !wish.at->y) return fail(Code::invalid, "'at' is missing", {}, R"({"at": {"x": 1200, "y": 0.9}})");
  const auto found = TRY(rooms.many_curves.nearest(TRY(density_query(rooms, wish)), *wish.at->x, *wish.at->y));
  Writer writer;
  writer.begin_object();
  nullable_text_field(writer, "run", found ? found->run : "");
  nullable_text_field(writer, "name", found ? found->name : "");
  maybe_figure_field(writer, "x", found ? std::optional(found->x) : std::nullopt);
  maybe_figure_field(writer, "y", found ? std::optional(found->y) : std::nullopt);
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_density_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "POST", "/series/density", draw_density);
  add(router, rooms, "POST", "/series/nearest", find_nearest);
}

}  // namespace gyre::rest
