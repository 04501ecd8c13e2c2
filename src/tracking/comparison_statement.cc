#include "tracking/comparison_statement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/case.h"
#include "base/words.h"

namespace gyre::tracking {
namespace {

constexpr std::size_t kNamedParams = 3;

bool is_held_out(std::string_view key) {
  const auto name = lower(key);
  return name.contains("val") || name.contains("test") || name.contains("eval") || name.contains("holdout");
}

// "lr", "lr and wd", "lr, wd and 3 more".
std::string listed(const std::vector<std::string>& names) {
  std::string text;
  const auto told = std::min(names.size(), kNamedParams);
  for (std::size_t i = 0; i < told; ++i) {
    const bool last = i + 1 == told && told == names.size();
    text += (i == 0 ? "" : last ? " and " : ", ") + names[i];
  }
  if (told < names.size()) text += fmt::format(" and {} more", names.size() - told);
  return text;
}

// What differs, in words.
struct Causes {
  std::vector<std::string> params, others;  // others: data, code, environment
  bool seeds = false;
  std::string leading;  // the parameter whose effect is certain and largest
  std::size_t count() const { return params.size() + others.size(); }
  std::string all() const {
    auto names = params;
    names.insert(names.end(), others.begin(), others.end());
    return listed(names);
  }
  bool many() const { return count() > 1; }
};

Causes causes_of(const Comparison& comparison) {
  Causes causes;
  std::optional<double> largest;
  for (const auto& row : comparison.params.rows) {
    if (!row.differs) continue;
    causes.seeds |= row.is_seed;
    if (row.is_seed) continue;
    causes.params.push_back(row.key);
    if (row.low.value_or(0) > 0 && *row.effect > largest.value_or(0)) causes.leading = row.key, largest = row.effect;
  }
  if (comparison.data.differ > 0) causes.others.emplace_back("data");
  const bool code = std::ranges::any_of(comparison.code, [](const ComparedCode& one) { return !one.same_commit || !one.same_diff; });
  if (code) causes.others.emplace_back("code");
  const bool environment =
      std::ranges::any_of(comparison.environment.rows, [](const ComparedRow& row) { return row.differs && row.key.starts_with("packages."); });
  if (environment) causes.others.emplace_back("packages");
  return causes;
}

// The largest difference to the base in the target.
struct Gap {
  std::optional<double> delta;
  bool is_noise = true;  // all of them are
};

Gap gap_of(const Comparison& comparison) {
  Gap gap;
  const auto metric = std::ranges::find(comparison.metrics.rows, comparison.target, &ComparedMetric::key);
  if (metric == comparison.metrics.rows.end()) return gap;
  for (const auto& cell : metric->cells) {
    if (!cell || !cell->delta) continue;
    if (!gap.delta || std::abs(*cell->delta) > std::abs(*gap.delta)) gap.delta = cell->delta;
    gap.is_noise &= cell->is_noise.value_or(false);
  }
  return gap;
}

std::string gap_text(const Comparison& comparison, double delta) {
  return fmt::format("the gap in {} ({}{})", comparison.target, delta > 0 ? "+" : "", plain_figure(delta));
}

std::string without_gap(const Causes& causes, const Comparison& comparison, const Gap& gap) {
  const auto differs = causes.count() > 0 ? fmt::format("{} {}", causes.all(), causes.many() ? "differ" : "differs")
                       : causes.seeds     ? "Nothing that was logged differs but the seed"
                                          : "Nothing that was logged differs";
  if (gap.delta) return fmt::format("{}, and {} is the same.", differs, comparison.target);
  return fmt::format("{}; no metric is in all of these runs to tell what it did.", differs);
}

std::string with_causes(const Causes& causes, const std::string& gap) {
  if (!causes.many()) return fmt::format("{} explains {}: nothing else that was logged differs.", causes.all(), gap);
  const auto tail = [&](const std::vector<std::string>& rest) {
    return fmt::format("; {} {} too, so the comparison is not clean.", listed(rest), rest.size() > 1 ? "differ" : "differs");
  };
  const auto sole = causes.params.size() == 1 ? causes.params.front() : causes.leading;
  if (sole.empty()) return fmt::format("{} differ, so none of them alone can be told to explain {}.", causes.all(), gap);
  std::vector<std::string> rest;
  std::ranges::copy_if(causes.params, std::back_inserter(rest), [&](const std::string& name) { return name != sole; });
  rest.insert(rest.end(), causes.others.begin(), causes.others.end());
  return fmt::format("{} {} {}{}", sole, sole == causes.leading ? "explains" : "may explain", gap, tail(rest));
}

std::string capitalised(std::string text) {
  for (const std::string_view word : {"data ", "code ", "packages "}) {
    if (text.starts_with(word)) text.front() = static_cast<char>(text.front() - 'a' + 'A');
  }
  return text;
}

}  // namespace

std::string target_of(const Section<ComparedMetric>& metrics) {
  const ComparedMetric* best = nullptr;
  const auto rank = [](const ComparedMetric& metric) {
    return std::tuple(metric.better == Better::unknown, !is_held_out(metric.key), metric.better == Better::lower, std::string_view(metric.key));
  };
  for (const auto& metric : metrics.rows) {
    if (!std::ranges::all_of(metric.cells, [](const auto& cell) { return cell && std::isfinite(cell->last); })) continue;
    if (!best || rank(metric) < rank(*best)) best = &metric;
  }
  return best ? best->key : "";
}

std::string statement_of(const Comparison& comparison) {
  const auto causes = causes_of(comparison);
  const auto gap = gap_of(comparison);
  if (!gap.delta || *gap.delta == 0) return capitalised(without_gap(causes, comparison, gap));
  const auto told = gap_text(comparison, *gap.delta);
  if (gap.is_noise) {
    const auto noise = fmt::format("{} is within the noise of {} runs that differ in their seeds alone.", told, comparison.seed_runs);
    if (causes.count() == 0) return "T" + noise.substr(1);
    return capitalised(fmt::format("{} {}, but {}", causes.all(), causes.many() ? "differ" : "differs", noise));
  }
  if (causes.count() > 0) return capitalised(with_causes(causes, told));
  if (causes.seeds) return fmt::format("Only the seed differs, so {} is what chance makes.", told);
  return fmt::format("Nothing that was logged explains {}.", told);
}

}  // namespace gyre::tracking
