// The tables of policies. Inside policy/ only.
#pragma once

#include "policy/policy.h"

namespace gyre::policy {

Result<void> put_case(sql::Tx& tx, const Case& one);
Result<std::vector<Case>> select_cases(sql::Tx& tx, std::string_view policy, std::size_t limit);
// With node, edges, audit entry and event.
Result<void> put_decision(sql::Tx& tx, const Decision& decision);
Result<std::vector<Decision>> select_decisions(sql::Tx& tx, std::string_view policy, std::string_view id, std::size_t limit);
Result<std::vector<Decision>> select_decisions_between(sql::Tx& tx, std::string_view policy, TimeMs from_ms, TimeMs to_ms, std::size_t limit);

}  // namespace gyre::policy
