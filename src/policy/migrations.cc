#include "policy/policy.h"

namespace gyre::policy {
namespace {

constexpr char kPolicies[] = {
#embed "migrations/0001_policies.sql"
};
constexpr char kHistory[] = {
#embed "migrations/0002_history.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {
      {"policy/0001_policies", {kPolicies, sizeof kPolicies}},
      {"policy/0002_history", {kHistory, sizeof kHistory}},
  };
  return kAll;
}

}  // namespace gyre::policy
