#include "infer/infer.h"

namespace gyre::infer {

std::string_view to_string(Type type) {
  switch (type) {
    case Type::float32:
      return "FP32";
    case Type::float64:
      return "FP64";
    case Type::int32:
      return "INT32";
    case Type::int64:
      return "INT64";
    case Type::boolean:
      return "BOOL";
    case Type::text:
      return "BYTES";
    case Type::other:
      return "OTHER";
  }
  std::unreachable();
}

std::optional<Type> type_named(std::string_view word) {
  for (const auto type : {Type::float32, Type::float64, Type::int32, Type::int64, Type::boolean, Type::text}) {
    if (to_string(type) == word) return type;
  }
  return std::nullopt;
}

Values empty_values(Type type) {
  switch (type) {
    case Type::float64:
      return std::vector<double>();
    case Type::int32:
      return std::vector<std::int32_t>();
    case Type::int64:
      return std::vector<std::int64_t>();
    case Type::boolean:
      return std::vector<bool>();
    case Type::text:
      return std::vector<std::string>();
    case Type::float32:
    case Type::other:
      return std::vector<float>();
  }
  std::unreachable();
}

std::vector<double> as_numbers(const Tensor& tensor) {
  return std::visit(
      []<class T>(const std::vector<T>& values) -> std::vector<double> {
        if constexpr (std::is_same_v<T, std::string>) {
          return {};
        } else {
          return {values.begin(), values.end()};
        }
      },
      tensor.values);
}

Type Tensor::type() const {
  constexpr Type kTypes[] = {Type::float32, Type::float64, Type::int32, Type::int64, Type::boolean, Type::text};
  return kTypes[values.index()];
}

std::size_t Tensor::size() const {
  return std::visit([](const auto& list) { return list.size(); }, values);
}

}  // namespace gyre::infer
