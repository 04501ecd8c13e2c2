// The arguments of a call as they come, in a body or a query, brought into one form. Inside api/mlflow/ only.
#pragma once

#include "api/mlflow/wire.h"

namespace gyre::mlflow {

// An object, its names in snake_case.
Result<json::Value> read_body(const net::Request& request);
// A repeated key is a list.
json::Value read_query(const net::Request& request);
// A query has no types: one text is also a list of one, and "true" a truth.
Result<void> give_types(json::Value& value, std::initializer_list<Expected> expected);
// The R client writes each number and truth of a body as a text: TRUE, and 100000 as 1e+05.
void read_truths_of_r(json::Value& value, std::initializer_list<Expected> expected);

}  // namespace gyre::mlflow
