// A frame's bytes: little-endian numbers, texts with their length, columns by type.
#include <fmt/format.h>

#include <cstring>

#include "serving/prediction_log.h"

namespace gyre::serving {
namespace {

class Out {
 public:
  explicit Out(std::string& bytes) : bytes_(bytes) {}
  template <class Number>
  void number(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
  }
  void tensor(const infer::Tensor& tensor) {
    text(tensor.name);
    number(static_cast<std::uint8_t>(tensor.values.index()));
    number(static_cast<std::uint8_t>(tensor.shape.size()));
    for (const auto extent : tensor.shape) number(extent);
    std::visit([&](const auto& values) { list(values); }, tensor.values);
  }

 private:
  template <class T>
  void list(const std::vector<T>& values) {
    number(static_cast<std::uint32_t>(values.size()));
    if constexpr (std::is_same_v<T, std::string>) {
      for (const auto& value : values) text(value);
    } else if constexpr (std::is_same_v<T, bool>) {
      for (const bool value : values) number(static_cast<std::uint8_t>(value));
    } else {
      bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    }
  }
  std::string& bytes_;
};

// Any truncation makes `good` false; what was read then is not used.
class In {
 public:
  explicit In(std::string_view bytes) : rest_(bytes) {}
  template <class Number>
  Number number() {
    Number value{};
    if (rest_.size() < sizeof value) return good = false, value;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  std::string text() {
    const auto size = number<std::uint32_t>();
    if (rest_.size() < size) return good = false, std::string();
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return value;
  }
  infer::Tensor tensor() {
    infer::Tensor tensor{text(), {}, {}};
    const auto type = number<std::uint8_t>();
    const auto rank = number<std::uint8_t>();
    for (int i = 0; i < rank && good; ++i) tensor.shape.push_back(number<std::int64_t>());
    switch (type) {
      case 0: tensor.values = list<float>(); break;
      case 1: tensor.values = list<double>(); break;
      case 2: tensor.values = list<std::int32_t>(); break;
      case 3: tensor.values = list<std::int64_t>(); break;
      case 4: tensor.values = list<bool>(); break;
      case 5: tensor.values = list<std::string>(); break;
      default: good = false;
    }
    return tensor;
  }
  bool good = true;

 private:
  template <class T>
  std::vector<T> list() {
    const auto count = number<std::uint32_t>();
    std::vector<T> values;
    if constexpr (std::is_same_v<T, std::string>) {
      for (std::uint32_t i = 0; i < count && good; ++i) values.push_back(text());
    } else if constexpr (std::is_same_v<T, bool>) {
      for (std::uint32_t i = 0; i < count && good; ++i) values.push_back(number<std::uint8_t>() != 0);
    } else {
      if (rest_.size() / sizeof(T) < count) return good = false, values;
      values.resize(count);
      std::memcpy(values.data(), rest_.data(), count * sizeof(T));
      rest_.remove_prefix(count * sizeof(T));
    }
    return values;
  }
  std::string_view rest_;
};

}  // namespace

std::string Frame::id(std::size_t row) const { return ids.empty() ? fmt::format("{}/{}", request_id, row) : ids[row]; }

void append_encoded(std::string& bytes, const Frame& frame) {
  Out out(bytes);
  out.text(frame.request_id);
  out.text(frame.role);
  for (const auto value : {frame.at_ms, frame.revision, frame.version, frame.rows, frame.latency_ns}) out.number(value);
  out.number(static_cast<std::uint32_t>(frame.ids.size()));
  for (const auto& id : frame.ids) out.text(id);
  for (const auto* tensors : {&frame.inputs, &frame.outputs}) {
    out.number(static_cast<std::uint16_t>(tensors->size()));
    for (const auto& tensor : *tensors) out.tensor(tensor);
  }
}

namespace {

Frame read_head(In& in) {
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
  In in(bytes);
  auto frame = read_head(in);
  if (!in.good) return damaged();
  return frame;
}

Result<Frame> decode(std::string_view bytes) {
  In in(bytes);
  auto frame = read_head(in);
  const auto ids = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < ids && in.good; ++i) frame.ids.push_back(in.text());
  for (auto* tensors : {&frame.inputs, &frame.outputs}) {
    const auto count = in.number<std::uint16_t>();
    for (int i = 0; i < count && in.good; ++i) tensors->push_back(in.tensor());
  }
  if (!in.good || !is_sound(frame)) return damaged();
  return frame;
}

}  // namespace gyre::serving
