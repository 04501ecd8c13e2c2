#include "tracking/quota_gate.h"

#include <fmt/format.h>

#include <algorithm>

namespace gyre::tracking {
namespace {

struct QuotaRow {
  std::string body;
  std::int64_t runs, points, bytes;
  std::optional<std::int64_t> measured_ms;
};
struct Place {
  std::int64_t experiment_id;
};

}  // namespace

Result<std::vector<StoredQuota>> read_quotas(sql::Tx& tx) {
  std::vector<StoredQuota> all;
  for (const auto& row : TRY(tx.select<QuotaRow>("SELECT body, runs, points, bytes, measured_ms FROM retention_quotas ORDER BY experiment_id")))
    all.push_back({TRY(json::decode_text<Quota>(row.body)), {row.runs, row.points, row.bytes}, row.measured_ms});
  return all;
}

std::string whose(std::int64_t experiment) { return experiment < 0 ? std::string("all experiments together") : fmt::format("experiment {}", experiment); }

std::vector<Reached> reached(const Quota& quota, const Usage& use, bool beyond) {
  std::vector<Reached> all;
  const auto add = [&](std::string_view what, std::int64_t amount, std::int64_t limit) {
    if (limit > 0 && amount >= limit + (beyond ? 1 : 0)) all.push_back({what, amount, limit});
  };
  add("runs", use.runs, quota.runs);
  add("points", use.points, quota.points);
  add("bytes", use.bytes, quota.bytes);
  return all;
}

Result<std::vector<QuotaGate::Full>> QuotaGate::read_full() {
  std::vector<Full> full;
  for (const auto& stored : TRY(db_.read(read_quotas))) {
    if (stored.quota.oldest || !stored.counted_ms) continue;
    const auto experiment = TRY(experiment_or_all(stored.quota.experiment_id));
    for (const auto& one : reached(stored.quota, stored.use)) full.push_back({experiment, one});
  }
  return full;
}

// The first who comes reads; others go by what is known until then. A clock that was set back does not keep anybody out. A database
// that does not answer fails what is written to it, and needs no second voice here.
void QuotaGate::refresh(TimeMs now_ms) {
  auto read_ms = read_ms_.load(std::memory_order_relaxed);
  if (now_ms >= read_ms && now_ms < read_ms + kLookEveryMs) return;
  if (!read_ms_.compare_exchange_strong(read_ms, now_ms)) return;
  auto full = read_full();
  if (!full) return;
  const bool points = std::ranges::any_of(*full, [](const Full& one) { return one.reached.what == "points"; });
  const bool runs = std::ranges::any_of(*full, [](const Full& one) { return one.reached.what != "points"; });
  const std::scoped_lock lock(mutex_);
  full_ = std::move(*full);
  points_ = points;
  runs_ = runs;
}

Result<void> QuotaGate::refuse(std::int64_t experiment_id, bool points) {
  const std::scoped_lock lock(mutex_);
  for (const auto& [of, reached] : full_) {
    if ((reached.what == "points") != points || (of >= 0 && of != experiment_id)) continue;
    return fail(Code::denied, fmt::format("the quota of {} is reached: {} {} of {}. Delete runs (what experiments hold is counted again within a minute), or "
                                          "set a larger quota: gyre retention quota {} --{} N",
                                          whose(of), reached.use, reached.what, reached.limit, of < 0 ? "all" : std::to_string(of), reached.what));
  }
  return {};
}

Result<void> QuotaGate::check_run(std::int64_t experiment_id) {
  if (!runs_.load(std::memory_order_relaxed)) return {};
  return refuse(experiment_id, false);
}

Result<void> QuotaGate::check_points(std::string_view run_id) {
  if (!points_.load(std::memory_order_relaxed)) return {};
  const auto place = TRY(db_.read([&](sql::Tx& tx) { return tx.select_one<Place>("SELECT experiment_id FROM runs WHERE id = $1", run_id); }));
  return place ? refuse(place->experiment_id, true) : Result<void>();
}

}  // namespace gyre::tracking
