// Houses of before the tail kept one row a point, in metric_points. Each series' rows become batches of the tail, once.
#include <cmath>

#include "tracking/id_blocks.h"
#include "tracking/metrics.h"

namespace gyre::tracking {
namespace {

constexpr std::size_t kBatchPoints = 1000;

struct Series {
  std::int64_t id;
  std::string run_id;
  std::int64_t points;
};

Result<void> move_series(sql::Tx& tx, const Series& series, std::int64_t number) {
  std::vector<std::vector<TailEntry>> batches;
  const sql::Value args[] = {sql::to_value(series.id)};
  TRY(tx.run_with("SELECT step, at_ms, value FROM metric_points WHERE series_id = $1", args, [&](std::span<const sql::Value> row) {
    if (batches.empty() || batches.back().size() == kBatchPoints) batches.emplace_back();
    const auto* value = std::get_if<double>(&row[2]);
    batches.back().push_back({series.id, {std::get<std::int64_t>(row[0]), std::get<std::int64_t>(row[1]), value ? *value : std::nan("")}});
  }));
  for (auto& batch : batches) {
    const auto points = static_cast<std::int64_t>(batch.size());
    TRY(append_tail(tx, series.run_id, number++, points, pack_tail(std::move(batch))));
  }
  return tx.exec("DELETE FROM metric_points WHERE series_id = $1", series.id);
}

}  // namespace

Result<void> move_old_points(sql::Db& db, IdBlocks& ids) {
  for (;;) {
    const auto series = TRY(db.read([](sql::Tx& tx) {
      return tx.select_one<Series>(
          "SELECT s.id, s.run_id, (SELECT COUNT(*) FROM metric_points p WHERE p.series_id = s.id) FROM metric_series s WHERE s.id = (SELECT MIN(series_id) "
          "FROM metric_points)");
    }));
    if (!series) return {};
    const auto batches = series->points / static_cast<std::int64_t>(kBatchPoints) + 1;
    const auto number = TRY(ids.take(batches));
    TRY(db.write([&](sql::Tx& tx) { return move_series(tx, *series, number); }));
  }
}

}  // namespace gyre::tracking
