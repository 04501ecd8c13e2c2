// From frames to Parquet: one file a day of a segment.
#include <fmt/format.h>

#include <fcntl.h>

#include "serving/prediction_log.h"

namespace gyre::serving {
namespace {

namespace fs = std::filesystem;
using query::Block;
using query::Column;
using query::ColumnData;
using query::Type;

Column column_for(const infer::Tensor& tensor) {
  switch (tensor.type()) {
    case infer::Type::float32: return {tensor.name, Type::real, "FLOAT"};
    case infer::Type::float64: return {tensor.name, Type::real, "DOUBLE"};
    case infer::Type::int32: return {tensor.name, Type::integer, "INTEGER"};
    case infer::Type::int64: return {tensor.name, Type::integer, "BIGINT"};
    case infer::Type::boolean: return {tensor.name, Type::boolean, "BOOLEAN"};
    default: return {tensor.name, Type::text, "VARCHAR"};
  }
}

// Wide tensors become one column a value: name_0, name_1, ...
void describe(const std::vector<infer::Tensor>& tensors, std::int64_t rows, std::vector<Column>& columns) {
  for (const auto& tensor : tensors) {
    const auto width = rows > 0 ? static_cast<std::int64_t>(tensor.size()) / rows : 1;
    for (std::int64_t i = 0; i < width; ++i) {
      columns.push_back(column_for(tensor));
      if (width > 1) columns.back().name += fmt::format("_{}", i);
    }
  }
}

void copy_values(const infer::Tensor& tensor, std::size_t rows, std::vector<ColumnData>& out) {
  const std::size_t width = rows > 0 ? tensor.size() / rows : 1;
  for (std::size_t i = 0; i < width; ++i) {
    auto& column = out.emplace_back();
    std::visit(
        [&]<class T>(const std::vector<T>& values) {
          for (std::size_t row = 0; row < rows; ++row) {
            if constexpr (std::is_same_v<T, std::string>) {
              column.texts.push_back(values[row * width + i]);
            } else if constexpr (std::is_floating_point_v<T>) {
              column.reals.push_back(values[row * width + i]);
            } else {
              column.integers.push_back(values[row * width + i]);
            }
          }
        },
        tensor.values);
  }
}

ColumnData repeated(std::int64_t value, std::size_t rows) {
  ColumnData data;
  data.integers.assign(rows, value);
  return data;
}

ColumnData repeated(const std::string& value, std::size_t rows) {
  ColumnData data;
  data.texts.assign(rows, value);
  return data;
}

Block block_of(const Frame& frame) {
  const auto rows = static_cast<std::size_t>(frame.rows);
  Block block{rows, {}};
  ColumnData ids;
  ids.texts = frame.ids;
  block.columns.push_back(std::move(ids));
  block.columns.push_back(repeated(frame.at_ms * 1000, rows));
  block.columns.push_back(repeated(frame.at_ms % kDayMs / kHourMs, rows));
  block.columns.push_back(repeated(frame.request_id, rows));
  block.columns.push_back(repeated(frame.revision, rows));
  block.columns.push_back(repeated(frame.version, rows));
  block.columns.push_back(repeated(frame.role, rows));
  for (const auto* tensors : {&frame.inputs, &frame.outputs}) {
    for (const auto& tensor : *tensors) copy_values(tensor, rows, block.columns);
  }
  return block;
}

}  // namespace

// Frames of another shape (a model with other inputs, a shadow without them) go into files of their own.
Result<void> PredictionLog::seal(std::string_view endpoint, std::int64_t segment) {
  const auto folder = folder_ / endpoint;
  std::map<std::string, std::pair<std::unique_ptr<query::Engine::ParquetWriter>, fs::path>> files;
  Position at{segment, 0};
  for (;;) {
    const auto some = TRY(read(endpoint, at, 8 << 20));
    bool more = false;
    for (const auto& frame : some.frames) {
      std::vector<Column> columns = {{"prediction_id", Type::text, "VARCHAR"}, {"at", Type::timestamp, "TIMESTAMP"}, {"hour", Type::integer, "INTEGER"}, {"request_id", Type::text, "VARCHAR"},
                                     {"revision", Type::integer, "BIGINT"},    {"version", Type::integer, "BIGINT"}, {"role", Type::text, "VARCHAR"}};
      describe(frame.inputs, frame.rows, columns);
      describe(frame.outputs, frame.rows, columns);
      std::string shape = to_iso_date(frame.at_ms) + frame.role;
      for (const auto& column : columns) shape += "|" + column.name + column.sql_type;
      auto& file = files[shape];
      if (!file.first) {
        file.second = folder / "sealed" / fmt::format("{}.{:010}.{}.{}.parquet", to_iso_date(frame.at_ms), segment, frame.role, files.size());
        file.first = TRY(engine_.write_parquet(file.second, columns));
      }
      TRY(file.first->append(block_of(frame)));
      more = true;
    }
    if (!more || some.next.segment != segment) break;
    at = some.next;
  }
  for (auto& [shape, file] : files) TRY(file.first->finish());
  return write_file_durably(folder / "sealed" / fmt::format("{:010}.done", segment), "");
}

}  // namespace gyre::serving
