#include "policy/policy.h"

namespace gyre::policy {
namespace {

constexpr char kPolicies[] = {
#embed "migrations/0001_policies.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"policy/0001_policies", {kPolicies, sizeof kPolicies}}};
  return kAll;
}

}  // namespace gyre::policy
