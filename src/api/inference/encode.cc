#include "api/inference/encode.h"

#include <fmt/format.h>

#include <cmath>

#include "base/json_writer.h"

namespace gyre::inference {
namespace {

template <class T>
void write_value(json::Writer& writer, const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    writer.string(value);
  } else if constexpr (std::is_same_v<T, bool>) {
    writer.boolean(value);
  } else if constexpr (std::is_same_v<T, float>) {
    char text[32];
    writer.raw({text, static_cast<std::size_t>(fmt::format_to(text, "{}", value) - text)});  // the shortest that is the same float
  } else if constexpr (std::is_floating_point_v<T>) {
    writer.number(value);
  } else {
    writer.integer(value);
  }
}

// Not finite: as text, which every JSON parser reads.
void write_value(json::Writer& writer, const infer::Tensor& tensor, std::size_t at) {
  std::visit(
      [&]<class T>(const std::vector<T>& values) {
        if constexpr (std::is_same_v<T, float>) {
          if (!std::isfinite(values[at])) return writer.number(static_cast<double>(values[at]));
        }
        write_value<T>(writer, values[at]);
      },
      tensor.values);
}

void write_values(json::Writer& writer, const infer::Tensor& tensor) {
  writer.begin_array();
  for (std::size_t i = 0; i < tensor.size(); ++i) write_value(writer, tensor, i);
  writer.end_array();
}

// Values of one dimension and those inside it, as nested lists.
void write_nested(json::Writer& writer, const infer::Tensor& tensor, std::size_t dimension, std::size_t& at) {
  if (dimension == tensor.shape.size()) return write_value(writer, tensor, at++);
  writer.begin_array();
  for (std::int64_t i = 0; i < tensor.shape[dimension]; ++i) write_nested(writer, tensor, dimension + 1, at);
  writer.end_array();
}

void write_records(json::Writer& writer, const std::vector<infer::Tensor>& outputs, std::size_t rows) {
  writer.begin_array();
  for (std::size_t row = 0; row < rows; ++row) {
    writer.begin_object();
    for (const auto& output : outputs) {
      const auto width = output.size() / rows;
      writer.key(output.name);
      if (width == 1) {
        write_value(writer, output, row);
        continue;
      }
      writer.begin_array();
      for (std::size_t i = 0; i < width; ++i) write_value(writer, output, row * width + i);
      writer.end_array();
    }
    writer.end_object();
  }
  writer.end_array();
}

}  // namespace

std::string encode_mlflow(const serving::Scored& scored, Form form) {
  json::Writer writer;
  writer.begin_object();
  writer.key("predictions");
  if (form == Form::records) {
    write_records(writer, scored.outputs, static_cast<std::size_t>(scored.outputs.front().shape.front()));
  } else {
    writer.begin_object();
    for (const auto& output : scored.outputs) {
      std::size_t at = 0;
      writer.key(output.name);
      write_nested(writer, output, 0, at);
    }
    writer.end_object();
  }
  writer.end_object();
  return writer.take();
}

std::string encode_oip(std::string_view endpoint, std::string_view id, const serving::Scored& scored) {
  json::Writer writer;
  writer.begin_object();
  writer.field("model_name", endpoint);
  writer.field("model_version", std::to_string(scored.version));
  if (!id.empty()) writer.field("id", id);
  writer.key("outputs");
  writer.begin_array();
  for (const auto& output : scored.outputs) {
    writer.begin_object();
    writer.field("name", output.name);
    writer.field("datatype", infer::to_string(output.type()));
    writer.key("shape");
    writer.begin_array();
    for (const auto extent : output.shape) writer.integer(extent);
    writer.end_array();
    writer.key("data");
    write_values(writer, output);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return writer.take();
}

}  // namespace gyre::inference
