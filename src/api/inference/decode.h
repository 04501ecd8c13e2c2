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
// `dataframe` tells whether it was one of the first two, which are answered in another form.
Decoded decode_mlflow(std::string_view body, const Wanted& wanted, bool* dataframe = nullptr);

// Open Inference Protocol v2: {"id": …, "inputs": [{"name", "shape", "datatype", "data"}], "outputs": [{"name"}]}. With the binary
// extension the JSON is the first `json_bytes` of the body, and values of tensors follow it in their order.
struct OipRequest {
  std::string id;                    // given back where there is one
  std::vector<std::string> outputs;  // asked for; none: all
};
Decoded decode_oip(std::string_view body, std::size_t json_bytes, const Wanted& wanted, OipRequest& request);

}  // namespace gyre::inference
