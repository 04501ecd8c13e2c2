#include "base/decode.h"

namespace gyre::json {
namespace {

std::string place(const Value& value, std::string_view path) {
  const std::string name = path.empty() ? "the value" : fmt::format("'{}'", path);
  return value.position.line > 0 ? fmt::format("line {}, column {}: {}", value.position.line, value.position.column, name) : name;
}

}  // namespace

std::unexpected<Error> wrong(const Value& value, std::string_view path, std::string_view expected) {
  return fail(Code::invalid, fmt::format("{}: expected {}, found {}", place(value, path), expected, value.kind()));
}

std::unexpected<Error> unknown_member(const Value& value, std::string_view path, std::string_view name, std::string known) {
  return fail(Code::invalid, fmt::format("{} is not known here", place(value, detail::join(path, name))), {}, "known: " + known);
}

namespace detail {

Result<double> read_double(const Value& value, std::string_view path) {
  if (value.is_number()) return value.number_or(0);
  if (const auto* text = value.if_string()) {
    if (*text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (*text == "Infinity") return std::numeric_limits<double>::infinity();
    if (*text == "-Infinity") return -std::numeric_limits<double>::infinity();
  }
  return wrong(value, path, "a number");
}

}  // namespace detail
}  // namespace gyre::json
