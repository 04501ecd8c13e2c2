#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "governance/governance.h"
#include "policy/store.h"

namespace gyre::policy {
namespace {

constexpr std::size_t kAll = 10'000'000;

constexpr std::string_view kStates[] = {"waiting",  "training", "gating",      "rolling_out", "watching", "promoted",
                                        "proposed", "refused",  "rolled_back", "failed",      "cancelled"};

}  // namespace

Result<Findings> Service::verify() {
  Findings findings;
  const auto told = [&](std::string what) { findings.problems.push_back(std::move(what)); };
  std::map<std::string, Policy> policies;
  for (auto& policy : TRY(list())) policies.emplace(policy.name, std::move(policy));

  std::set<std::string> cases, open;
  for (const auto& one : TRY(this->cases("", kAll))) {
    ++findings.checked;
    cases.insert(one.id);
    const auto policy = policies.find(one.policy);
    if (policy == policies.end()) {
      told(fmt::format("case {}: there is no policy '{}'", one.id, one.policy));
      continue;
    }
    if (std::ranges::find(kStates, one.state) == std::end(kStates)) told(fmt::format("case {}: '{}' is no state", one.id, one.state));
    if (one.is_open() && !open.insert(one.policy).second) told(fmt::format("case {}: policy '{}' has another open case", one.id, one.policy));
    if (!one.pipeline_run.empty() && !pipelines_.run(one.pipeline_run)) told(fmt::format("case {}: there is no pipeline run {}", one.id, one.pipeline_run));
    for (const auto version : {one.candidate, one.champion}) {
      if (version == 0) continue;
      if (const auto there = registry_.version(policy->second.definition.model, version); !there)
        told(fmt::format("case {}: {}", one.id, there.error().message));
    }
    if (!one.alert.empty() && !monitoring_.alert(one.alert)) told(fmt::format("case {}: there is no alert {}", one.id, one.alert));
  }

  const auto decisions = TRY(this->decisions("", kAll));
  TRY(db_.read([&](sql::Tx& tx) -> Result<void> {
    for (const auto& decision : decisions) {
      ++findings.checked;
      if (!decision.case_id.empty() && !cases.contains(decision.case_id)) told(fmt::format("decision {}: there is no case {}", decision.id, decision.case_id));
      auto urns = decision.links;
      urns.push_back(governance::urn("decision", decision.id));
      for (const auto& urn : urns) {
        if (!TRY(governance::is_known(tx, urn))) told(fmt::format("decision {}: '{}' is not on the graph", decision.id, urn));
      }
    }
    return {};
  }));
  return findings;
}

}  // namespace gyre::policy
