// Single values of MLflow's JSON: numbers may come as text, and what has another type is refused in MLflow's words.
#pragma once

#include "base/json.h"

namespace gyre::mlflow {

Result<std::int64_t> to_integer(const json::Value& value, std::string_view path);
Result<double> to_number(const json::Value& value, std::string_view path);
std::string plain_text(const json::Value& value);
std::unexpected<Error> wrong_type(const json::Value& value, std::string_view path);
std::unexpected<Error> missing(std::string_view path);

}  // namespace gyre::mlflow
