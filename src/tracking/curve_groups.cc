#include "tracking/curve_groups.h"

#include <fmt/format.h>

#include <algorithm>

namespace gyre::tracking {
namespace {

constexpr CurveFigure kMeans[] = {CurveFigure::last, CurveFigure::mean, CurveFigure::first, CurveFigure::smooth};
constexpr CurveFigure kCounts[] = {CurveFigure::count, CurveFigure::nan, CurveFigure::inf};

std::string name_of(const Cell& cell) {
  if (const auto* number = std::get_if<double>(&cell)) return fmt::format("{}", *number);
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return "—";
}

// Texts of which no two that differ are alike, whatever stands in them.
std::string identity_of(const std::string& key, const std::vector<Cell>& group) {
  auto text = fmt::format("{}:{}", key.size(), key);
  for (const auto& cell : group) {
    const auto name = name_of(cell);
    text += fmt::format("{}{}:{}", cell.index(), name.size(), name);
  }
  return text;
}

double found(std::optional<double> figure) { return figure ? *figure : absent(); }

}  // namespace

CurveGroups::CurveGroups(std::vector<CurveFigure> figures, Band band, std::size_t places, bool smoothed)
    : figures_(std::move(figures)), band_(band), places_(places), main_(smoothed ? CurveFigure::smooth : CurveFigure::last) {
  const auto wanted = [&](CurveFigure figure) { return std::ranges::find(figures_, figure) != figures_.end(); };
  std::ranges::copy_if(kMeans, std::back_inserter(means_), [&](CurveFigure figure) { return figure == main_ || wanted(figure); });
  std::ranges::copy_if(kCounts, std::back_inserter(counts_), wanted);
}

Result<CurveGroups::Sums*> CurveGroups::sums_of(const std::string& key, const std::vector<Cell>& group) {
  const auto [at, is_new] = known_.try_emplace(identity_of(key, group), groups_.size());
  if (!is_new) return &groups_[at->second];
  if ((groups_.size() + 1) * std::max<std::size_t>(places_, 1) * means_.size() > kMaxGroupSums)
    return fail(Code::invalid, fmt::format("the runs fall into more than {} groups on {} places of x", groups_.size(), places_), {},
                "group by a field with fewer values, or ask for fewer keys or buckets");
  auto& sums = groups_.emplace_back();
  sums.line.key = key;
  sums.line.group = group;
  sums.line.members = 0;
  for (const auto& cell : group) sums.line.name += (sums.line.name.empty() ? "" : ", ") + name_of(cell);
  sums.means.assign(means_.size(), std::vector<FigureSum>(places_));
  sums.counts.assign(counts_.size(), std::vector<double>(places_));
  return &sums;
}

Result<void> CurveGroups::add(const DrawnCurve& curve, const std::vector<Cell>& group) {
  auto& sums = *TRY(sums_of(curve.series.key, group));
  auto& line = sums.line;
  ++line.members;
  add_counts(curve.walk, line);
  if (curve.first_nan && (!line.first_nan || *curve.first_nan < *line.first_nan)) line.first_nan = curve.first_nan;
  for (std::size_t place = 0; place < places_; ++place) {
    for (std::size_t i = 0; i < means_.size(); ++i) {
      const auto value = figure_of(means_[i], curve.walk, place);
      if (!is_absent(value)) sums.means[i][place].add(value);
    }
    for (std::size_t i = 0; i < counts_.size(); ++i) sums.counts[i][place] += figure_of(counts_[i], curve.walk, place);
  }
  return {};
}

double CurveGroups::figure(const Sums& sums, CurveFigure figure, std::size_t place) const {
  const auto place_in = [&](const std::vector<CurveFigure>& all, CurveFigure one) {
    return static_cast<std::size_t>(std::ranges::find(all, one) - all.begin());
  };
  if (const auto at = place_in(counts_, figure); at < counts_.size()) return sums.counts[at][place];
  if (const auto at = place_in(means_, figure); at < means_.size()) return found(sums.means[at][place].figure().mean);
  const bool low = figure == CurveFigure::min;
  const auto all = sums.means[place_in(means_, main_)][place].figure();
  if (band_ == Band::range) return found(low ? all.min : all.max);
  if (band_ == Band::confidence) return found(low ? all.low : all.high);
  if (band_ == Band::none || !all.mean || !all.deviation) return absent();
  return low ? *all.mean - *all.deviation : *all.mean + *all.deviation;
}

std::vector<CurveLine> CurveGroups::finish() const {
  std::vector<CurveLine> lines;
  for (const auto& sums : groups_) {
    auto& line = lines.emplace_back(sums.line);
    for (const auto one : figures_) {
      auto& column = line.columns.emplace_back();
      for (std::size_t place = 0; place < places_; ++place) column.push_back(figure(sums, one, place));
    }
    const auto main = static_cast<std::size_t>(std::ranges::find(means_, main_) - means_.begin());
    for (const auto& sum : sums.means[main]) line.contributing.push_back(static_cast<double>(sum.figure().n));
  }
  return lines;
}

}  // namespace gyre::tracking
