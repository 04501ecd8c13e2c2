// What was scored, in the words of each scoring protocol.
#pragma once

#include <string>
#include <string_view>

#include "serving/serving.h"

namespace gyre::inference {

// MLflow: {"predictions": {"output": [values], ...}}, or the list alone where there is one output.
std::string encode_mlflow(const serving::Scored& scored);

// Open Inference Protocol v2.
std::string encode_oip(std::string_view endpoint, std::string_view id, const serving::Scored& scored);

}  // namespace gyre::inference
