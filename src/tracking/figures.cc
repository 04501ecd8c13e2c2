#include "tracking/tracking.h"

namespace gyre::tracking {

Result<Figures> Service::figures() {
  struct Counts {
    std::int64_t experiments, points, models;
  };
  struct ByStatus {
    std::string status;
    std::int64_t n;
  };
  return db_.read([](sql::Tx& tx) -> Result<Figures> {
    const auto counts = TRY(tx.select<Counts>("SELECT (SELECT COUNT(*) FROM experiments), (SELECT CAST(COALESCE(SUM(points), 0) AS BIGINT) FROM "
                                              "metric_series), (SELECT COUNT(*) FROM logged_models)"))
                            .front();
    Figure runs{"gyre_tracking_runs", "Runs by status, without deleted ones.", Figure::Kind::gauge, {}};
    for (const auto& row : TRY(tx.select<ByStatus>("SELECT status, COUNT(*) FROM runs WHERE lifecycle = 'active' GROUP BY status ORDER BY status"))) {
      runs.samples.push_back({{{"status", row.status}}, static_cast<double>(row.n)});
    }
    return Figures{figure("gyre_tracking_experiments", "Experiments.", Figure::Kind::gauge, counts.experiments), std::move(runs),
                   figure("gyre_tracking_points_total", "Points of metrics that were logged.", Figure::Kind::counter, counts.points),
                   figure("gyre_tracking_logged_models", "Models that runs logged.", Figure::Kind::gauge, counts.models)};
  });
}

}  // namespace gyre::tracking
