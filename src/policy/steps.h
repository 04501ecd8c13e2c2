// A policy's steps as people read them. Inside policy/ only.
#pragma once

#include "policy/policy.h"

namespace gyre::policy {

// What it does once its guards hold, in order, and how far the case has come.
std::vector<Step> steps_of(const Definition& definition, const std::optional<Case>& one);

}  // namespace gyre::policy
