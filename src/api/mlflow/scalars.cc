#include "api/mlflow/scalars.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace gyre::mlflow {
namespace {

constexpr std::string_view kSeeDocs = " See the API docs for more information about request parameters.";

// MLflow's server is written in Python and names its types.
std::string_view type_name(const json::Value& value) {
  if (value.if_string()) return "str";
  if (value.if_int()) return "int";
  if (value.if_double()) return "float";
  if (value.if_bool()) return "bool";
  if (value.if_array()) return "list";
  return value.if_object() ? "dict" : "NoneType";
}

constexpr double kBeyond = 9'223'372'036'854'775'808.0;

std::optional<std::int64_t> whole(double real) {
  if (real >= -kBeyond && real < kBeyond && real == std::trunc(real)) return static_cast<std::int64_t>(real);
  return {};
}

std::optional<std::int64_t> read_scientific(std::string_view text) {
  if (text.find('e') == std::string_view::npos) return {};
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? whole(number) : std::nullopt;
}

}  // namespace

Result<std::int64_t> to_integer(const json::Value& value, std::string_view path) {
  if (const auto* number = value.if_int()) return *number;
  if (const auto* real = value.if_double()) {
    if (const auto number = whole(*real)) return *number;
  }
  if (const auto* text = value.if_string()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error == std::errc() && end == text->data() + text->size()) return number;
    if (const auto scientific = read_scientific(*text)) return *scientific;
  }
  return wrong_type(value, path);
}

Result<double> to_number(const json::Value& value, std::string_view path) {
  if (value.is_number()) return value.number_or(0);
  if (const auto* text = value.if_string()) {
    if (*text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (*text == "Infinity") return std::numeric_limits<double>::infinity();
    if (*text == "-Infinity") return -std::numeric_limits<double>::infinity();
    double number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error == std::errc() && end == text->data() + text->size()) return number;
  }
  return wrong_type(value, path);
}

std::unexpected<Error> wrong_type(const json::Value& value, std::string_view path) {
  return fail(Code::invalid, fmt::format("Invalid value {:.1000} for parameter '{}' supplied:  Hint: Value was of type '{}'.{}", json::to_text(value), path,
                                         type_name(value), kSeeDocs));
}

std::unexpected<Error> missing(std::string_view path) {
  return fail(Code::invalid, fmt::format("Missing value for required parameter '{}'.{}", path, kSeeDocs));
}

std::string plain_text(const json::Value& value) {
  if (const auto* text = value.if_string()) return *text;
  return value.is_null() ? "" : json::to_text(value);
}

}  // namespace gyre::mlflow
