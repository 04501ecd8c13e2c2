// Between C++ values and the five that both databases hold.
#pragma once

#include <array>
#include <boost/pfr/core.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/id.h"

namespace gyre::sql {

struct Bytes {
  std::string_view view;
};

// NULL, BIGINT, DOUBLE PRECISION, TEXT, BLOB / BYTEA. Text and bytes are borrowed: a statement's arguments live while it
// runs, a row's values until the next row.
using Value = std::variant<std::monostate, std::int64_t, double, std::string_view, Bytes>;

inline Value to_value(std::nullptr_t) { return std::monostate{}; }
inline Value to_value(bool truth) { return std::int64_t{truth}; }  // booleans are INTEGER in both
inline Value to_value(int number) { return std::int64_t{number}; }
inline Value to_value(std::int64_t number) { return number; }
inline Value to_value(double number) { return number; }
inline Value to_value(const char* text) { return std::string_view(text); }
inline Value to_value(std::string_view text) { return text; }
inline Value to_value(const std::string& text) { return std::string_view(text); }
inline Value to_value(Bytes bytes) { return bytes; }
inline Value to_value(const Value& value) { return value; }
template <class T>
Value to_value(const std::optional<T>& maybe) {
  return maybe ? to_value(*maybe) : Value{};
}

// NULL becomes the type's zero; ask for std::optional<T> where NULL means something.
void from_value(const Value& value, std::int64_t& out);
void from_value(const Value& value, bool& out);
void from_value(const Value& value, double& out);
void from_value(const Value& value, std::string& out);
template <class T>
void from_value(const Value& value, std::optional<T>& out) {
  if (std::holds_alternative<std::monostate>(value)) {
    out.reset();
  } else {
    from_value(value, out.emplace());
  }
}

template <class... Args>
std::array<Value, sizeof...(Args)> to_values(const Args&... args) {
  return {to_value(args)...};
}

// A row as an aggregate whose members stand in column order.
template <class Record>
Record to_record(std::span<const Value> row) {
  Record record{};
  boost::pfr::for_each_field(record, [&](auto& field, std::size_t i) { from_value(row[i], field); });
  return record;
}

}  // namespace gyre::sql
