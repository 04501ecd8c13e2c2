// What several rooms' answers are made of: checks of gates, versions and their state.
#pragma once

#include "api/rest/routes.h"
#include "api/rest/wire.h"

namespace gyre::rest {

// pass fail undecided skipped. `undecided`: it passes so far, but not enough was seen to tell.
std::string_view verdict_of(const policy::Check& check, bool undecided = false);

// The contract's Check.
void write_check(Writer& writer, const policy::Check& check, bool undecided, const std::optional<Link>& evidence);
void checks_field(Writer& writer, std::string_view name, const std::vector<policy::Check>& checks, bool undecided, const std::optional<Link>& evidence);

// Of those that can pass or not: what an alert measured is told, not judged, and what was not measured is neither.
struct Passed {
  std::int64_t passed = 0, checked = 0;
};
Passed count_passed(const std::vector<policy::Check>& checks);

// {verb, allowed, why}: why is empty when it is allowed.
struct Ability {
  std::string_view verb;
  std::string why;
};
void abilities_field(Writer& writer, std::string_view name, const std::vector<Ability>& abilities);

// At most the newest 24, oldest first.
void spark_fields(Writer& writer, std::vector<std::optional<double>> values, std::string_view label);

void nullable_text_field(Writer& writer, std::string_view name, std::string_view text);  // "": null

std::string_view policy_case_status(const policy::Case& one);
std::string_view decision_status(std::string_view verdict);

}  // namespace gyre::rest
