#include "governance/governance.h"

namespace gyre::governance {
namespace {

constexpr char kGraph[] = {
#embed "migrations/0001_graph.sql"
};

constexpr char kAuditHead[] = {
#embed "migrations/0002_audit_head.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"governance/0001_graph", {kGraph, sizeof kGraph}},
                                            {"governance/0002_audit_head", {kAuditHead, sizeof kAuditHead}}};
  return kAll;
}

}  // namespace gyre::governance
