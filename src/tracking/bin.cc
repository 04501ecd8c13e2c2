#include "tracking/bin.h"

#include "governance/governance.h"

namespace gyre::tracking {

Result<void> put_in_bin(sql::Tx& tx, std::string_view run_id, TimeMs now_ms, std::string_view rule) {
  return tx.exec(
      "UPDATE runs SET lifecycle = 'deleted', deleted_ms = COALESCE(deleted_ms, $1), binned_by = CASE WHEN lifecycle = 'active' THEN $3 ELSE binned_by END "
      "WHERE id = $2 AND lifecycle <> 'purging'",
      now_ms, run_id, rule);
}

Result<void> take_from_bin(sql::Tx& tx, std::string_view run_id) {
  TRY(
      tx.exec("UPDATE logged_models SET deleted_ms = NULL WHERE source_run_id = $1 AND purging = 0 AND deleted_ms = (SELECT deleted_ms FROM runs WHERE id = "
              "$1)",
              run_id));
  return tx.exec("UPDATE runs SET lifecycle = 'active', deleted_ms = NULL, binned_by = NULL WHERE id = $1 AND lifecycle <> 'purging'", run_id);
}

Result<void> put_runs_in_bin(sql::Tx& tx, std::int64_t experiment_id, TimeMs now_ms) {
  return tx.exec("UPDATE runs SET lifecycle = 'deleted', deleted_ms = COALESCE(deleted_ms, $1) WHERE experiment_id = $2 AND lifecycle <> 'purging'", now_ms,
                 experiment_id);
}

Result<void> take_runs_from_bin(sql::Tx& tx, std::int64_t experiment_id) {
  return tx.exec("UPDATE runs SET lifecycle = 'active', deleted_ms = NULL, binned_by = NULL WHERE experiment_id = $1 AND lifecycle <> 'purging'",
                 experiment_id);
}

Result<void> take_model_from_bin(sql::Tx& tx, std::string_view model_id, TimeMs now_ms) {
  return tx.exec("UPDATE logged_models SET deleted_ms = NULL, updated_ms = $1 WHERE id = $2 AND purging = 0", now_ms, model_id);
}

Result<void> take_experiment_from_bin(sql::Tx& tx, std::int64_t experiment_id, TimeMs now_ms) {
  TRY(tx.exec("UPDATE experiments SET lifecycle = 'active', deleted_ms = NULL, updated_ms = $1 WHERE id = $2", now_ms, experiment_id));
  return take_runs_from_bin(tx, experiment_id);
}

std::string retention_urn() { return governance::urn("project", governance::kProject); }

Result<void> stamp_bin(sql::Tx& tx, TimeMs now_ms) {
  TRY(tx.exec("UPDATE experiments SET deleted_ms = $1 WHERE lifecycle = 'deleted' AND deleted_ms IS NULL", now_ms));
  return tx.exec("UPDATE runs SET deleted_ms = $1 WHERE lifecycle = 'deleted' AND lifecycle <> 'active' AND deleted_ms IS NULL", now_ms);
}

}  // namespace gyre::tracking
