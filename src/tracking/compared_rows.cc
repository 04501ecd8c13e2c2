#include "tracking/compared_rows.h"

#include <algorithm>
#include <cmath>

#include "base/case.h"
#include "tracking/names.h"

namespace gyre::tracking {
namespace {

std::string told(const std::string& text) {
  auto cut = shortened(text, kMaxComparedCharacters);
  return cut.size() < text.size() ? cut + "…" : cut;
}

// What differs first; each part by key, as the rows came.
template <class Row>
Section<Row> section_of(std::vector<Row> rows) {
  Section<Row> section{.rows = std::move(rows)};
  section.total = std::ssize(section.rows);
  section.differ = std::ranges::count_if(section.rows, &Row::differs);
  std::ranges::stable_partition(section.rows, &Row::differs);
  if (section.rows.size() > kMaxComparedRows) section.rows.resize(kMaxComparedRows);
  return section;
}

template <class Row>
std::vector<Row> rows_of(const std::vector<Texts>& runs) {
  std::map<std::string, std::vector<const std::string*>> by_key;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const auto& [key, value] : runs[i]) {
      auto& values = by_key[key];
      values.resize(runs.size());
      values[i] = &value;
    }
  }
  std::vector<Row> rows;
  for (const auto& [key, values] : by_key) {
    auto& row = rows.emplace_back();
    row.key = key;
    const auto same = [&](const std::string* value) { return value && values.front() && *value == *values.front(); };
    row.differs = !std::ranges::all_of(values, same);
    for (const auto* value : values) row.values.push_back(value ? std::optional(told(*value)) : std::nullopt);
  }
  return rows;
}

// NaN is as NaN is.
bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

ComparedMetric::Cell cell_of(const SeriesSummary& series, Better better) {
  ComparedMetric::Cell cell{.last = series.last, .min = series.min, .max = series.max, .last_step = series.last_step, .points = series.points};
  const auto best = better == Better::higher ? series.max : series.min;
  if (better != Better::unknown && !std::isnan(best)) cell.best = best;
  return cell;
}

void compare_with(ComparedMetric& metric, std::size_t base) {
  const auto& own = metric.cells[base];
  for (std::size_t i = 0; i < metric.cells.size(); ++i) {
    auto& cell = metric.cells[i];
    metric.differs |= !cell || !own || !same(cell->last, own->last);
    if (!cell || !own || i == base) continue;
    const auto delta = cell->last - own->last;
    if (std::isnan(delta)) continue;
    cell->delta = delta;
    if (metric.noise) cell->is_noise = std::abs(delta) <= metric.noise->band;
  }
}

}  // namespace

bool is_seed(std::string_view key) { return lower(key).contains("seed"); }

Section<ComparedRow> compared(const std::vector<Texts>& runs) { return section_of(rows_of<ComparedRow>(runs)); }

Section<ComparedParam> compared_params(const std::vector<Texts>& runs) {
  auto rows = rows_of<ComparedParam>(runs);
  for (auto& row : rows) row.is_seed = is_seed(row.key);
  return section_of(std::move(rows));
}

Section<ComparedMetric> compared_metrics(const std::vector<std::vector<SeriesSummary>>& runs, std::size_t base, const NoiseByKey& noise) {
  std::map<std::string, ComparedMetric> by_key;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const auto& series : runs[i]) {
      auto& metric = by_key[series.key];
      if (metric.cells.empty())
        metric = {.key = series.key, .better = better_of(series.key), .cells = std::vector<std::optional<ComparedMetric::Cell>>(runs.size())};
      metric.cells[i] = cell_of(series, metric.better);
    }
  }
  std::vector<ComparedMetric> rows;
  for (auto& [key, metric] : by_key) {
    if (const auto at = noise.find(key); at != noise.end()) metric.noise = at->second;
    compare_with(metric, base);
    rows.push_back(std::move(metric));
  }
  return section_of(std::move(rows));
}

}  // namespace gyre::tracking
