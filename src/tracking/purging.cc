#include "tracking/purging.h"

namespace gyre::tracking {

Result<bool> is_purging(sql::Tx& tx, std::string_view run_id) {
  struct One {
    std::int64_t one;
  };
  return TRY(tx.select_one<One>("SELECT 1 FROM runs WHERE id = $1 AND lifecycle = 'purging'", run_id)).has_value();
}

}  // namespace gyre::tracking
