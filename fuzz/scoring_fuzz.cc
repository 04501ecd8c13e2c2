// The body of a scoring request: what is taken has as many values in each column as rows; what is refused says why.
#include "api/inference/decode.h"
#include "fuzz/fuzz.h"

using namespace gyre;

namespace {

using infer::Port, infer::Type;

struct Model {
  infer::Signature signature;
  std::string id_column;
};

Model model_of(std::vector<Port> inputs, std::string id_column) {
  Model model;
  model.signature.inputs = std::move(inputs);
  model.id_column = std::move(id_column);
  return model;
}

const Model kModels[] = {
    model_of({{"a", Type::float32, {-1, 1}}, {"b", Type::int64, {-1, 1}}, {"w", Type::text, {-1, 1}}, {"t", Type::boolean, {-1, 1}}}, "id"),
    model_of({{"x", Type::float32, {-1, 3}}}, ""),
    model_of({{"i", Type::int32, {-1}}, {"d", Type::float64, {-1}}}, ""),
};

void check(const inference::Decoded& decoded, const infer::Signature& signature) {
  if (!decoded) {
    fuzz::require(decoded.error().error.code == Code::invalid && !decoded.error().error.message.empty(), "a refused body is the caller's mistake");
    return;
  }
  fuzz::require(decoded->columns.size() == signature.inputs.size(), "all inputs are there");
  fuzz::require(decoded->ids.empty() || decoded->ids.size() == decoded->rows, "an id a row");
  for (const auto& column : decoded->columns) {
    std::size_t values = 1;
    for (const auto extent : column.shape) values *= static_cast<std::size_t>(extent);
    fuzz::require(column.size() == values, "as many values as the shape says", column.name);
    fuzz::require(static_cast<std::size_t>(column.shape.front()) == decoded->rows, "as many rows in each column", column.name);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto body = fuzz::text_of(data, size);
  for (const auto& model : kModels) {
    const inference::Wanted wanted{model.signature, model.id_column};
    inference::OipRequest request, binary;
    check(inference::decode_mlflow(body, wanted), model.signature);
    check(inference::decode_oip(body, body.size(), wanted, request), model.signature);
    check(inference::decode_oip(body, body.find_last_of('}') + 1, wanted, binary), model.signature);
  }
  return 0;
}
