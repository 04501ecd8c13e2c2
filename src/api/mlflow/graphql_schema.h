// The types of MLflow's GraphQL that its page reads.
#pragma once

#include <string>
#include <string_view>

namespace gyre::mlflow::graphql {

enum class Shape { text, whole, real, truth, object, list, texts };  // whole: 64 bits, which JSON's readers want as text

struct Member {
  std::string_view type, name;  // as the query has it: "MlflowRunInfo", "runName"
  Shape shape = Shape::text;
  std::string_view of = "";  // the type of an object, or of a list's items
};

// Nothing: the type has no such field.
const Member* find_member(std::string_view type, std::string_view name);

struct Root {
  bool mutation;
  std::string_view name, method, path, type;  // the call of the REST that answers it, and what it answers with
};
const Root* find_root(bool mutation, std::string_view name);

std::string snake_case(std::string_view name);

}  // namespace gyre::mlflow::graphql
