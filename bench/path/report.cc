#include "bench/path/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/json_writer.h"

namespace gyre::bench {
namespace {

std::string figure(double value) {
  if (std::isnan(value)) return "-";
  return fmt::format("{:.{}f}", value, value < 10 ? 2 : value < 1000 ? 1 : 0);
}

}  // namespace

void print(const std::vector<Section>& sections) {
  for (const auto& section : sections) {
    std::size_t widest = 0;
    for (const auto& line : section.lines) widest = std::max(widest, line.stage.size());
    fmt::print("{} ({})\n  {:{}}", section.title, section.unit, "", widest);
    for (const auto& column : section.columns) fmt::print("  {:>12}", column);
    fmt::print("\n");
    for (const auto& line : section.lines) {
      fmt::print("  {:{}}", line.stage, widest);
      for (const double value : line.values) fmt::print("  {:>12}", figure(value));
      fmt::print("{}{}\n", line.remark.empty() ? "" : "  ", line.remark);
    }
    fmt::print("\n");
  }
}

std::string to_json(const std::vector<Section>& sections) {
  json::Writer writer;
  writer.begin_array();
  for (const auto& section : sections) {
    writer.begin_object();
    writer.field("title", section.title);
    writer.field("unit", section.unit);
    writer.key("stages");
    writer.begin_array();
    for (const auto& line : section.lines) {
      writer.begin_object();
      writer.field("stage", line.stage);
      for (std::size_t i = 0; i < line.values.size(); ++i) {
        if (!std::isnan(line.values[i])) writer.field(section.columns[i], line.values[i]);
      }
      writer.end_object();
    }
    writer.end_array();
    writer.end_object();
  }
  writer.end_array();
  return writer.take();
}

}  // namespace gyre::bench
