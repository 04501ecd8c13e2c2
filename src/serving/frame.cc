// A frame's bytes: its head, its ids, its tensors by type.
#include <fmt/format.h>

#include <cstring>

#include "base/packed.h"
#include "serving/prediction_log.h"

namespace gyre::serving {
namespace {

template <class T>
void pack(Packer& out, const std::vector<T>& values) {
  out.number(static_cast<std::uint32_t>(values.size()));
  if constexpr (std::is_same_v<T, std::string>) {
    for (const auto& value : values) out.text(value);
  } else if constexpr (std::is_same_v<T, bool>) {
    for (const bool value : values) out.number(static_cast<std::uint8_t>(value));
  } else {
    out.raw({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
  }
}

void pack(Packer& out, const infer::Tensor& tensor) {
  out.text(tensor.name);
  out.number(static_cast<std::uint8_t>(tensor.values.index()));
  out.number(static_cast<std::uint8_t>(tensor.shape.size()));
  for (const auto extent : tensor.shape) out.number(extent);
  std::visit([&](const auto& values) { pack(out, values); }, tensor.values);
}

template <class T>
std::vector<T> unpack(Unpacker& in) {
  const auto count = in.number<std::uint32_t>();
  std::vector<T> values;
  if constexpr (std::is_same_v<T, std::string>) {
    for (std::uint32_t i = 0; i < count && in.good; ++i) values.push_back(in.text());
  } else if constexpr (std::is_same_v<T, bool>) {
    for (std::uint32_t i = 0; i < count && in.good; ++i) values.push_back(in.number<std::uint8_t>() != 0);
  } else {
    const auto bytes = in.raw(std::size_t{count} * sizeof(T));
    values.resize(bytes.size() / sizeof(T));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  }
  return values;
}

infer::Tensor unpack_tensor(Unpacker& in) {
  infer::Tensor tensor{in.text(), {}, {}};
  const auto type = in.number<std::uint8_t>();
  const auto rank = in.number<std::uint8_t>();
  for (int i = 0; i < rank && in.good; ++i) tensor.shape.push_back(in.number<std::int64_t>());
  switch (type) {
    case 0:
      tensor.values = unpack<float>(in);
      break;
    case 1:
      tensor.values = unpack<double>(in);
      break;
    case 2:
      tensor.values = unpack<std::int32_t>(in);
      break;
    case 3:
      tensor.values = unpack<std::int64_t>(in);
      break;
    case 4:
      tensor.values = unpack<bool>(in);
      break;
    case 5:
      tensor.values = unpack<std::string>(in);
      break;
    default:
      in.good = false;
  }
  return tensor;
}

}  // namespace

std::string Frame::id(std::size_t row) const { return ids.empty() ? fmt::format("{}/{}", request_id, row) : ids[row]; }

void append_encoded(std::string& bytes, const Frame& frame) {
  Packer out(bytes);
  out.text(frame.request_id);
  out.text(frame.role);
  for (const auto value : {frame.at_ms, frame.revision, frame.version, frame.rows, frame.latency_ns}) out.number(value);
  out.number(static_cast<std::uint32_t>(frame.ids.size()));
  for (const auto& id : frame.ids) out.text(id);
  for (const auto* tensors : {&frame.inputs, &frame.outputs}) {
    out.number(static_cast<std::uint16_t>(tensors->size()));
    for (const auto& tensor : *tensors) pack(out, tensor);
  }
}

namespace {

Frame read_head(Unpacker& in) {
  Frame frame;
  frame.request_id = in.text();
  frame.role = in.text();
  for (auto* value : {&frame.at_ms, &frame.revision, &frame.version, &frame.rows, &frame.latency_ns}) *value = in.number<std::int64_t>();
  return frame;
}

// A sound frame can be used without looking: every column has its rows.
bool is_sound(const Frame& frame) {
  if (frame.rows < 0 || (!frame.ids.empty() && static_cast<std::int64_t>(frame.ids.size()) != frame.rows)) return false;
  for (const auto* tensors : {&frame.inputs, &frame.outputs}) {
    for (const auto& tensor : *tensors) {
      if (tensor.shape.empty() || tensor.shape.front() != frame.rows) return false;
      if (frame.rows == 0 ? tensor.size() != 0 : tensor.size() % static_cast<std::size_t>(frame.rows) != 0) return false;
    }
  }
  return true;
}

std::unexpected<Error> damaged() { return fail(Code::internal, "a frame of the prediction log is damaged"); }

}  // namespace

Result<Frame> decode_head(std::string_view bytes) {
  Unpacker in(bytes);
  auto frame = read_head(in);
  if (!in.good) return damaged();
  return frame;
}

Result<Frame> decode(std::string_view bytes) {
  Unpacker in(bytes);
  auto frame = read_head(in);
  const auto ids = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < ids && in.good; ++i) frame.ids.push_back(in.text());
  for (auto* tensors : {&frame.inputs, &frame.outputs}) {
    const auto count = in.number<std::uint16_t>();
    for (int i = 0; i < count && in.good; ++i) tensors->push_back(unpack_tensor(in));
  }
  if (!in.good || !is_sound(frame)) return damaged();
  return frame;
}

}  // namespace gyre::serving
