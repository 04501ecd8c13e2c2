// From frames to Parquet: one file a day, role and shape of a segment.
#include <fmt/format.h>

#include <algorithm>

#include "base/case.h"
#include "base/file_hash.h"
#include "base/folder.h"
#include "serving/log_writer.h"
#include "serving/sealed_files.h"

namespace gyre::serving {
namespace {

namespace fs = std::filesystem;
using query::Block;
using query::Column;
using query::ColumnData;
using query::Type;

constexpr std::size_t kMaxTailParts = 64;  // then they become one
constexpr std::string_view kOwnColumns[] = {"prediction_id", "at", "hour", "request_id", "revision", "version", "role"};

Column column_for(const infer::Tensor& tensor, std::string name) {
  switch (tensor.type()) {
    case infer::Type::float32:
      return {std::move(name), Type::real, "FLOAT"};
    case infer::Type::float64:
      return {std::move(name), Type::real, "DOUBLE"};
    case infer::Type::int32:
      return {std::move(name), Type::integer, "INTEGER"};
    case infer::Type::int64:
      return {std::move(name), Type::integer, "BIGINT"};
    case infer::Type::boolean:
      return {std::move(name), Type::boolean, "BOOLEAN"};
    default:
      return {std::move(name), Type::text, "VARCHAR"};
  }
}

std::size_t width_of(const infer::Tensor& tensor, std::size_t rows) { return rows > 0 ? tensor.size() / rows : 1; }

std::vector<Column> columns_of(const Frame& frame) {
  std::vector<Column> columns = {{"prediction_id", Type::text, "VARCHAR"}, {"at", Type::timestamp, "TIMESTAMP"},  {"hour", Type::integer, "INTEGER"},
                                 {"request_id", Type::text, "VARCHAR"},    {"revision", Type::integer, "BIGINT"}, {"version", Type::integer, "BIGINT"},
                                 {"role", Type::text, "VARCHAR"}};
  for (const auto* tensors : {&frame.inputs, &frame.outputs}) {
    for (const auto& tensor : *tensors) {
      const auto width = width_of(tensor, static_cast<std::size_t>(frame.rows));
      for (std::size_t i = 0; i < width; ++i) columns.push_back(column_for(tensor, log_column(tensor.name, i, width)));
    }
  }
  return columns;
}

std::vector<SealedTensor> tensors_of(const Frame& frame) {
  std::vector<SealedTensor> described;
  for (const auto* tensors : {&frame.inputs, &frame.outputs}) {
    for (const auto& tensor : *tensors) {
      described.push_back(
          {tensor.name, std::string(infer::to_string(tensor.type())), {tensor.shape.begin() + 1, tensor.shape.end()}, tensors == &frame.outputs});
    }
  }
  return described;
}

void copy_values(const infer::Tensor& tensor, std::size_t rows, std::vector<ColumnData>& out) {
  const auto width = width_of(tensor, rows);
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
  for (std::size_t row = 0; row < rows; ++row) ids.texts.push_back(frame.id(row));
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

// Removes what was taken out of the tail two calls ago, and takes out what is sealed.
Result<void> tidy_tail(const PredictionLog::Writer& log, Tail& tail) {
  std::error_code ignored;
  for (const auto& part : tail.leaving) fs::remove(part.file, ignored);
  tail.leaving.clear();
  for (auto at = tail.parts.begin(); at != tail.parts.end();) {
    const auto next = std::next(at);
    if (is_there(log.done_mark(at->segment))) tail.leaving.splice(tail.leaving.end(), tail.parts, at);
    at = next;
  }
  return {};
}

// The frames of a segment behind what the tail has, up to `end`.
Result<void> add_part(query::Engine& engine, const fs::path& folder, Tail& tail, std::int64_t segment, Position end) {
  const auto from = segment == tail.upto.segment ? tail.upto.offset : 0;
  SealedFiles files(engine, folder / "tail", segment, fmt::format(".{}-{}", end.segment, end.offset));
  auto reader = TRY(SegmentReader::open(segment_path(folder, segment), from));
  while (segment < end.segment || reader.position() < end.offset) {
    const auto payload = TRY(reader.next());
    if (!payload) break;
    TRY(files.add(TRY(decode(*payload))));
  }
  for (const auto& file : TRY(files.finish())) tail.parts.push_back({segment, folder / "tail" / file.name});
  return {};
}

}  // namespace

std::string log_column(std::string_view tensor, std::size_t i, std::size_t width) {
  std::string name(tensor);
  if (width > 1) name += fmt::format("_{}", i);
  const bool taken = std::ranges::find(kOwnColumns, lower(name)) != std::end(kOwnColumns);
  return taken ? name + "_" : name;
}

// Frames of another shape (a model with other inputs, a shadow without them) go into files of their own.
Result<void> SealedFiles::add(const Frame& frame) {
  auto columns = columns_of(frame);
  std::string shape = to_iso_date(frame.at_ms) + frame.role;
  for (const auto& column : columns) shape += "|" + column.name + column.sql_type;
  auto& file = files_[shape];
  if (!file.writer) {
    file.facts.name = fmt::format("{}.{:010}.{}.{}{}.parquet", to_iso_date(frame.at_ms), segment_, frame.role, files_.size(), suffix_);
    file.facts.tensors = tensors_of(frame);
    file.writer = TRY(engine_.write_parquet(folder_ / file.facts.name, std::move(columns)));
  }
  file.facts.rows += frame.rows;
  return file.writer->append(block_of(frame));
}

Result<std::vector<SealedFile>> SealedFiles::finish() {
  std::vector<SealedFile> made;
  for (auto& [shape, file] : files_) {
    TRY(file.writer->finish());
    made.push_back(std::move(file.facts));
  }
  files_.clear();
  return made;
}

Result<void> PredictionLog::seal(const Writer& log, std::int64_t segment) {
  SealedFiles files(engine_, log.folder / "sealed", segment, "");
  auto reader = TRY(SegmentReader::open(segment_path(log.folder, segment), 0));
  while (const auto payload = TRY(reader.next())) TRY(files.add(TRY(decode(*payload))));
  auto made = TRY(files.finish());
  for (auto& file : made) file.sha256 = TRY(file_sha256(log.folder / "sealed" / file.name));
  return write_file_durably(log.done_mark(segment), encode_mark(made));
}

// One more part with what came since the last time; parts of segments that were sealed meanwhile go.
Result<std::vector<fs::path>> PredictionLog::snapshot(Writer& log) {
  Position end;
  {
    const std::lock_guard lock(log.mutex);
    end = {log.segment, log.size};
  }
  return log.tail.with([&](Tail& tail) -> Result<std::vector<fs::path>> {
    TRY(tidy_tail(log, tail));
    if (tail.parts.size() > kMaxTailParts) tail.upto = {}, tail.leaving.splice(tail.leaving.end(), tail.parts);
    for (const auto segment : segments_in(log.folder)) {
      if (segment < tail.upto.segment || segment > end.segment || is_there(log.done_mark(segment))) continue;
      TRY(add_part(engine_, log.folder, tail, segment, end));
    }
    tail.upto = end;
    std::vector<fs::path> files;
    for (const auto& part : tail.parts) files.push_back(part.file);
    return files;
  });
}

}  // namespace gyre::serving
