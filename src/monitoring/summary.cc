// A monitor at a glance: how much was predicted, how much of it is labelled, how late labels are.
#include <algorithm>

#include "monitoring/rows.h"

namespace gyre::monitoring {
namespace {

constexpr std::int64_t kDelayBatches = 1000;  // the newest, for the delay of labels

struct Totals {
  std::optional<std::int64_t> rows, first_ms, last_ms;
};

struct Delay {
  std::int64_t delay_ms, matched;
};

// Of batches in order of their delay, weighted by their labels.
std::optional<std::int64_t> median(const std::vector<Delay>& delays) {
  std::int64_t all = 0, upto = 0;
  for (const auto& delay : delays) all += delay.matched;
  for (const auto& delay : delays) {
    upto += delay.matched;
    if (2 * upto >= all) return std::max<std::int64_t>(0, delay.delay_ms);  // labels that came before their predictions are not late
  }
  return std::nullopt;
}

}  // namespace

Result<Summary> Service::summary(std::string_view name) {
  const auto monitor = TRY(this->monitor(name));
  return db_.read([&](sql::Tx& tx) -> Result<Summary> {
    const auto closed = TRY(tx.select<Totals>("SELECT SUM(row_count), MIN(from_ms), MAX(to_ms) FROM monitor_windows WHERE monitor = $1", name)).front();
    const auto open =
        TRY(tx.select<Totals>(
                "SELECT SUM(row_count), MIN(minute_ms), MAX(minute_ms) FROM monitor_profiles WHERE monitor = $1 AND role = 'primary' AND minute_ms >= $2", name,
                closed.last_ms.value_or(0)))
            .front();
    const auto labelled = TRY(tx.select<Totals>("SELECT SUM(labelled), MIN(from_ms), MAX(from_ms) FROM monitor_quality WHERE monitor = $1", name)).front();
    const auto delays =
        TRY(tx.select<Delay>("SELECT delay_ms, matched FROM (SELECT delay_ms, matched FROM label_batches WHERE endpoint = $1 AND delay_ms IS NOT NULL AND "
                             "matched > 0 ORDER BY seq DESC LIMIT $2) AS newest "
                             "ORDER BY delay_ms",
                             monitor.definition.endpoint, kDelayBatches));
    Summary summary;
    summary.predictions = closed.rows.value_or(0) + open.rows.value_or(0);
    summary.labelled = labelled.rows.value_or(0);
    summary.first_ms = closed.first_ms.value_or(open.first_ms.value_or(0));
    summary.last_ms = open.last_ms ? *open.last_ms + kMinuteMs : closed.last_ms.value_or(0);
    summary.labelled_through_ms = TRY(labelled_through(tx, name));
    summary.label_delay_ms = median(delays);
    return summary;
  });
}

}  // namespace gyre::monitoring
