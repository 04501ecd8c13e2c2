// gyre run curve: a run's metrics, drawn or in rows.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/cli/chart.h"
#include "app/cli/run.h"
#include "app/cli/run_ref.h"
#include "base/shell_word.h"

namespace gyre::cli {
namespace {

// What has one point is no curve: its value.
std::size_t points_of(const json::Value& series) {
  std::size_t drawn = 0;
  for (const auto value : numbers(series["last"])) drawn += std::isfinite(value) ? 1 : 0;
  return drawn;
}

json::Value last_value(const json::Value& values) {
  const auto& all = items(values);
  const auto found = std::ranges::find_if(all.rbegin(), all.rend(), [](const json::Value& value) { return !value.is_null(); });
  return found == all.rend() ? json::Value() : *found;
}

// Where its one point lies.
json::Value first_x(const json::Value& series) {
  const auto& counts = items(series["count"]);
  for (std::size_t i = 0; i < std::min(counts.size(), items(series["x"]).size()); ++i) {
    if (counts[i].int_or(0) > 0) return items(series["x"])[i];
  }
  return {};
}

void draw_series(const std::string& name, const json::Value& series) {
  constexpr std::size_t kHeight = 10;
  Curve curve{numbers(series["x"]), numbers(series["last"]), {}, {}};
  if (!series["exact"].bool_or(true)) curve.low = numbers(series["min"]), curve.high = numbers(series["max"]);
  heading(fmt::format("{}{}", safe(name), curve.low.empty() ? "" : "  (each column: least, last and greatest)"));
  for (const auto& line : draw(curve, terminal_width(), kHeight)) fmt::print("{}\n", line);
}

// Whether each series has its figures at each x.
Result<void> check_shape(const json::Value& found) {
  const auto places = items(found["x"]).size();
  for (const auto& series : items(found["series"])) {
    for (const auto* member : {"last", "min", "max", "count"}) {
      if (items(series[member]).size() != places)
        return fail(Code::internal, fmt::format("the server told of curves whose '{}' does not fit their x", member), {}, "is that a Gyre server?");
    }
  }
  return {};
}

}  // namespace

Result<int> show_curves(const Invocation& call) {
  Remote remote(call);
  const auto id = TRY(run_id(remote, call, Several::refuse));
  const auto wanted = call.list("metrics");
  const std::size_t buckets = human() ? 2 * terminal_width() : 480;
  const auto keys = fmt::format("{}", fmt::join(wanted, ","));
  const auto found = TRY(remote.get(api("runs", id, "series"),
                                    {{"keys", keys}, {"buckets", std::to_string(std::min<std::size_t>(buckets, 1200))}, {"x", call.option("x", "step")}}));
  if (call.json) return print_document(call, "series/1", found);
  TRY(check_shape(found));
  Table table({{"METRIC"}, {"X", true}, {"LAST", true}, {"MIN", true}, {"MAX", true}, {"POINTS", true}}), values({{"METRIC"}, {"VALUE", true}, {"X", true}});
  for (const auto& series : items(found["series"])) {
    auto with_x = series;
    with_x.set("x", found["x"]);
    with_x.set("exact", found["exact"]);
    const bool curved = points_of(series) > 1;
    if (human() && curved) draw_series(series["key"].string_or(""), with_x);
    if (human() && !curved) values.add({text(series["key"]), figure(last_value(series["last"])), figure(first_x(with_x))});
    const auto& xs = items(found["x"]);
    for (std::size_t i = 0; !human() && i < xs.size(); ++i) {
      if (items(series["count"])[i].int_or(0) > 0)
        table.add({text(series["key"]), figure(xs[i]), figure(items(series["last"])[i]), figure(items(series["min"])[i]), figure(items(series["max"])[i]),
                   count(items(series["count"])[i])});
    }
  }
  if (!human()) table.print();
  if (!values.empty()) {
    heading("one point each");
    values.print(2);
  }
  if (items(found["series"]).empty())
    return fail(Code::not_found, "the run has no such metric", {}, fmt::format("gyre run show {} lists its metrics", shell_word(call.positional("run"))));
  return kDone;
}

}  // namespace gyre::cli
