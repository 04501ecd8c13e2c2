#include "governance/forget.h"

namespace gyre::governance {

Result<void> forget(sql::Tx& tx, std::string_view urn) {
  return tx.exec("DELETE FROM graph_nodes WHERE urn = $1 AND NOT EXISTS (SELECT 1 FROM graph_edges WHERE cause = $1 OR effect = $1)", urn);
}

}  // namespace gyre::governance
