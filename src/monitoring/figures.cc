#include "monitoring/monitoring.h"

namespace gyre::monitoring {

Result<Figures> Service::figures() {
  struct ByMonitor {
    std::string monitor;
    std::int64_t windows, rows, latest_ms;
  };
  struct ByState {
    std::string monitor, state;
    std::int64_t n;
  };
  struct ByEndpoint {
    std::string endpoint;
    std::int64_t labels, matched;
  };
  return db_.read([](sql::Tx& tx) -> Result<Figures> {
    Figure windows{"gyre_monitoring_windows_total", "Windows that were closed, by monitor.", Figure::Kind::counter, {}},
        rows{"gyre_monitoring_rows_total", "Predictions in closed windows, by monitor.", Figure::Kind::counter, {}},
        latest{"gyre_monitoring_latest_window_end_seconds", "End of the latest closed window, in seconds since 1970, by monitor.", Figure::Kind::gauge, {}},
        alerts{"gyre_monitoring_alerts", "Alerts by monitor and state.", Figure::Kind::gauge, {}},
        labels{"gyre_monitoring_labels_total", "Labels that came, by endpoint.", Figure::Kind::counter, {}},
        matched{"gyre_monitoring_labels_joined_total", "Labels that were joined to a prediction, by endpoint.", Figure::Kind::counter, {}};
    for (const auto& row : TRY(tx.select<ByMonitor>("SELECT m.name, COUNT(w.from_ms), CAST(COALESCE(SUM(w.row_count), 0) AS BIGINT), COALESCE(MAX(w.to_ms), 0) "
                                                    "FROM monitors m LEFT JOIN monitor_windows w ON w.monitor = m.name "
                                                    "GROUP BY m.name ORDER BY m.name"))) {
      windows.samples.push_back({{{"monitor", row.monitor}}, static_cast<double>(row.windows)});
      rows.samples.push_back({{{"monitor", row.monitor}}, static_cast<double>(row.rows)});
      latest.samples.push_back({{{"monitor", row.monitor}}, static_cast<double>(row.latest_ms) / 1000});
    }
    for (const auto& row : TRY(tx.select<ByState>("SELECT monitor, state, COUNT(*) FROM alerts GROUP BY monitor, state ORDER BY monitor, state"))) {
      alerts.samples.push_back({{{"monitor", row.monitor}, {"state", row.state}}, static_cast<double>(row.n)});
    }
    for (const auto& row : TRY(tx.select<ByEndpoint>("SELECT endpoint, CAST(COALESCE(SUM(row_count), 0) AS BIGINT), CAST(COALESCE(SUM(matched), 0) AS BIGINT) "
                                                     "FROM label_batches GROUP BY endpoint ORDER BY endpoint"))) {
      labels.samples.push_back({{{"endpoint", row.endpoint}}, static_cast<double>(row.labels)});
      matched.samples.push_back({{{"endpoint", row.endpoint}}, static_cast<double>(row.matched)});
    }
    const auto monitors = static_cast<std::int64_t>(windows.samples.size());
    return Figures{figure("gyre_monitoring_monitors", "Monitors.", Figure::Kind::gauge, monitors),
                   std::move(windows),
                   std::move(rows),
                   std::move(latest),
                   std::move(alerts),
                   std::move(labels),
                   std::move(matched)};
  });
}

}  // namespace gyre::monitoring
