#include "traces/needs.h"

namespace gyre::traces {
namespace {

struct One {
  std::int64_t one;
};

}  // namespace

Result<std::optional<std::string>> needs(sql::Tx& tx, const tracking::Claim& claim) {
  if (claim.experiment_id.empty()) return std::nullopt;
  const auto found = TRY(tx.select_one<One>("SELECT 1 FROM traces WHERE experiment_id = CAST($1 AS BIGINT) LIMIT 1", claim.experiment_id));
  return found ? std::optional<std::string>("it has traces") : std::nullopt;
}

}  // namespace gyre::traces
