#include "tracking/presence.h"

#include <fmt/format.h>

namespace gyre::tracking {
namespace {

struct One {
  std::int64_t one;
};

template <class Id>
Result<bool> finds(sql::Tx& tx, std::string_view query, Id id) {
  return TRY(tx.select_one<One>(query, id)).has_value();
}

}  // namespace

Result<bool> has_experiment(sql::Tx& tx, std::int64_t experiment) { return finds(tx, "SELECT 1 FROM experiments WHERE id = $1", experiment); }
Result<bool> has_run(sql::Tx& tx, std::string_view run_id) { return finds(tx, "SELECT 1 FROM runs WHERE id = $1", run_id); }
Result<bool> is_ensured(sql::Tx& tx, std::string_view run_id) { return finds(tx, "SELECT 1 FROM runs WHERE id = $1 AND ensure_key IS NOT NULL", run_id); }
Result<bool> is_purging(sql::Tx& tx, std::string_view run_id) { return finds(tx, "SELECT 1 FROM runs WHERE id = $1 AND lifecycle = 'purging'", run_id); }

std::string experiment_is_there(std::string_view column) { return fmt::format("EXISTS (SELECT 1 FROM experiments AS tracked WHERE tracked.id = {})", column); }

std::string experiment_is_active(std::string_view column) {
  return fmt::format("EXISTS (SELECT 1 FROM experiments AS tracked WHERE tracked.id = {} AND tracked.lifecycle = 'active')", column);
}

}  // namespace gyre::tracking
