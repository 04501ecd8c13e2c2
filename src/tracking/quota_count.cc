#include "tracking/quota_count.h"

#include <fmt/format.h>

#include "tracking/purge.h"
#include "tracking/quota_gate.h"

namespace gyre::tracking {
namespace {

constexpr std::int64_t kCountedAtOnce = 512;  // rows of one statement

// Of one experiment by its own index, of all by the primary key.
constexpr auto kOfOne = "experiment_id = $1 AND lifecycle = 'active' AND (start_ms, id) > ($2, $3) ORDER BY start_ms, id LIMIT $4";
constexpr auto kOfAll = "lifecycle = 'active' AND id > $1 ORDER BY id LIMIT $2";

constexpr auto kModels =
    "SELECT id, artifact_uri, created_ms, CAST(0 AS BIGINT) FROM logged_models AS m WHERE purging = 0 AND deleted_ms IS NULL AND (CAST($1 AS BIGINT) < "
    "0 OR experiment_id = $1) AND id > $2 AND EXISTS (SELECT 1 FROM experiments AS e WHERE e.id = m.experiment_id AND e.lifecycle = 'active') ORDER BY id "
    "LIMIT $3";

// Points are added up where there is a limit of them.
std::string runs_text(const Quota& quota) {
  return fmt::format("SELECT id, artifact_uri, start_ms, {} FROM runs WHERE {}",
                     quota.points > 0 ? "(SELECT CAST(COALESCE(SUM(points), 0) AS BIGINT) FROM metric_series WHERE run_id = runs.id)" : "CAST(0 AS BIGINT)",
                     quota.experiment_id.empty() ? kOfAll : kOfOne);
}

std::int64_t bytes_below(const UnderWay& under_way, std::string_view prefix) {
  std::int64_t bytes = 0;
  for (auto at = under_way.lower_bound(prefix); at != under_way.end() && at->first.starts_with(prefix); ++at) bytes += at->second;
  return bytes;
}

}  // namespace

void FileSizes::add(std::string_view artifact_uri, std::string_view id) {
  if (auto prefix = files_prefix(artifact_uri, id); !prefix.empty()) prefixes_.push_back(std::move(prefix));
}

Result<std::int64_t> FileSizes::next(blob::Store& blobs, const UnderWay& under_way) {
  const auto files = TRY(blobs.list(prefixes_.back(), after_, blob::kMaxListed));
  std::int64_t bytes = 0;
  for (const auto& file : files) bytes += file.size_bytes;
  const bool whole = files.size() < blob::kMaxListed;
  after_ = whole ? "" : files.back().key;
  if (whole) bytes += bytes_below(under_way, prefixes_.back());
  if (whole) prefixes_.pop_back();
  return bytes;
}

struct QuotaCount::Holder {
  std::string id, artifact_uri;
  std::int64_t at_ms, points;
};

Result<std::vector<QuotaCount::Holder>> QuotaCount::page_of_runs(sql::Tx& tx, std::int64_t experiment) const {
  if (experiment < 0) return tx.select<Holder>(runs_text(quota_), after_, kCountedAtOnce);
  return tx.select<Holder>(runs_text(quota_), experiment, after_ms_, after_, kCountedAtOnce);
}

Result<std::vector<QuotaCount::Holder>> QuotaCount::page_of_models(sql::Tx& tx, std::int64_t experiment) const {
  return tx.select<Holder>(kModels, experiment, after_, kCountedAtOnce);
}

Result<bool> QuotaCount::next(sql::Db& db, blob::Store& blobs, const UnderWay& under_way) {
  if (!files_.done()) {
    use_.bytes += TRY(files_.next(blobs, under_way));
    return true;
  }
  const auto experiment = TRY(experiment_or_all(quota_.experiment_id));
  const auto page = TRY(db.read([&](sql::Tx& tx) { return of_models_ ? page_of_models(tx, experiment) : page_of_runs(tx, experiment); }));
  if (page.empty()) {
    if (of_models_ || quota_.bytes == 0) return false;
    of_models_ = true;
    after_.clear();
    return true;
  }
  after_ms_ = page.back().at_ms, after_ = page.back().id;
  if (!of_models_) use_.runs += std::ssize(page);
  for (const auto& holder : page) {
    use_.points += holder.points;
    if (quota_.bytes > 0) files_.add(holder.artifact_uri, holder.id);
  }
  return true;
}

}  // namespace gyre::tracking
