// Rows with what was true of them, in the shape that models take.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "monitoring/rows.h"

namespace gyre::monitoring {
namespace {

// Fills the tensors of a model's inputs from columns of a query, in the signature's order.
class InputReader {
 public:
  // `as_logged`: columns are named as the prediction log does, else as a reference does.
  InputReader(const infer::Signature& signature, bool as_logged) {
    for (const auto& port : signature.inputs) {
      const auto width = port.shape.size() == 2 && port.shape[1] > 1 ? static_cast<std::size_t>(port.shape[1]) : 1;
      for (std::size_t i = 0; i < width; ++i) {
        columns_.push_back(as_logged ? serving::log_column(port.name, i, width) : width > 1 ? fmt::format("{}_{}", port.name, i) : port.name);
      }
      widths_.push_back(width);
      tensors_.push_back({port.name, port.shape, infer::empty_values(port.type)});
    }
  }

  const std::vector<std::string>& columns() const { return columns_; }
  std::string select() const {
    std::string text;
    for (const auto& column : columns_) text += ", " + query::quote_name(column);
    return text;
  }

  void add(const query::Block& block, std::size_t first_column) {
    for (std::size_t row = 0; row < block.rows; ++row) {
      auto column = first_column;
      for (std::size_t i = 0; i < tensors_.size(); ++i) {
        for (std::size_t k = 0; k < widths_[i]; ++k) append(tensors_[i], block.columns[column++], row);
      }
    }
    rows_ += block.rows;
  }

  serving::Batch finish() {
    for (auto& tensor : tensors_) {
      if (!tensor.shape.empty()) tensor.shape.front() = static_cast<std::int64_t>(rows_);
    }
    return {rows_, std::move(tensors_), {}};
  }

 private:
  // What is missing is NaN, 0 or "".
  static void append(infer::Tensor& tensor, const query::ColumnData& data, std::size_t row) {
    const bool missing = data.nulls[row], real = !data.reals.empty();
    std::visit(
        [&]<class T>(std::vector<T>& values) {
          if constexpr (std::is_same_v<T, std::string>) {
            values.push_back(missing || data.texts.empty() ? std::string() : data.texts[row]);
          } else if constexpr (std::is_floating_point_v<T>) {
            values.push_back(missing ? static_cast<T>(std::nan(""))
                                     : static_cast<T>(real                    ? data.reals[row]
                                                      : data.integers.empty() ? std::nan("")
                                                                              : static_cast<double>(data.integers[row])));
          } else {
            values.push_back(missing ? T{}
                                     : static_cast<T>(real                    ? static_cast<std::int64_t>(data.reals[row])
                                                      : data.integers.empty() ? 0
                                                                              : data.integers[row]));
          }
        },
        tensor.values);
  }

  std::vector<std::string> columns_;
  std::vector<std::size_t> widths_;
  std::vector<infer::Tensor> tensors_;
  std::size_t rows_ = 0;
};

}  // namespace

Result<LabelledRows> Service::labelled_rows(std::string_view endpoint, TimeMs from_ms, TimeMs to_ms, std::size_t limit) {
  LabelledRows rows;
  const auto monitor = TRY(monitor_of(endpoint));
  const auto relation = TRY(labelled_relation(endpoint, from_ms, to_ms));
  if (!monitor || relation.empty()) return rows;
  InputReader inputs(TRY(serving_.shape(endpoint)).signature, true);
  constexpr std::size_t kOwn = 4;
  const auto score = query::quote_name(serving::log_column(monitor->definition.prediction));
  TRY(engine_.run(
      fmt::format("SELECT epoch_ms(\"at\"), version, {0}::DOUBLE, gyre_label{1} FROM {2} WHERE {0} IS NOT NULL ORDER BY \"at\", prediction_id LIMIT {3}", score,
                  inputs.select(), relation, limit),
      {}, [](const auto&) {},
      [&](const query::Block& block) -> Result<void> {
        for (std::size_t i = 0; i < block.rows; ++i) {
          rows.at_ms.push_back(block.columns[0].integers[i]);
          rows.version.push_back(block.columns[1].integers[i]);
          rows.score.push_back(block.columns[2].reals[i]);
          rows.label.push_back(block.columns[3].integers[i] != 0);
        }
        inputs.add(block, kOwn);
        return {};
      }));
  rows.inputs = inputs.finish();
  return rows;
}

Result<LabelledRows> Service::reference_rows(std::string_view model, std::int64_t version, const Definition& definition) {
  LabelledRows rows;
  const auto evidence = TRY(registry_.evidence(model, version, "reference"));
  if (!evidence || evidence->sha256.empty()) return rows;
  const auto file = TRY(blob::content_file(blobs_, evidence->sha256, folder_ / "cache"));
  const auto told = TRY(query::describe(engine_, file, "parquet"));
  InputReader inputs(TRY(serving_.signature(model, version)), false);
  auto needed = inputs.columns();
  needed.insert(needed.end(), {definition.prediction, definition.label});
  for (const auto& column : needed) {
    if (std::ranges::find(told.columns, column, &query::Column::name) == told.columns.end()) {
      return fail(Code::invalid, fmt::format("the reference of {}@{} lacks the column '{}'", model, version, column), {},
                  "let it hold the model's inputs and outputs, and the label");
    }
  }
  constexpr std::size_t kOwn = 2, kMaxRows = 1'000'000;
  const auto score = query::quote_name(definition.prediction);
  TRY(engine_.run(
      fmt::format("SELECT {0}::DOUBLE, {1}::DOUBLE{2} FROM read_parquet({3}) WHERE {0} IS NOT NULL AND {1} IS NOT NULL LIMIT {4}", score,
                  query::quote_name(definition.label), inputs.select(), query::quote(file.string()), kMaxRows),
      {}, [](const auto&) {},
      [&](const query::Block& block) -> Result<void> {
        for (std::size_t i = 0; i < block.rows; ++i) {
          rows.score.push_back(block.columns[0].reals[i]);
          rows.label.push_back(block.columns[1].reals[i] > 0.5);
        }
        inputs.add(block, kOwn);
        return {};
      }));
  rows.version.assign(rows.score.size(), version);
  rows.inputs = inputs.finish();
  return rows;
}

}  // namespace gyre::monitoring
