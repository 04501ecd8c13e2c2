// JSON as values. YAML is read into the same values (base/yaml.h), so that both are decoded and complained about alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json_writer.h"
#include "base/result.h"

namespace gyre::json {

class Value;
using Array = std::vector<Value>;
// Members in the order in which they stood. A repeated name: the last one counts, as in Python.
using Object = std::vector<std::pair<std::string, Value>>;

// Where a value stood in its text: line and column from 1; 0 when unknown.
struct Position {
  int line = 0, column = 0;
};

// Whole numbers within 64 bits stay whole; all others are doubles, exact to the last bit.
class Value {
 public:
  Value() = default;
  Value(std::nullptr_t) {}
  Value(bool truth) : data_(truth) {}
  Value(int whole) : data_(static_cast<std::int64_t>(whole)) {}
  Value(std::int64_t whole) : data_(whole) {}
  Value(double real) : data_(real) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(Array items) : data_(std::move(items)) {}
  Value(Object members) : data_(std::move(members)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  const bool* if_bool() const { return std::get_if<bool>(&data_); }
  const std::int64_t* if_int() const { return std::get_if<std::int64_t>(&data_); }
  const double* if_double() const { return std::get_if<double>(&data_); }
  const std::string* if_string() const { return std::get_if<std::string>(&data_); }
  const Array* if_array() const { return std::get_if<Array>(&data_); }
  const Object* if_object() const { return std::get_if<Object>(&data_); }
  Array* if_array() { return std::get_if<Array>(&data_); }
  Object* if_object() { return std::get_if<Object>(&data_); }

  // Either kind of number as a double.
  bool is_number() const { return if_int() || if_double(); }
  double number_or(double otherwise) const;
  std::int64_t int_or(std::int64_t otherwise) const { return if_int() ? *if_int() : otherwise; }
  std::string string_or(std::string_view otherwise) const { return if_string() ? *if_string() : std::string(otherwise); }
  bool bool_or(bool otherwise) const { return if_bool() ? *if_bool() : otherwise; }

  // The member of an object; null when it is absent or this is no object.
  const Value* find(std::string_view name) const;
  // As `find`, but a null value stands for what is not there.
  const Value& operator[](std::string_view name) const;
  // Sets a member; a null value becomes an object first.
  void set(std::string_view name, Value value);

  // "a string", "a number", "an object", ... for messages.
  std::string_view kind() const;

  Position position;

  // Equality of content; positions do not count.
  friend bool operator==(const Value& a, const Value& b) { return a.data_ == b.data_; }

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_;
};

constexpr int kMaxDepth = 64;

// Fails with `invalid` and the line and column of the trouble; nesting deeper than kMaxDepth is refused.
Result<Value> parse(std::string_view text);

std::string to_text(const Value& value);
// As `to_text`, but a string comes as it is.
std::string unquoted(const Value& value);

}  // namespace gyre::json
