// Quotas: kept in the database, changed by people, told in the audit log.
#include <fmt/format.h>

#include <algorithm>

#include "governance/governance.h"
#include "tracking/bin.h"
#include "tracking/quota_gate.h"
#include "tracking/retention.h"

namespace gyre::tracking {
namespace {

constexpr std::int64_t kMaxLimit = std::int64_t{1} << 60;
constexpr auto kLimits = "runs, points or bytes: 1 to 2^60";

struct Count {
  std::int64_t n;
};

Result<void> check_limits(const Quota& quota) {
  for (const auto limit : {quota.runs, quota.points, quota.bytes}) {
    if (limit < 0 || limit > kMaxLimit) return fail(Code::invalid, fmt::format("{} is no limit of a quota", limit), {}, kLimits);
  }
  if (quota.runs == 0 && quota.points == 0 && quota.bytes == 0) return fail(Code::invalid, "this quota limits nothing", {}, kLimits);
  return {};
}

}  // namespace

Result<std::vector<StoredQuota>> Retention::quotas() { return db_.read(read_quotas); }

Result<TimeMs> Retention::set_quota(const Quota& wanted, std::string_view actor) {
  TRY(check_limits(wanted));
  const auto experiment = TRY(experiment_or_all(wanted.experiment_id));
  auto quota = wanted;
  if (experiment >= 0) quota.experiment_id = std::to_string(experiment);  // "007" is kept as 7
  const auto body = json::encode(quota);
  const auto now_ms = clock_.now_ms();
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    if (experiment >= 0 && !TRY(tx.select_one<Count>("SELECT 1 FROM experiments WHERE id = $1", experiment)))
      return fail(Code::not_found, fmt::format("No Experiment with id={} exists", quota.experiment_id));
    if (TRY(tx.select<Count>("SELECT COUNT(*) FROM retention_quotas WHERE experiment_id <> $1", experiment)).front().n >= kMaxQuotas)
      return fail(Code::exhausted, fmt::format("there are {} quotas already", kMaxQuotas), {}, "gyre retention quota EXPERIMENT --rm takes one away");
    TRY(
        tx.exec("INSERT INTO retention_quotas (experiment_id, body, runs, bytes, points) VALUES ($1, $2, 0, 0, 0) ON CONFLICT (experiment_id) "
                "DO UPDATE SET body = excluded.body, measured_ms = NULL",
                experiment, body));
    return governance::audit(tx, {now_ms, std::string(actor), "retention.set-quota", retention_urn(), TRY(json::parse(body))});
  }));
  quotas_changed_ = true;
  return now_ms;
}

Result<void> Retention::remove_quota(std::string_view experiment_id, std::string_view actor) {
  const auto experiment = TRY(experiment_or_all(experiment_id));
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(tx.exec("DELETE FROM retention_quotas WHERE experiment_id = $1", experiment));
    if (tx.changed_rows() == 0) return fail(Code::not_found, fmt::format("there is no quota of {}", whose(experiment)), {}, "gyre retention quota lists them");
    return governance::audit(tx, {clock_.now_ms(), std::string(actor), "retention.remove-quota", retention_urn(), json::Object{{"experiment", experiment_id}}});
  }));
  quotas_changed_ = true;
  return {};
}

}  // namespace gyre::tracking
