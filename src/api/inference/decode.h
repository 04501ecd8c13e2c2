// From a request's body to columns, straight from the parser: this is the hot path.
#pragma once

#include <expected>

#include "serving/serving.h"

namespace gyre::inference {

// What a request must bring.
struct Wanted {
  const infer::Signature& signature;
  std::string_view id_column;  // "": none
};

using Decoded = std::expected<serving::Batch, serving::Refusal>;

// MLflow: {"dataframe_split": …}, {"dataframe_records": …}, {"inputs": …}, {"instances": …}.
Decoded decode_mlflow(std::string_view body, const Wanted& wanted);

// Open Inference Protocol v2: {"id": …, "inputs": [{"name", "shape", "datatype", "data"}]}. `id` is given back where there is one.
Decoded decode_oip(std::string_view body, const Wanted& wanted, std::string& id);

}  // namespace gyre::inference
