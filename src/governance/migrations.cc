#include "governance/governance.h"

namespace gyre::governance {
namespace {

constexpr char kGraph[] = {
#embed "migrations/0001_graph.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"governance/0001_graph", {kGraph, sizeof kGraph}}};
  return kAll;
}

}  // namespace gyre::governance
