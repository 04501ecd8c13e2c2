#include "infer/infer.h"

namespace gyre::infer {

std::string_view to_string(Type type) {
  switch (type) {
    case Type::float32: return "FP32";
    case Type::float64: return "FP64";
    case Type::int32: return "INT32";
    case Type::int64: return "INT64";
    case Type::boolean: return "BOOL";
    case Type::text: return "BYTES";
    case Type::other: return "OTHER";
  }
  std::unreachable();
}

Type Tensor::type() const {
  constexpr Type kTypes[] = {Type::float32, Type::float64, Type::int32, Type::int64, Type::boolean, Type::text};
  return kTypes[values.index()];
}

std::size_t Tensor::size() const {
  return std::visit([](const auto& list) { return list.size(); }, values);
}

}  // namespace gyre::infer
