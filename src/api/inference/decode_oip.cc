// Tensors of the Open Inference Protocol v2, as JSON or, by its binary extension, as bytes behind it.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "api/inference/parse.h"

namespace gyre::inference {
namespace {

namespace dom = simdjson::dom;
using serving::Refusal;

constexpr std::size_t kMaxRank = 8;
constexpr std::int64_t kMaxValues = 64 << 20;  // of a tensor; a body holds no more

struct Given {
  std::string_view name, datatype;
  std::vector<std::int64_t> shape;
  std::int64_t count = 1;  // of values
};

std::unexpected<Refusal> wrong_shape(std::string message) { return refuse("wrong shape", std::move(message)); }

std::expected<Given, Refusal> read_head(dom::element input) {
  Given given;
  dom::array extents;
  if (input["name"].get_string().get(given.name)) return wrong_shape("a tensor needs 'name'");
  if (input["shape"].get_array().get(extents)) return wrong_shape(fmt::format("tensor '{:.80}' needs 'shape'", given.name));
  if (input["datatype"].get_string().get(given.datatype)) return wrong_shape(fmt::format("tensor '{:.80}' needs 'datatype'", given.name));
  for (const auto extent : extents) {
    std::int64_t size = 0;
    if (extent.get_int64().get(size) || size < 0) return wrong_shape(fmt::format("the shape of tensor '{:.80}' must be whole numbers", given.name));
    if (given.shape.size() == kMaxRank || (size > 0 && given.count > kMaxValues / size))
      return wrong_shape(fmt::format("the shape of tensor '{:.80}' is too large", given.name));
    given.shape.push_back(size);
    given.count *= size;
  }
  if (given.shape.empty()) return wrong_shape(fmt::format("tensor '{:.80}' has no rows: its shape is empty", given.name));
  return given;
}

bool is_number(infer::Type type) { return type != infer::Type::text && type != infer::Type::boolean; }

std::optional<infer::Type> type_of(std::string_view datatype) {
  if (const auto type = infer::type_named(datatype)) return type;
  for (const auto* other : {"FP16", "BF16", "INT8", "INT16", "UINT8", "UINT16", "UINT32", "UINT64"}) {
    if (datatype == other) return infer::Type::other;  // numbers, in JSON no other than the rest
  }
  return std::nullopt;
}

// Bytes that follow the JSON, handed out in order.
class Blobs {
 public:
  explicit Blobs(std::string_view rest) : rest_(rest) {}
  std::expected<std::string_view, Refusal> take(const Given& given, std::int64_t size) {
    if (size < 0 || static_cast<std::size_t>(size) > rest_.size())
      return wrong_shape(fmt::format("tensor '{:.80}' tells {} bytes, but {} are left in the body", given.name, size, rest_.size()));
    const auto blob = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(blob.size());
    return blob;
  }
  std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

// Texts are each behind their length.
std::expected<std::vector<std::string>, Refusal> texts_of(const Given& given, std::string_view blob) {
  std::vector<std::string> texts;
  while (!blob.empty()) {
    std::uint32_t size = 0;
    if (blob.size() < sizeof size) return wrong_shape(fmt::format("the bytes of tensor '{:.80}' end in the middle of a value", given.name));
    std::memcpy(&size, blob.data(), sizeof size);
    blob.remove_prefix(sizeof size);
    if (blob.size() < size) return wrong_shape(fmt::format("the bytes of tensor '{:.80}' end in the middle of a value", given.name));
    texts.emplace_back(blob.substr(0, size));
    blob.remove_prefix(size);
  }
  return texts;
}

std::expected<Values, Refusal> values_of_bytes(const Given& given, infer::Type type, std::string_view blob) {
  if (infer::to_string(type) != given.datatype)
    return refuse("wrong type", fmt::format("tensor '{:.80}' holds {}, but the model takes {}", given.name, given.datatype, infer::to_string(type)));
  if (type == infer::Type::text) {
    auto texts = texts_of(given, blob);
    if (!texts) return std::unexpected(texts.error());
    return Values(std::move(*texts));
  }
  auto values = empty_values(type);
  const bool fits = std::visit(
      [&]<class T>(std::vector<T>& list) {
        if constexpr (std::is_same_v<T, bool>) {
          for (const char byte : blob) list.push_back(byte != 0);
          return true;
        } else if constexpr (!std::is_same_v<T, std::string>) {
          if (blob.size() % sizeof(T) != 0) return false;
          list.resize(blob.size() / sizeof(T));
          std::memcpy(list.data(), blob.data(), blob.size());
          return true;
        }
        return false;
      },
      values);
  if (!fits) return wrong_shape(fmt::format("the bytes of tensor '{:.80}' end in the middle of a value", given.name));
  return values;
}

std::int64_t size_of(const Values& values) {
  return static_cast<std::int64_t>(std::visit([](const auto& list) { return list.size(); }, values));
}

// A value, or lists of values however deep, one after the other.
template <class Append>
void append_flat(dom::element value, Append& append) {
  dom::array list;
  if (value.get_array().get(list)) return append(value);
  for (const auto item : list) append_flat(item, append);
}

std::int64_t values_a_row(const Given& given) { return given.shape[0] > 0 ? std::max<std::int64_t>(1, given.count / given.shape[0]) : 1; }

std::expected<Values, Refusal> values_of_json(const Given& given, infer::Type type, dom::element data) {
  const auto told = type_of(given.datatype);
  const bool alike = told && (is_number(*told) ? is_number(type) : *told == type);
  if (!alike)
    return refuse("wrong type", fmt::format("tensor '{:.80}' holds {:.20}, but the model takes {}", given.name, given.datatype, infer::to_string(type)));
  auto values = empty_values(type);
  if (dom::array list; !data.get_array().get(list)) std::visit([&](auto& kept) { kept.reserve(list.size()); }, values);  // no room for what is only said
  WrongCells wrong;
  const auto width = values_a_row(given);
  std::int64_t at = 0;
  auto append = [&](dom::element value) {
    if (!append_value(values, value)) wrong.add(static_cast<std::size_t>(at / width), given.name, expected_of(type), value);
    ++at;
  };
  append_flat(data, append);
  if (!wrong.empty()) return std::move(wrong).refusal();
  return values;
}

// The bytes of the tensor where it has some; nothing: it has "data".
std::expected<std::optional<std::string_view>, Refusal> bytes_of(const Given& given, dom::element input, Blobs& blobs) {
  std::int64_t size = 0;
  if (input["parameters"]["binary_data_size"].get_int64().get(size)) return std::nullopt;
  auto blob = blobs.take(given, size);
  if (!blob) return std::unexpected(blob.error());
  return *blob;
}

std::expected<Values, Refusal> values_of(const Given& given, infer::Type type, dom::element input, Blobs& blobs) {
  const auto blob = bytes_of(given, input, blobs);
  if (!blob) return std::unexpected(blob.error());
  dom::element data;
  if (!*blob && input["data"].get(data)) return wrong_shape(fmt::format("tensor '{:.80}' needs 'data'", given.name));
  auto values = *blob ? values_of_bytes(given, type, **blob) : values_of_json(given, type, data);
  if (values && size_of(*values) != given.count)
    return wrong_shape(fmt::format("tensor '{:.80}' has shape [{}], but {} values", given.name, fmt::join(given.shape, ", "), size_of(*values)));
  return values;
}

std::expected<std::vector<std::string>, Refusal> ids_of(const Given& given, dom::element input, Blobs& blobs) {
  if (given.datatype == "BYTES") {
    auto values = values_of(given, infer::Type::text, input, blobs);
    if (!values) return std::unexpected(values.error());
    return std::get<std::vector<std::string>>(std::move(*values));
  }
  auto values = values_of(given, infer::Type::int64, input, blobs);
  if (!values) return std::unexpected(values.error());
  std::vector<std::string> ids;
  for (const auto id : std::get<std::vector<std::int64_t>>(*values)) ids.push_back(fmt::format_int(id).str());
  return ids;
}

// [rows] for [rows, 1] and the other way round are the same column.
void fit_rank(std::vector<std::int64_t>& shape, std::size_t wanted) {
  if (wanted == 2 && shape.size() == 1) shape.push_back(1);
  if (wanted == 1 && shape.size() == 2 && shape[1] == 1) shape.pop_back();
}

std::expected<void, Refusal> read_outputs(dom::element root, const Wanted& wanted, OipRequest& request) {
  dom::array outputs;
  if (root["outputs"].get_array().get(outputs)) return {};
  for (const auto output : outputs) {
    std::string_view name;
    if (output["name"].get_string().get(name)) return wrong_shape("an output needs 'name'");
    if (std::ranges::find(wanted.signature.outputs, name, &infer::Port::name) == wanted.signature.outputs.end())
      return refuse("unknown output", fmt::format("the model has no output '{:.80}'", name));
    request.outputs.emplace_back(name);
  }
  return {};
}

}  // namespace

Decoded decode_oip(std::string_view body, std::size_t json_bytes, const Wanted& wanted, OipRequest& request) {
  if (json_bytes > body.size()) return refuse("not JSON", fmt::format("the JSON should have {} bytes, but the body has {}", json_bytes, body.size()));
  const auto root = parse(body.substr(0, json_bytes));
  if (!root) return std::unexpected(root.error());
  std::string_view id;
  if (!(*root)["id"].get_string().get(id)) request.id = id;
  if (const auto read = read_outputs(*root, wanted, request); !read) return std::unexpected(read.error());
  dom::array inputs;
  if ((*root)["inputs"].get_array().get(inputs)) return wrong_shape("'inputs' is missing: expected a list of tensors");

  Blobs blobs(body.substr(json_bytes));
  serving::Batch batch;
  std::optional<std::int64_t> rows;
  for (const auto input : inputs) {
    auto given = read_head(input);
    if (!given) return std::unexpected(given.error());
    if (rows && *rows != given->shape[0])
      return wrong_shape(fmt::format("tensor '{:.80}' has {} rows, the one before {}", given->name, given->shape[0], *rows));
    rows = given->shape[0];
    if (!wanted.id_column.empty() && given->name == wanted.id_column) {
      auto ids = ids_of(*given, input, blobs);
      if (!ids) return std::unexpected(ids.error());
      batch.ids = std::move(*ids);
      continue;
    }
    const auto port = std::ranges::find(wanted.signature.inputs, given->name, &infer::Port::name);
    if (port == wanted.signature.inputs.end()) return ColumnSet(wanted).unknown_column(given->name);
    if (std::ranges::find(batch.columns, given->name, &infer::Tensor::name) != batch.columns.end())
      return wrong_shape(fmt::format("tensor '{:.80}' stands twice in 'inputs'", given->name));
    auto values = values_of(*given, port->type, input, blobs);
    if (!values) return std::unexpected(values.error());
    fit_rank(given->shape, port->shape.size());
    batch.columns.push_back({port->name, std::move(given->shape), std::move(*values)});
  }
  if (blobs.left() > 0) return wrong_shape(fmt::format("{} bytes behind the JSON belong to no tensor", blobs.left()));
  for (const auto& port : wanted.signature.inputs) {
    if (std::ranges::find(batch.columns, port.name, &infer::Tensor::name) == batch.columns.end())
      return refuse("missing column", fmt::format("tensor '{}' is missing", port.name));
  }
  batch.rows = static_cast<std::size_t>(rows.value_or(0));
  if (!batch.ids.empty() && batch.ids.size() != batch.rows) return wrong_shape(fmt::format("{} ids for {} rows", batch.ids.size(), batch.rows));
  return batch;
}

}  // namespace gyre::inference
