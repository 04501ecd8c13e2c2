#include "tracking/purge.h"

#include <fmt/format.h>

#include "governance/forget.h"
#include "governance/governance.h"
#include "tracking/console.h"
#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

struct Marked {
  std::string id, artifact_uri;
};

struct Id {
  std::int64_t id;
};

// Rows of other tables that go with an owner: their table, the column that names it, and what tells them apart.
struct Rows {
  std::string_view table, owner, key;
};

constexpr Rows kPointsOfRun[] = {{"metric_owed", "run_id", "number"}, {"metric_tail", "run_id", "number"}};
constexpr Rows kPointsOfSeries[] = {{"metric_chunks", "series_id", "number"}, {"metric_sheets", "series_id", "number"}};
constexpr Rows kRestOfRun[] = {{"run_stops", "run_id", "run_id"},     {"run_beats", "run_id", "run_id"},
                               {"run_copies", "run_id", "run_id"},    {"run_params", "run_id", "key"},
                               {"run_tags", "run_id", "key"},         {"run_datasets", "run_id", "digest"},
                               {"run_outputs", "run_id", "model_id"}, {"run_model_inputs", "run_id", "model_id"},
                               {"run_sources", "run_id", "source"},   {"run_console_pieces", "run_id", "at_offset"},
                               {"run_consoles", "run_id", "run_id"}};
constexpr Rows kRestOfModel[] = {{"logged_model_metrics", "model_id", "(key, step, at_ms, run_id, dataset_name, dataset_digest)"},
                                 {"logged_model_params", "model_id", "key"},
                                 {"logged_model_tags", "model_id", "key"}};

// Deletes within what is left of a transaction's rows; whether all of the owner's are gone.
template <class Owner>
Result<bool> remove_rows(sql::Tx& tx, const Rows& rows, const Owner& owner, std::int64_t& left) {
  const auto columns = rows.key.starts_with('(') ? rows.key.substr(1, rows.key.size() - 2) : rows.key;
  TRY(tx.exec(fmt::format("DELETE FROM {0} WHERE {1} = $1 AND {2} IN (SELECT {3} FROM {0} WHERE {1} = $1 LIMIT {4})", rows.table, rows.owner, rows.key, columns,
                          kPurgedRows),
              owner));
  left -= tx.changed_rows();
  return left > 0;
}

template <class Owner>
Result<bool> remove_all_rows(sql::Tx& tx, std::span<const Rows> all, const Owner& owner, std::int64_t& left) {
  for (const auto& rows : all) {
    if (!TRY(remove_rows(tx, rows, owner, left))) return false;
  }
  return true;
}

// The tail goes before the series: a sealer that read it then fails, since it takes its batches out and puts its chunks in at once.
Result<bool> remove_points(sql::Tx& tx, const std::string& run_id, std::int64_t& left) {
  if (!TRY(remove_all_rows(tx, kPointsOfRun, run_id, left))) return false;
  const auto series = TRY(tx.select<Id>("SELECT id FROM metric_series WHERE run_id = $1 ORDER BY id LIMIT $2", run_id, kPurgedSeries));
  for (const auto& one : series) {
    if (!TRY(remove_all_rows(tx, kPointsOfSeries, one.id, left))) return false;
    TRY(tx.exec("DELETE FROM metric_series WHERE id = $1", one.id));
    if (--left <= 0) return false;
  }
  return std::ssize(series) < kPurgedSeries;
}

Result<bool> remove_run(sql::Tx& tx, const std::string& id) {
  auto left = kPurgedRows;
  if (!TRY(remove_points(tx, id, left)) || !TRY(remove_all_rows(tx, kRestOfRun, id, left))) return false;
  TRY(governance::forget(tx, governance::urn("run", id)));
  TRY(tx.exec("DELETE FROM runs WHERE id = $1", id));
  return true;
}

Result<bool> remove_model(sql::Tx& tx, const std::string& id) {
  auto left = kPurgedRows;
  if (!TRY(remove_all_rows(tx, kRestOfModel, id, left))) return false;
  TRY(tx.exec("DELETE FROM logged_models WHERE id = $1", id));
  return true;
}

Result<Purged> remove_files(sql::Db& db, blob::Store& blobs, const std::vector<blob::Object>& files) {
  Purged purged{.more = true};
  for (const auto& file : files) {
    TRY(blobs.remove(file.key));
    ++purged.files;
    purged.bytes += file.size_bytes;
  }
  TRY(db.write([&](sql::Tx& tx) -> Result<void> {
    TRY(count_purged(tx, "files", purged.files));
    return count_purged(tx, "bytes", purged.bytes);
  }));
  return purged;
}

template <class Remove>
Result<Purged> purge_one(sql::Db& db, blob::Store& blobs, const Marked& marked, std::string_view kind, Remove remove) {
  for (const auto& prefix : {files_prefix(marked.artifact_uri, marked.id), kind == "runs" ? console_prefix(marked.id) : std::string()}) {
    if (prefix.empty()) continue;
    const auto files = TRY(blobs.list(prefix, "", kPurgedFiles));
    if (!files.empty()) return remove_files(db, blobs, files);
  }
  const bool gone = TRY(db.write([&](sql::Tx& tx) -> Result<bool> {
    const bool whole = TRY(remove(tx, marked.id));
    if (whole) TRY(count_purged(tx, kind, 1));
    return whole;
  }));
  return Purged{.more = true, .runs = gone && kind == "runs", .models = gone && kind == "models"};
}

}  // namespace

Result<void> count_purged(sql::Tx& tx, std::string_view name, std::int64_t amount) {
  if (amount == 0) return {};
  return tx.exec("INSERT INTO retention_totals (name, amount) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET amount = retention_totals.amount + $2", name,
                 amount);
}

std::string files_prefix(std::string_view artifact_uri, std::string_view id) {
  if (!artifact_uri.starts_with(kArtifactScheme)) return "";
  const auto key = artifact_key(artifact_uri);
  if (!key || !key->contains(id)) return "";
  const auto folder = *key + "/", own = fmt::format("/{}/", id);
  const auto at = folder.rfind(own);  // the run's own, also where its experiment's folder has that name; what lies beside "artifacts" there is the run's too
  return at == std::string::npos ? folder : folder.substr(0, at + own.size());
}

Result<std::int64_t> bytes_below(blob::Store& blobs, const std::string& prefix) {
  std::int64_t bytes = 0;
  for (std::string after; !prefix.empty();) {
    const auto objects = TRY(blobs.list(prefix, after, blob::kMaxListed));
    for (const auto& object : objects) bytes += object.size_bytes;
    if (objects.size() < blob::kMaxListed) break;
    after = objects.back().key;
  }
  return bytes;
}

Result<Purged> purge_some(sql::Db& db, blob::Store& blobs) {
  const auto run = TRY(db.read([](sql::Tx& tx) {
    return tx.select_one<Marked>("SELECT id, artifact_uri FROM runs WHERE lifecycle = 'purging' AND lifecycle <> 'active' ORDER BY deleted_ms, id LIMIT 1");
  }));
  if (run) return purge_one(db, blobs, *run, "runs", remove_run);
  const auto model = TRY(db.read([](sql::Tx& tx) {
    return tx.select_one<Marked>("SELECT id, artifact_uri FROM logged_models WHERE purging = 1 AND deleted_ms IS NOT NULL ORDER BY deleted_ms, id LIMIT 1");
  }));
  if (model) return purge_one(db, blobs, *model, "models", remove_model);
  return Purged{};
}

Result<std::int64_t> points_of_run(sql::Tx& tx, std::string_view run_id) {
  struct Number {
    std::int64_t n;
  };
  return TRY(tx.select<Number>("SELECT CAST(COALESCE(SUM(points), 0) AS BIGINT) FROM metric_series WHERE run_id = $1", run_id)).front().n;
}

}  // namespace gyre::tracking
