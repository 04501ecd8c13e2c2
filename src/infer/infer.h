// Running models: ONNX Runtime behind its border. The library is opened on first use.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace gyre::infer {

enum class Type { float32, float64, int32, int64, boolean, text, other };
std::string_view to_string(Type type);                  // Open Inference Protocol's words: FP32 FP64 INT32 INT64 BOOL BYTES
std::optional<Type> type_named(std::string_view word);  // one of those words; nothing for any other

struct Port {
  std::string name;
  Type type = Type::other;
  std::vector<std::int64_t> shape;  // -1: any; the first is the batch
};

struct Signature {
  std::vector<Port> inputs, outputs;
  std::map<std::string, std::string> metadata;  // the ONNX file's metadata_props
};

// The alternative is the values' type.
using Values =
    std::variant<std::vector<float>, std::vector<double>, std::vector<std::int32_t>, std::vector<std::int64_t>, std::vector<bool>, std::vector<std::string>>;
Values empty_values(Type type);  // `other`: of float32

// Values of one named tensor, row-major.
struct Tensor {
  std::string name;
  std::vector<std::int64_t> shape;
  Values values;
  Type type() const;
  std::size_t size() const;
};

// The values as doubles; empty for text.
std::vector<double> as_numbers(const Tensor& tensor);

// Thread-safe; several threads may run at once.
class Session {
 public:
  virtual ~Session() = default;
  virtual const Signature& signature() const = 0;
  // All inputs of the signature, by name, in any order; fails with `invalid` naming the column for a missing or unknown
  // input, a wrong type or a wrong shape. Returns all outputs in the signature's order.
  virtual Result<std::vector<Tensor>> run(const std::vector<Tensor>& inputs) const = 0;
};

struct Options {
  std::filesystem::path library;  // libonnxruntime.so; empty: lib/ beside the binary, then the loader's path
  int intra_threads = 1;
};

// Thread-safe.
class Runtime {
 public:
  virtual ~Runtime() = default;
  // Loads an .onnx file; `invalid` when it is none.
  virtual Result<std::shared_ptr<const Session>> load(const std::filesystem::path& model) = 0;
};
std::unique_ptr<Runtime> open(Options options);

}  // namespace gyre::infer
