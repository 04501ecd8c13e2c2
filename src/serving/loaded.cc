#include "serving/loaded.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "base/case.h"
#include "base/decode.h"
#include "base/hash.h"

namespace gyre::serving {

BOOST_DESCRIBE_STRUCT(Route, (), (version, weight, role))

namespace {

constexpr std::int64_t kWarmUpRows = 2;  // one would not tell outputs by row from outputs of the whole batch

infer::Tensor harmless(const infer::Port& port, const Vocabulary& vocabulary) {
  infer::Tensor tensor{port.name, port.shape, {}};
  std::size_t count = 1;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    auto& extent = tensor.shape[i];
    if (extent < 0) extent = i == 0 ? kWarmUpRows : 1;
    count *= static_cast<std::size_t>(extent);
  }
  switch (port.type) {
    case infer::Type::float64:
      tensor.values = std::vector<double>(count);
      break;
    case infer::Type::int32:
      tensor.values = std::vector<std::int32_t>(count);
      break;
    case infer::Type::int64:
      tensor.values = std::vector<std::int64_t>(count);
      break;
    case infer::Type::boolean:
      tensor.values = std::vector<bool>(count);
      break;
    case infer::Type::text: {
      const auto words = vocabulary.find(port.name);
      tensor.values = std::vector<std::string>(count, words == vocabulary.end() || words->second.empty() ? "" : *words->second.begin());
      break;
    }
    default:
      tensor.values = std::vector<float>(count);
  }
  return tensor;
}

}  // namespace

// A key's hash in [0, 1) falls into one version's share.
const LoadedVersion& Loaded::pick(std::string_view key) const {
  if (primaries.size() == 1) return primaries.front();
  const double place = static_cast<double>(stable_hash(key) >> 11) * 0x1.0p-53;
  double total = 0, upto = 0;
  for (const auto& version : primaries) total += version.route.weight;
  for (const auto& version : primaries) {
    upto += version.route.weight / total;
    if (place < upto) return version;
  }
  return primaries.back();
}

Batch example_of(const infer::Signature& signature) {
  const auto vocabulary = vocabulary_of(signature);
  Batch batch{kWarmUpRows, {}, {}};
  for (const auto& port : signature.inputs) batch.columns.push_back(harmless(port, vocabulary));
  return batch;
}

Result<void> warm_up(const infer::Session& session) {
  const auto inputs = example_of(session.signature()).columns;
  const auto rows = inputs.front().shape.empty() ? 0 : inputs.front().shape.front();
  for (const auto& output : TRY(session.run(inputs))) {
    const bool by_row = !output.shape.empty() && output.shape.front() == rows;
    if (!by_row)
      return fail(Code::invalid,
                  fmt::format("output '{}' has shape [{}] for {} rows: it does not give a value for each", output.name, fmt::join(output.shape, ", "), rows));
  }
  return {};
}

// Parquet's readers do not tell apart names that differ in case only.
Result<void> check_columns(const infer::Signature& signature) {
  std::set<std::string> names;
  for (const auto* ports : {&signature.inputs, &signature.outputs}) {
    for (const auto& port : *ports) {
      const auto name = lower(log_column(port.name));
      if (!names.insert(name).second)
        return fail(Code::invalid, fmt::format("two of its inputs and outputs are called '{}' in the prediction log", name), {},
                    "give them names that differ in more than case");
    }
  }
  return {};
}

std::string encode_routes(const std::vector<Route>& routes) { return json::encode(routes); }
Result<std::vector<Route>> decode_routes(std::string_view text) { return json::decode_text<std::vector<Route>>(text); }

}  // namespace gyre::serving
