#include "policy/policy.h"

namespace gyre::policy {

Result<Figures> Service::figures() {
  struct ByVerdict {
    std::string policy, verdict;
    std::int64_t n;
  };
  struct ByPolicy {
    std::string policy;
    std::int64_t paused, open, closed;
  };
  return db_.read([](sql::Tx& tx) -> Result<Figures> {
    Figure decisions{"gyre_policy_decisions_total", "Decisions by policy and verdict.", Figure::Kind::counter, {}},
        paused{"gyre_policy_paused", "1 for a policy that is paused.", Figure::Kind::gauge, {}},
        cases{"gyre_policy_cases", "Cases by policy and state.", Figure::Kind::gauge, {}};
    for (const auto& row : TRY(tx.select<ByVerdict>("SELECT policy, verdict, COUNT(*) FROM decisions GROUP BY policy, verdict ORDER BY policy, verdict"))) {
      decisions.samples.push_back({{{"policy", row.policy}, {"verdict", row.verdict}}, static_cast<double>(row.n)});
    }
    for (const auto& row :
         TRY(tx.select<ByPolicy>("SELECT p.name, p.paused, COALESCE(SUM(CASE WHEN c.closed_ms = 0 THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN c.closed_ms > "
                                 "0 THEN 1 ELSE 0 END), 0) "
                                 "FROM policies p LEFT JOIN policy_cases c ON c.policy = p.name GROUP BY p.name, p.paused ORDER BY p.name"))) {
      paused.samples.push_back({{{"policy", row.policy}}, static_cast<double>(row.paused)});
      cases.samples.push_back({{{"policy", row.policy}, {"state", "open"}}, static_cast<double>(row.open)});
      cases.samples.push_back({{{"policy", row.policy}, {"state", "closed"}}, static_cast<double>(row.closed)});
    }
    return Figures{figure("gyre_policy_policies", "Policies.", Figure::Kind::gauge, static_cast<std::int64_t>(paused.samples.size())), std::move(decisions),
                   std::move(cases), std::move(paused)};
  });
}

}  // namespace gyre::policy
