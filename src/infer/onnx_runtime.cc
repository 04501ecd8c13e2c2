#define ORT_API_MANUAL_INIT
#include <dlfcn.h>
#include <fmt/format.h>
#include <onnxruntime_cxx_api.h>

#include <cstdlib>
#include <mutex>

#include "base/library.h"
#include "infer/infer.h"

namespace gyre::infer {
namespace {

Type type_of(ONNXTensorElementDataType type) {
  switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
      return Type::float32;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE:
      return Type::float64;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32:
      return Type::int32;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
      return Type::int64;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL:
      return Type::boolean;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING:
      return Type::text;
    default:
      return Type::other;
  }
}

std::string shape_text(const std::vector<std::int64_t>& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

Result<void> check_input(const Port& port, const Tensor& tensor) {
  if (tensor.type() != port.type) {
    return fail(Code::invalid, fmt::format("input '{}' has type {}, but the model takes {}", port.name, to_string(tensor.type()), to_string(port.type)));
  }
  bool fits = tensor.shape.size() == port.shape.size();
  std::int64_t count = 1;
  for (std::size_t i = 0; fits && i < port.shape.size(); ++i) fits = port.shape[i] < 0 || port.shape[i] == tensor.shape[i];
  for (const auto extent : tensor.shape) count *= extent;
  if (!fits)
    return fail(Code::invalid, fmt::format("input '{}' has shape {}, but the model takes {}", port.name, shape_text(tensor.shape), shape_text(port.shape)));
  if (count != static_cast<std::int64_t>(tensor.size())) {
    return fail(Code::invalid, fmt::format("input '{}' has shape {}, but {} values", port.name, shape_text(tensor.shape), tensor.size()));
  }
  return {};
}

// The values stay where they are; only text and booleans are copied.
Ort::Value to_ort(const Tensor& tensor) {
  static const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  Ort::AllocatorWithDefaultOptions allocator;
  return std::visit(
      [&]<class T>(const std::vector<T>& values) -> Ort::Value {
        if constexpr (std::is_same_v<T, std::string>) {
          auto made = Ort::Value::CreateTensor(allocator, tensor.shape.data(), tensor.shape.size(), ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING);
          for (std::size_t i = 0; i < values.size(); ++i)
            values[i].copy(made.GetResizedStringTensorElementBuffer(i, values[i].size()), values[i].size());  // zero bytes too
          return made;
        } else if constexpr (std::is_same_v<T, bool>) {
          auto made = Ort::Value::CreateTensor<bool>(allocator, tensor.shape.data(), tensor.shape.size());
          std::copy(values.begin(), values.end(), made.GetTensorMutableData<bool>());
          return made;
        } else {
          return Ort::Value::CreateTensor<T>(memory, const_cast<T*>(values.data()), values.size(), tensor.shape.data(), tensor.shape.size());
        }
      },
      tensor.values);
}

template <class T>
std::vector<T> copied(const Ort::Value& value, std::size_t count) {
  const T* data = value.GetTensorData<T>();
  return std::vector<T>(data, data + count);
}

std::vector<std::string> copied_texts(const Ort::Value& value, std::size_t count) {
  std::vector<std::string> texts(count);
  for (std::size_t i = 0; i < count; ++i) texts[i] = value.GetStringTensorElement(i);
  return texts;
}

Result<Tensor> from_ort(const Port& port, const Ort::Value& value) {
  if (!value.IsTensor()) return fail(Code::invalid, fmt::format("output '{}' is no tensor; export the model without a map output (zipmap off)", port.name));
  const auto info = value.GetTensorTypeAndShapeInfo();
  const auto count = info.GetElementCount();
  Tensor tensor{port.name, info.GetShape(), {}};
  switch (type_of(info.GetElementType())) {
    case Type::float32:
      tensor.values = copied<float>(value, count);
      break;
    case Type::float64:
      tensor.values = copied<double>(value, count);
      break;
    case Type::int32:
      tensor.values = copied<std::int32_t>(value, count);
      break;
    case Type::int64:
      tensor.values = copied<std::int64_t>(value, count);
      break;
    case Type::boolean:
      tensor.values = copied<bool>(value, count);
      break;
    case Type::text:
      tensor.values = copied_texts(value, count);
      break;
    case Type::other:
      return fail(Code::invalid, fmt::format("output '{}' has a type that is not supported", port.name));
  }
  return tensor;
}

class OnnxSession final : public Session {
 public:
  OnnxSession(Ort::Session session, Signature signature) : session_(std::move(session)), signature_(std::move(signature)) {
    for (const auto& port : signature_.inputs) input_names_.push_back(port.name.c_str());
    for (const auto& port : signature_.outputs) output_names_.push_back(port.name.c_str());
  }

  const Signature& signature() const override { return signature_; }

  Result<std::vector<Tensor>> run(const std::vector<Tensor>& inputs) const override try {
    std::vector<Ort::Value> values;
    for (const auto& port : signature_.inputs) {
      const auto* tensor = find(inputs, port.name);
      if (!tensor) return fail(Code::invalid, fmt::format("input '{}' is missing", port.name));
      TRY(check_input(port, *tensor));
      values.push_back(to_ort(*tensor));
    }
    if (inputs.size() != signature_.inputs.size()) return unknown_input(inputs);
    const auto outputs = session_.Run(Ort::RunOptions{nullptr}, input_names_.data(), values.data(), values.size(), output_names_.data(), output_names_.size());
    std::vector<Tensor> tensors;
    for (std::size_t i = 0; i < outputs.size(); ++i) tensors.push_back(TRY(from_ort(signature_.outputs[i], outputs[i])));
    return tensors;
  } catch (const std::exception& error) {
    return fail(Code::invalid, "the model cannot compute these inputs", error.what());
  }

 private:
  static const Tensor* find(const std::vector<Tensor>& inputs, std::string_view name) {
    for (const auto& input : inputs) {
      if (input.name == name) return &input;
    }
    return nullptr;
  }
  std::unexpected<Error> unknown_input(const std::vector<Tensor>& inputs) const {
    for (const auto& input : inputs) {
      bool known = false;
      for (const auto& port : signature_.inputs) known |= port.name == input.name;
      if (!known)
        return fail(Code::invalid, fmt::format("the model has no input '{}'", input.name), {}, fmt::format("its inputs are {}", fmt::join(input_names_, ", ")));
    }
    return fail(Code::invalid, "an input is given twice");
  }

  mutable Ort::Session session_;  // Run is thread-safe, but not const
  const Signature signature_;
  std::vector<const char*> input_names_, output_names_;
};

Port port_of(std::string name, const Ort::TypeInfo& info) {
  if (info.GetONNXType() != ONNX_TYPE_TENSOR) return {std::move(name), Type::other, {}};
  const auto tensor = info.GetTensorTypeAndShapeInfo();
  return {std::move(name), type_of(tensor.GetElementType()), tensor.GetShape()};
}

Signature signature_of(const Ort::Session& session) {
  Ort::AllocatorWithDefaultOptions allocator;
  Signature signature;
  for (std::size_t i = 0; i < session.GetInputCount(); ++i)
    signature.inputs.push_back(port_of(session.GetInputNameAllocated(i, allocator).get(), session.GetInputTypeInfo(i)));
  for (std::size_t i = 0; i < session.GetOutputCount(); ++i)
    signature.outputs.push_back(port_of(session.GetOutputNameAllocated(i, allocator).get(), session.GetOutputTypeInfo(i)));
  const auto metadata = session.GetModelMetadata();
  for (const auto& key : metadata.GetCustomMetadataMapKeysAllocated(allocator)) {
    signature.metadata[key.get()] = metadata.LookupCustomMetadataMapAllocated(key.get(), allocator).get();
  }
  return signature;
}

// Told when a model is loaded, not when the first request comes.
Result<void> check_usable(const Signature& signature) {
  constexpr auto kFix = "export it with tensors of float, double, int32, int64, bool or string (skl2onnx, onnxmltools: zipmap=False)";
  for (const auto& port : signature.inputs) {
    if (port.type == Type::other)
      return fail(Code::invalid, fmt::format("the model's input '{}' is of a kind that cannot be given to it", port.name), {}, kFix);
  }
  for (const auto& port : signature.outputs) {
    if (port.type == Type::other) return fail(Code::invalid, fmt::format("the model's output '{}' is of a kind that cannot be read", port.name), {}, kFix);
  }
  if (signature.inputs.empty() || signature.outputs.empty()) return fail(Code::invalid, "the model has no inputs or no outputs");
  return {};
}

class OnnxRuntime final : public Runtime {
 public:
  explicit OnnxRuntime(Options options) : options_(std::move(options)) {}

  Result<std::shared_ptr<const Session>> load(const std::filesystem::path& model) override try {
    TRY(open());
    if (!std::filesystem::exists(model)) return fail(Code::not_found, fmt::format("the model file '{}' is not there", model.string()));
    Ort::SessionOptions settings;
    settings.SetIntraOpNumThreads(options_.intra_threads);
    settings.SetInterOpNumThreads(1);
    settings.DisableMemPattern();  // batch sizes vary
    Ort::Session session(*env_, model.c_str(), settings);
    auto signature = signature_of(session);
    TRY(check_usable(signature));
    return std::make_shared<OnnxSession>(std::move(session), std::move(signature));
  } catch (const std::exception& error) {
    return fail(Code::invalid, fmt::format("'{}' is not an ONNX model that can be run", model.filename().string()), error.what());
  }

 private:
  Result<void> open() {
    const std::lock_guard lock(mutex_);
    if (env_) return {};
    ::setenv("ORT_DISABLE_TELEMETRY", "1", 1);
    void* library = TRY(open_library(options_.library, "libonnxruntime.so.1.27.0"));
    const auto get_base = reinterpret_cast<const OrtApiBase* (*)()>(dlsym(library, "OrtGetApiBase"));
    const auto* api = get_base ? get_base()->GetApi(ORT_API_VERSION) : nullptr;
    if (!api) return fail(Code::unavailable, "the ONNX Runtime library is too old", {}, "use 1.21 or newer");
    Ort::InitApi(api);
    env_ = std::make_unique<Ort::Env>(ORT_LOGGING_LEVEL_FATAL, "gyre");  // errors come back as values; its own log would tell them twice
    return {};
  }

  const Options options_;
  std::mutex mutex_;
  std::unique_ptr<Ort::Env> env_;
};

}  // namespace

std::unique_ptr<Runtime> open(Options options) { return std::make_unique<OnnxRuntime>(std::move(options)); }

}  // namespace gyre::infer
