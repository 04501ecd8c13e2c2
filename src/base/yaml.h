// YAML read into the house's values, each with its line and column.
#pragma once

#include "base/json.h"

namespace gyre::yaml {

constexpr std::size_t kMaxBytes = 1 << 20;
constexpr std::size_t kMaxNodes = 200'000;  // aliases are expanded; this bounds the expansion

// One document. Plain scalars become null, true/false and numbers by YAML 1.2's core schema; quoted ones stay strings.
// Fails with `invalid` and "line L, column C".
Result<json::Value> parse(std::string_view text);

}  // namespace gyre::yaml
