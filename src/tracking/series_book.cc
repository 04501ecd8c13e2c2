#include "tracking/series_book.h"

namespace gyre::tracking {

std::shared_ptr<const SeriesIds> SeriesBook::of(std::string_view run_id) const {
  static const auto kNone = std::make_shared<const SeriesIds>();
  return known_.with([&](const Known& known) {
    const auto at = known.runs.find(run_id);
    return at == known.runs.end() ? kNone : at->second;
  });
}

void SeriesBook::add(std::string_view run_id, const SeriesIds& ids) {
  auto both = *of(run_id);
  both.insert(ids.begin(), ids.end());
  if (both.size() > kMaxSeries) return;
  known_.with([&](Known& known) {
    if (known.series + both.size() > kMaxSeries) known = {};
    auto& there = known.runs[std::string(run_id)];
    known.series += both.size() - (there ? there->size() : 0);
    there = std::make_shared<const SeriesIds>(std::move(both));
  });
}

}  // namespace gyre::tracking
