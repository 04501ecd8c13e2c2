// Columns of the types that a model takes, filled value by value. Inside api/inference only.
#pragma once

#include <simdjson.h>

#include "api/inference/decode.h"

namespace gyre::inference {

std::unexpected<serving::Refusal> refuse(std::string reason, std::string message, std::string fix = {});
std::unexpected<serving::Refusal> refuse_cell(std::size_t row, std::string_view column, std::string_view expected, simdjson::dom::element found);

// The columns that a request must bring, in the order in which the model takes them.
class ColumnSet {
 public:
  explicit ColumnSet(const Wanted& wanted);

  // Which column a name means: an index for `append`, the id column, or nothing.
  static constexpr int kIdColumn = -1, kUnknown = -2;
  int find(std::string_view name) const;
  std::size_t width() const { return names_.size(); }
  const std::string& name(std::size_t column) const { return names_[column]; }

  void reserve(std::size_t rows);
  // False when the value does not fit the column's type.
  bool append(std::size_t column, simdjson::dom::element value);
  bool append_id(simdjson::dom::element value);

  Decoded finish(std::size_t rows);

 private:
  bool is_matrix() const { return matrix_; }
  const Wanted wanted_;
  bool matrix_ = false;  // the model takes one tensor [rows, width]; its columns go by place
  std::vector<std::string> names_;
  std::vector<infer::Tensor> tensors_;
  std::vector<std::vector<float>> matrix_columns_;
  std::vector<std::string> ids_;
};

}  // namespace gyre::inference
