#include "api/rest/series_reply.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "api/rest/run_wire.h"
#include "base/packed.h"

namespace gyre::rest {
namespace {

using tracking::CurveFigure;

// By CurveFigure.
constexpr std::string_view kWords[] = {"last", "min", "max", "mean", "count", "smooth", "first", "nan_count", "inf_count"};

bool is_count(CurveFigure figure) { return figure == CurveFigure::count || figure == CurveFigure::nan || figure == CurveFigure::inf; }

void head(Writer& writer, const tracking::CurveSet& set) {
  writer.field("rev", set.rev);
  writer.field("exact", set.exact);
  writer.field("matched", set.matched);
  writer.field("drawn", set.drawn);
  maybe_figure_field(writer, "from", std::isnan(set.from) ? std::nullopt : std::optional(set.from));
  maybe_figure_field(writer, "to", std::isnan(set.to) ? std::nullopt : std::optional(set.to));
  writer.key("view");
  if (set.view) {
    writer.begin_object();
    writer.field("low", set.view->low);
    writer.field("high", set.view->high);
    writer.field("outside", set.view->outside);
    writer.end_object();
  } else {
    writer.null();
  }
}

void group_field(Writer& writer, const tracking::CurveSet& set, const tracking::CurveLine& line, const std::vector<std::string>& by) {
  writer.key("group");
  writer.begin_array();
  for (std::size_t i = 0; i < line.group.size(); ++i) {
    writer.begin_object();
    writer.field("by", by[i]);
    writer.key("value");
    write_cell(writer, line.group[i], set.kinds[i]);
    writer.end_object();
  }
  writer.end_array();
}

void step_field(Writer& writer, std::string_view name, const std::optional<tracking::Step>& step) {
  writer.key(name);
  if (!step) return writer.null();
  if (step->fraction == 0) return writer.integer(step->whole);
  writer.number(tracking::number_of(*step));
}

// All but its columns.
void line_fields(Writer& writer, const tracking::CurveSet& set, const tracking::CurveLine& line, const std::vector<std::string>& by) {
  writer.field("key", line.key);
  writer.key("run");
  if (line.run.empty()) {
    writer.null();
  } else {
    writer.string(line.run);
  }
  writer.field("name", line.name);
  group_field(writer, set, line, by);
  writer.field("members", line.members);
  writer.field("points", line.points);
  writer.field("nan", line.nan);
  writer.field("inf", line.inf);
  step_field(writer, "first_nan_step", line.first_nan);
}

void column_field(Writer& writer, std::string_view name, const std::vector<double>& column, bool counts) {
  writer.key(name);
  writer.begin_array();
  for (const auto figure : column) {
    if (tracking::is_absent(figure)) {
      writer.null();
    } else if (counts) {
      writer.integer(std::llround(figure));
    } else {
      writer.number(figure);
    }
  }
  writer.end_array();
}

// Those of a group also tell how many runs are in each of their figures.
constexpr std::string_view kContributing = "contributing";

// What is beyond their range is infinite.
float to_float(double figure) {
  constexpr double kMost = std::numeric_limits<float>::max();
  if (std::abs(figure) > kMost) return static_cast<float>(std::copysign(std::numeric_limits<double>::infinity(), figure));
  return static_cast<float>(figure);
}

void add_floats(Packer& packer, const std::vector<double>& column) {
  for (const auto figure : column) packer.number(to_float(figure));
}

std::string header_of(const tracking::CurveSet& set, const std::vector<std::string>& by) {
  Writer writer;
  writer.begin_object();
  head(writer, set);
  writer.field("places", static_cast<std::int64_t>(set.x.size()));
  writer.key("lines");
  writer.begin_array();
  for (const auto& line : set.lines) {
    writer.begin_object();
    line_fields(writer, set, line, by);
    writer.key("columns");
    writer.begin_array();
    for (const auto figure : set.figures) writer.string(word_of(figure));
    if (line.run.empty()) writer.string(kContributing);
    writer.end_array();
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return writer.take();
}

}  // namespace

std::string_view word_of(CurveFigure figure) { return kWords[static_cast<std::size_t>(figure)]; }

std::optional<CurveFigure> figure_of(std::string_view word) {
  const auto at = std::ranges::find(kWords, word);
  if (at == std::end(kWords)) return std::nullopt;
  return static_cast<CurveFigure>(at - std::begin(kWords));
}

net::Response json_reply(const tracking::CurveSet& set, const std::vector<std::string>& by) {
  Writer writer;
  writer.begin_object();
  head(writer, set);
  writer.key("x");
  writer.begin_array();
  for (const auto x : set.x) writer.number(x);
  writer.end_array();
  writer.key("lines");
  writer.begin_array();
  for (const auto& line : set.lines) {
    writer.begin_object();
    line_fields(writer, set, line, by);
    for (std::size_t i = 0; i < set.figures.size(); ++i) column_field(writer, word_of(set.figures[i]), line.columns[i], is_count(set.figures[i]));
    if (line.run.empty()) column_field(writer, kContributing, line.contributing, true);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

net::Response columns_reply(const tracking::CurveSet& set, const std::vector<std::string>& by) {
  constexpr std::string_view kMagic = "GYC1";
  constexpr std::size_t kAligned = 8;
  auto header = header_of(set, by);
  const auto before = kMagic.size() + sizeof(std::uint32_t);
  header.resize((before + header.size() + kAligned - 1) / kAligned * kAligned - before, ' ');
  std::string bytes(kMagic);
  Packer packer(bytes);
  packer.text(header);
  for (const auto x : set.x) packer.number(x);
  for (const auto& line : set.lines) {
    for (const auto& column : line.columns) add_floats(packer, column);
    add_floats(packer, line.contributing);
  }
  net::Response response;
  response.content_type = kColumnsType;
  response.body = std::move(bytes);
  return response;
}

}  // namespace gyre::rest
