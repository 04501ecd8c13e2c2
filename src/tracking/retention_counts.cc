// Counts what quotas limit, a bounded piece at a time.
#include "tracking/retention_counts.h"

#include <algorithm>

#include "tracking/owed.h"

namespace gyre::tracking {

Result<void> Retention::begin_counts() {
  auto all = TRY(quotas());
  if (std::ranges::any_of(all, [](const StoredQuota& stored) { return stored.quota.points > 0; })) TRY(settle_owed(db_));
  const bool of_bytes = std::ranges::any_of(all, [](const StoredQuota& stored) { return stored.quota.bytes > 0; });
  counting_->under_way = of_bytes && under_way_ ? TRY(under_way_()) : UnderWay();
  for (auto& stored : all) counting_->rest.emplace_back(std::move(stored.quota));
  return {};
}

// One piece. Whether the quota that is under way needs another. What was changed or taken away meanwhile keeps what it says.
Result<bool> Retention::count_some(TimeMs now_ms) {
  auto& [rest, under_way, binning, begun_ms, next_ms] = *counting_;
  auto& count = rest.back();
  if (!binning && TRY(count.next(db_, blobs_, under_way))) return true;
  if (!binning) binning = Counting::Binning{.use = count.use()};
  if (count.quota().oldest && TRY(bin_oldest())) return true;
  const auto experiment = TRY(experiment_or_all(count.quota().experiment_id));
  const auto body = json::encode(count.quota());
  const auto use = binning->use;
  TRY(db_.write([&](sql::Tx& tx) {
    return tx.exec("UPDATE retention_quotas SET runs = $1, points = $2, bytes = $3, measured_ms = $4 WHERE experiment_id = $5 AND body = $6", use.runs,
                   use.points, use.bytes, now_ms, experiment, body);
  }));
  return false;
}

// Whether there is more to count, or to take, at once. A count that takes long is not begun again at once: most of the time there is none.
// One that fails keeps what it had until the next; those behind it are counted all the same.
Result<bool> Retention::count_quotas(TimeMs now_ms) {
  auto& [rest, under_way, binning, begun_ms, next_ms] = *counting_;
  if (const bool changed = quotas_changed_.exchange(false); changed || (rest.empty() && now_ms >= next_ms)) {
    rest.clear();
    binning.reset();
    begun_ms = now_ms, next_ms = now_ms + kCountEveryMs;
    TRY(begin_counts());
  }
  for (const auto begun = monotonic_ns(); !rest.empty() && monotonic_ns() - begun < kSliceNs;) {
    const auto more = count_some(now_ms);
    if (more && *more) continue;
    rest.pop_back();
    binning.reset();
    if (rest.empty()) next_ms = now_ms + std::max(kCountEveryMs, kCountRest * (now_ms - begun_ms));
    TRY(more);
  }
  return !rest.empty();
}

}  // namespace gyre::tracking
