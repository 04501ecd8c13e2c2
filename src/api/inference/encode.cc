#include "api/inference/encode.h"

#include <fmt/format.h>

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

void write_finite(json::Writer& writer, float value) {
  if (value - value == 0) {
    write_value(writer, value);
  } else {
    writer.number(static_cast<double>(value));
  }
}

void write_values(json::Writer& writer, const infer::Tensor& tensor) {
  writer.begin_array();
  std::visit(
      [&]<class T>(const std::vector<T>& values) {
        for (std::size_t i = 0; i < values.size(); ++i) {
          if constexpr (std::is_same_v<T, float>) {
            write_finite(writer, values[i]);
          } else {
            write_value<T>(writer, values[i]);
          }
        }
      },
      tensor.values);
  writer.end_array();
}

}  // namespace

std::string encode_mlflow(const serving::Scored& scored) {
  json::Writer writer;
  writer.begin_object();
  writer.key("predictions");
  if (scored.outputs.size() == 1) {
    write_values(writer, scored.outputs.front());
  } else {
    writer.begin_object();
    for (const auto& output : scored.outputs) {
      writer.key(output.name);
      write_values(writer, output);
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
