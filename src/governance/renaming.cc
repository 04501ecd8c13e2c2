#include "governance/governance.h"

namespace gyre::governance {
namespace {

struct One {
  std::int64_t n;
};

}  // namespace

Result<bool> has_effect(sql::Tx& tx, std::string_view urn, std::string_view relation) {
  return TRY(tx.select_one<One>("SELECT 1 FROM graph_edges WHERE cause = $1 AND relation = $2 LIMIT 1", urn, relation)).has_value();
}

Result<void> rename_node(sql::Tx& tx, std::string_view urn, std::string_view new_urn, std::string_view new_name) {
  // What is left under the new URN by something that was deleted gives way.
  TRY(tx.exec("DELETE FROM graph_edges WHERE cause = $1 OR effect = $1", new_urn));
  TRY(tx.exec("DELETE FROM graph_nodes WHERE urn = $1", new_urn));
  TRY(tx.exec("UPDATE graph_nodes SET urn = $1, name = $2 WHERE urn = $3", new_urn, new_name, urn));
  TRY(tx.exec("UPDATE graph_edges SET cause = $1 WHERE cause = $2", new_urn, urn));
  return tx.exec("UPDATE graph_edges SET effect = $1 WHERE effect = $2", new_urn, urn);
}

}  // namespace gyre::governance
