// The part of GraphQL by which MLflow's page asks: operations, variables, fields with arguments and aliases, fragments.
// Directives, subscriptions and introspection are refused.
#pragma once

#include "base/json.h"

namespace gyre::mlflow::graphql {

constexpr std::size_t kMaxQueryBytes = 64 << 10, kMaxDepth = 10, kMaxSelections = 1000, kMaxRootFields = 10, kMaxAliases = 10;

struct Field {
  std::string alias, name;  // alias: the name where none is given
  json::Value arguments;    // an object, variables filled in
  std::vector<Field> fields;
};

struct Operation {
  bool mutation = false;
  std::vector<Field> fields;  // fragments are spread
};

// `operation` chooses among several by name. `invalid` tells what is wrong, and where the text stops making sense.
Result<Operation> read(std::string_view text, const json::Value& variables, std::string_view operation);

}  // namespace gyre::mlflow::graphql
