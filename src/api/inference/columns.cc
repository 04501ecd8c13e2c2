#include "api/inference/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gyre::inference {
namespace {

namespace dom = simdjson::dom;

template <class T>
bool append_one(std::vector<T>& values, dom::element value) {
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
      number = std::nan("");
    } else if (value.get_double().get(number)) {
      return false;
    }
    values.push_back(static_cast<T>(number));
  } else {
    std::int64_t number = 0;
    if (value.get_int64().get(number)) {
      double real = 0;
      if (value.get_double().get(real) || real != std::floor(real) || std::abs(real) >= 0x1p63) return false;
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

void WrongCells::add(std::size_t row, std::string_view column, std::string_view expected, dom::element found) {
  constexpr std::size_t kShown = 80;
  rows_.insert(row);
  if (cells_.size() >= serving::kMaxBadCells) return;
  if (cells_.empty()) first_expected_ = expected;
  auto text = simdjson::minify(found);
  if (text.size() > kShown) text.resize(kShown);
  cells_.push_back({row, std::string(column), std::move(text)});
}

std::unexpected<serving::Refusal> WrongCells::refusal() && {
  const auto& first = cells_.front();
  const auto more = rows_.size() > 1 ? fmt::format(" (and {} more rows have wrong values)", rows_.size() - 1) : "";
  auto message = fmt::format("row {}, column '{:.80}': expected {}, found {}{}", first.row, first.column, first_expected_, first.value, more);
  std::vector<serving::BadCell> by_row;  // and as they were found within a row
  for (auto& cell : cells_) by_row.insert(std::ranges::upper_bound(by_row, cell.row, {}, &serving::BadCell::row), std::move(cell));
  return std::unexpected(
      serving::Refusal{{Code::invalid, std::move(message), {}, {}}, "wrong type", std::move(by_row), static_cast<std::int64_t>(rows_.size())});
}

bool append_value(Values& values, dom::element value) {
  return std::visit(
      [&]<class T>(std::vector<T>& list) {
        const bool fits = append_one(list, value);
        if (!fits) list.emplace_back();
        return fits;
      },
      values);
}

bool append_id_value(std::vector<std::string>& ids, dom::element value) {
  std::string_view text;
  if (!value.get_string().get(text)) {
    ids.emplace_back(text);
    return true;
  }
  std::int64_t number = 0;
  const bool fits = !value.get_int64().get(number);
  ids.push_back(fits ? fmt::format_int(number).str() : "");
  return fits;
}

std::string_view expected_of(infer::Type type) {
  switch (type) {
    case infer::Type::int32:
    case infer::Type::int64:
      return "a whole number";
    case infer::Type::boolean:
      return "true or false";
    case infer::Type::text:
      return "text";
    default:
      return "a number";
  }
}

ColumnSet::ColumnSet(const Wanted& wanted) : wanted_(wanted) {
  const auto& inputs = wanted.signature.inputs;
  matrix_ = inputs.size() == 1 && inputs[0].shape.size() == 2 && inputs[0].shape[1] > 1;
  if (matrix_) {
    for (std::int64_t i = 0; i < inputs[0].shape[1]; ++i) columns_.push_back({fmt::format("{}", i), inputs[0].type, empty_values(inputs[0].type)});
    return;
  }
  for (const auto& port : inputs) columns_.push_back({port.name, port.type, empty_values(port.type)});
}

int ColumnSet::find(std::string_view name, std::size_t near) const {
  if (near < columns_.size() && columns_[near].name == name) return static_cast<int>(near);
  if (!wanted_.id_column.empty() && name == wanted_.id_column) return kIdColumn;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].name == name) return static_cast<int>(i);
  }
  return kUnknown;
}

std::string ColumnSet::names() const {
  std::string known;
  for (const auto& column : columns_) known += (known.empty() ? "" : ", ") + column.name;
  return known;
}

void ColumnSet::reserve(std::size_t rows) {
  for (auto& column : columns_) std::visit([&](auto& values) { values.reserve(rows); }, column.values);
  if (!wanted_.id_column.empty()) ids_.reserve(rows);
}

void ColumnSet::append(int column, std::size_t row, dom::element value) {
  if (column == kIdColumn) {
    if (!append_id_value(ids_, value)) wrong_.add(row, wanted_.id_column, "text or a whole number", value);
    return;
  }
  auto& one = columns_[static_cast<std::size_t>(column)];
  ++one.size;
  if (!append_value(one.values, value)) wrong_.add(row, one.name, expected_of(one.type), value);
}

bool ColumnSet::is_at(int column, std::size_t row) const {
  return (column == kIdColumn ? ids_.size() : columns_[static_cast<std::size_t>(column)].size) == row;
}

std::unexpected<serving::Refusal> ColumnSet::unknown_column(std::string_view name) const {
  return refuse("unknown column", fmt::format("the model has no column '{:.80}'", name), "its columns are " + names());
}

Decoded ColumnSet::finish(std::size_t rows) {
  if (!wrong_.empty()) return std::move(wrong_).refusal();
  if (!ids_.empty() && ids_.size() != rows)
    return refuse("wrong shape", fmt::format("the id column '{}' has {} values for {} rows", wanted_.id_column, ids_.size(), rows));
  for (const auto& column : columns_) {
    if (column.size == 0 && rows > 0) return refuse("missing column", fmt::format("column '{}' is missing", column.name), "the model's columns are " + names());
    if (column.size != rows) return refuse("wrong shape", fmt::format("column '{}' has {} values for {} rows", column.name, column.size, rows));
  }
  serving::Batch batch{rows, {}, std::move(ids_)};
  const auto& inputs = wanted_.signature.inputs;
  if (!matrix_) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      infer::Tensor tensor{std::move(columns_[i].name), inputs[i].shape, std::move(columns_[i].values)};
      if (!tensor.shape.empty()) tensor.shape.front() = static_cast<std::int64_t>(rows);
      batch.columns.push_back(std::move(tensor));
    }
    return batch;
  }
  infer::Tensor tensor{inputs[0].name, {static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns_.size())}, empty_values(inputs[0].type)};
  std::visit(
      [&]<class T>(std::vector<T>& values) {
        values.resize(rows * columns_.size());
        for (std::size_t column = 0; column < columns_.size(); ++column) {
          const auto& from = std::get<std::vector<T>>(columns_[column].values);
          for (std::size_t row = 0; row < rows; ++row) values[row * columns_.size() + column] = from[row];
        }
      },
      tensor.values);
  batch.columns.push_back(std::move(tensor));
  return batch;
}

}  // namespace gyre::inference
