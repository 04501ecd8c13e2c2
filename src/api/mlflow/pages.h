// Pages as MLflow counts them: by an offset in a token.
#pragma once

#include "api/mlflow/wire.h"

namespace gyre::mlflow {

// base64 of {"offset": N}, as MLflow's.
std::string page_token(std::int64_t offset);
Result<std::int64_t> page_offset(const Args& args);
// max_results must be from 1 to `most`.
Result<void> check_page_size(std::int64_t size, std::int64_t most);

}  // namespace gyre::mlflow
