// Columns of the types that a model takes, filled value by value. Inside api/inference only.
#pragma once

#include <simdjson.h>

#include <set>

#include "api/inference/decode.h"

namespace gyre::inference {

std::unexpected<serving::Refusal> refuse(std::string reason, std::string message, std::string fix = {});

// Cells whose value does not fit: the first ones word by word, all of their rows by number.
class WrongCells {
 public:
  void add(std::size_t row, std::string_view column, std::string_view expected, simdjson::dom::element found);
  bool empty() const { return rows_.empty(); }
  std::unexpected<serving::Refusal> refusal() &&;

 private:
  std::vector<serving::BadCell> cells_;  // at most kMaxBadCells
  std::string first_expected_;
  std::set<std::size_t> rows_;
};

using infer::empty_values;
using infer::Values;
// False when the value does not fit the type, and stands there as nothing. A missing number (null) is NaN; text and whole
// numbers cannot be missing.
bool append_value(Values& values, simdjson::dom::element value);
std::string_view expected_of(infer::Type type);  // "a number", "text", ...

// The columns that a table must bring, in the order in which the model takes them. A model of one tensor [rows, width] takes
// its columns by place, under the names "0", "1", ...
class ColumnSet {
 public:
  explicit ColumnSet(const Wanted& wanted);

  // Which column a name means: an index for `append`, the id column, or nothing. `near` is where it is looked for first: rows
  // mostly name their columns in one order.
  static constexpr int kIdColumn = -1, kUnknown = -2;
  int find(std::string_view name, std::size_t near = 0) const;
  std::size_t width() const { return columns_.size(); }
  const std::string& name(std::size_t column) const { return columns_[column].name; }
  std::string names() const;  // "a, b, c"

  void reserve(std::size_t rows);
  // The value of one cell. Rows come in order. What does not fit the column's type is kept for `finish` to tell.
  void append(int column, std::size_t row, simdjson::dom::element value);
  // Whether the column (or the ids) has as many values as rows before `row`: the cell is not there yet.
  bool is_at(int column, std::size_t row) const;
  std::unexpected<serving::Refusal> unknown_column(std::string_view name) const;

  Decoded finish(std::size_t rows);

 private:
  struct Column {
    std::string name;
    infer::Type type = infer::Type::float32;
    Values values;
    std::size_t size = 0;
  };

  const Wanted wanted_;
  bool matrix_ = false;
  std::vector<Column> columns_;
  std::vector<std::string> ids_;
  WrongCells wrong_;
};

// A row's id: text, or a whole number.
bool append_id_value(std::vector<std::string>& ids, simdjson::dom::element value);

}  // namespace gyre::inference
