#include "governance/governance.h"

namespace gyre::governance {

Result<Figures> Service::figures() {
  struct Counts {
    std::int64_t nodes, edges, entries;
  };
  const auto counts = TRY(db_.read([](sql::Tx& tx) {
                        return tx.select<Counts>(
                            "SELECT (SELECT COUNT(*) FROM graph_nodes), (SELECT COUNT(*) FROM graph_edges), (SELECT COALESCE(MAX(seq), 0) FROM audit_log)");
                      })).front();
  return Figures{figure("gyre_governance_nodes", "Things on the graph of what came from what.", Figure::Kind::gauge, counts.nodes),
                 figure("gyre_governance_edges", "Edges of that graph.", Figure::Kind::gauge, counts.edges),
                 figure("gyre_governance_audit_entries_total", "Entries of the audit log.", Figure::Kind::counter, counts.entries)};
}

}  // namespace gyre::governance
