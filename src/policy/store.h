// The tables of policies. Inside policy/ only.
#pragma once

#include "policy/policy.h"

namespace gyre::policy {

Result<void> put_case(sql::Tx& tx, const Case& one);
Result<std::vector<Case>> select_cases(sql::Tx& tx, std::string_view policy, std::size_t limit);
Result<std::optional<Case>> select_case(sql::Tx& tx, std::string_view id);
// With node, edges, audit entry and event.
Result<void> put_decision(sql::Tx& tx, const Decision& decision);
Result<std::optional<Decision>> select_decision(sql::Tx& tx, std::string_view id);
Result<std::vector<Decision>> select_decisions(sql::Tx& tx, const DecisionFilter& filter, std::size_t limit, std::size_t offset);
Result<std::int64_t> count_decisions(sql::Tx& tx, const DecisionFilter& filter);
// Alerts that a case answers, and the newest decision of the case that answers one.
Result<void> put_case_alert(sql::Tx& tx, std::string_view alert, std::string_view case_id);
Result<std::optional<Decision>> select_answer(sql::Tx& tx, std::string_view alert);

}  // namespace gyre::policy
