// A run as a batch finds it: all that logging has to know of it, by one statement. Inside tracking/ only.
#pragma once

#include "storage/sql/db.h"
#include "tracking/tracking.h"

namespace gyre::tracking {

struct LoggingRun {
  std::int64_t experiment_id = 0;
  std::int64_t rewinds = 0;         // above 0: what is remembered of its series may be another run's by now
  std::int64_t watch_revision = 0;  // 0: nobody ever watched a metric
  struct Beats {
    std::int64_t every_ms = 0, last_ms = 0;
    bool silent = false;
  };
  std::optional<Beats> beats;
};
// `not_found`, or `invalid` where the run is deleted, in MLflow's words.
Result<LoggingRun> find_logging(sql::Tx& tx, std::string_view run_id);

// Something was logged: that is a sign of life. Writes when the last one that was written is old.
Result<void> note_heard(sql::Tx& tx, std::string_view run_id, const LoggingRun& run, TimeMs now_ms);

}  // namespace gyre::tracking
