// What was scored, in the words of each scoring protocol.
#pragma once

#include <string>
#include <string_view>

#include "serving/serving.h"

namespace gyre::inference {

// MLflow, as its server answers with an ONNX model: to a dataframe a list of records, {"predictions": [{"output": value}, ...]},
// to tensors {"predictions": {"output": [values, nested by shape]}}. A record holds a list where an output has several values a row.
enum class Form { tensors, records };
std::string encode_mlflow(const serving::Scored& scored, Form form);

// Open Inference Protocol v2.
std::string encode_oip(std::string_view endpoint, std::string_view id, const serving::Scored& scored);

}  // namespace gyre::inference
