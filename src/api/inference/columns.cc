#include "api/inference/columns.h"

#include <fmt/format.h>

#include <cmath>

namespace gyre::inference {
namespace {

namespace dom = simdjson::dom;

infer::Tensor empty_tensor(const infer::Port& port) {
  infer::Tensor tensor{port.name, port.shape, {}};
  switch (port.type) {
    case infer::Type::float64: tensor.values = std::vector<double>(); break;
    case infer::Type::int32: tensor.values = std::vector<std::int32_t>(); break;
    case infer::Type::int64: tensor.values = std::vector<std::int64_t>(); break;
    case infer::Type::boolean: tensor.values = std::vector<bool>(); break;
    case infer::Type::text: tensor.values = std::vector<std::string>(); break;
    default: tensor.values = std::vector<float>();
  }
  return tensor;
}

template <class T>
bool append_value(std::vector<T>& values, dom::element value) {
  if constexpr (std::is_same_v<T, std::string>) {
    std::string_view text;
    if (value.get_string().get(text)) return false;
    values.emplace_back(text);
  } else if constexpr (std::is_same_v<T, bool>) {
    bool truth = false;
    if (value.get_bool().get(truth)) return false;
    values.push_back(truth);
  } else if constexpr (std::is_floating_point_v<T>) {
    double number = 0;
    if (value.is_null()) {
      number = std::nan("");  // a missing number
    } else if (value.get_double().get(number)) {
      return false;
    }
    values.push_back(static_cast<T>(number));
  } else {
    std::int64_t number = 0;
    double real = 0;
    if (value.get_int64().get(number)) {
      if (value.get_double().get(real) || real != std::floor(real)) return false;
      number = static_cast<std::int64_t>(real);
    }
    if (!std::in_range<T>(number)) return false;
    values.push_back(static_cast<T>(number));
  }
  return true;
}

}  // namespace

std::unexpected<serving::Refusal> refuse(std::string reason, std::string message, std::string fix) {
  return std::unexpected(serving::Refusal{{Code::invalid, std::move(message), {}, std::move(fix)}, std::move(reason), {}});
}

std::unexpected<serving::Refusal> refuse_cell(std::size_t row, std::string_view column, std::string_view expected, dom::element found) {
  auto text = simdjson::minify(found);
  if (text.size() > 80) text.resize(80);
  serving::Refusal refusal{{Code::invalid, fmt::format("row {}, column '{}': expected {}, found {}", row, column, expected, text), {}, {}}, "wrong type", {}};
  refusal.cells.push_back({row, std::string(column), std::move(text)});
  return std::unexpected(std::move(refusal));
}

ColumnSet::ColumnSet(const Wanted& wanted) : wanted_(wanted) {
  const auto& inputs = wanted.signature.inputs;
  matrix_ = inputs.size() == 1 && inputs[0].shape.size() == 2 && inputs[0].shape[1] > 1;
  if (matrix_) {
    for (std::int64_t i = 0; i < inputs[0].shape[1]; ++i) names_.push_back(fmt::format("{}", i));
    matrix_columns_.resize(names_.size());
    return;
  }
  for (const auto& port : inputs) {
    names_.push_back(port.name);
    tensors_.push_back(empty_tensor(port));
  }
}

int ColumnSet::find(std::string_view name) const {
  if (!wanted_.id_column.empty() && name == wanted_.id_column) return kIdColumn;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == name) return static_cast<int>(i);
  }
  return kUnknown;
}

void ColumnSet::reserve(std::size_t rows) {
  for (auto& tensor : tensors_) std::visit([&](auto& values) { values.reserve(rows); }, tensor.values);
  for (auto& column : matrix_columns_) column.reserve(rows);
}

bool ColumnSet::append(std::size_t column, dom::element value) {
  if (matrix_) return append_value(matrix_columns_[column], value);
  return std::visit([&](auto& values) { return append_value(values, value); }, tensors_[column].values);
}

bool ColumnSet::append_id(dom::element value) {
  std::string_view text;
  if (!value.get_string().get(text)) {
    ids_.emplace_back(text);
    return true;
  }
  std::int64_t number = 0;
  if (value.get_int64().get(number)) return false;
  ids_.push_back(fmt::format_int(number).str());
  return true;
}

Decoded ColumnSet::finish(std::size_t rows) {
  serving::Batch batch{rows, {}, std::move(ids_)};
  if (!batch.ids.empty() && batch.ids.size() != rows) return refuse("wrong shape", fmt::format("the id column has {} values for {} rows", batch.ids.size(), rows));
  if (matrix_) {
    // Before room is made for as many rows as the request says that it has.
    for (std::size_t column = 0; column < names_.size(); ++column) {
      const auto count = matrix_columns_[column].size();
      if (count == 0 && rows > 0) return refuse("missing column", fmt::format("column '{}' is missing", names_[column]));
      if (count != rows) return refuse("wrong shape", fmt::format("column '{}' has {} values for {} rows", names_[column], count, rows));
    }
    infer::Tensor tensor{wanted_.signature.inputs[0].name, {static_cast<std::int64_t>(rows), static_cast<std::int64_t>(names_.size())}, std::vector<float>(rows * names_.size())};
    auto& values = std::get<std::vector<float>>(tensor.values);
    for (std::size_t column = 0; column < names_.size(); ++column) {
      for (std::size_t row = 0; row < rows; ++row) values[row * names_.size() + column] = matrix_columns_[column][row];
    }
    batch.columns.push_back(std::move(tensor));
    return batch;
  }
  for (auto& tensor : tensors_) {
    if (tensor.size() == 0 && rows > 0) return refuse("missing column", fmt::format("column '{}' is missing", tensor.name));
    if (tensor.size() != rows) return refuse("wrong shape", fmt::format("column '{}' has {} values for {} rows", tensor.name, tensor.size(), rows));
    tensor.shape[0] = static_cast<std::int64_t>(rows);
    batch.columns.push_back(std::move(tensor));
  }
  return batch;
}

}  // namespace gyre::inference
