// From values to described structs and back. Describe a struct with BOOST_DESCRIBE_STRUCT(Name, (), (members)).
//
//   struct Point { std::string key; double value = 0; std::optional<std::int64_t> step; };
//   BOOST_DESCRIBE_STRUCT(Point, (), (key, value, step))
//   auto point = TRY(json::decode<Point>(value));
//
// std::string, bool, integers, double (also "NaN", "Infinity", "-Infinity"), json::Value, vectors, std::map<std::string, T>
// and described structs may nest. A member absent from the text keeps its initial value; `decode_strict` refuses unknown members.
#pragma once

#include <fmt/format.h>

#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <type_traits>

#include "base/json.h"

namespace gyre::json {

enum class Unknown { ignore, refuse };

std::unexpected<Error> wrong(const Value& value, std::string_view path, std::string_view expected);
std::unexpected<Error> unknown_member(const Value& value, std::string_view path, std::string_view name, std::string known);

namespace detail {

template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_string_map : std::false_type {};
template <class T>
struct is_string_map<std::map<std::string, T>> : std::true_type {};

template <class T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public>;

Result<double> read_double(const Value& value, std::string_view path);

inline std::string join(std::string_view path, std::string_view name) { return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name); }

template <class T>
Result<void> read(const Value& value, std::string_view path, Unknown unknown, T& out);

template <class T>
Result<void> read_members(const Value& value, std::string_view path, Unknown unknown, T& out) {
  const auto* members = value.if_object();
  if (!members) return wrong(value, path, "an object");
  Result<void> outcome;
  std::string known;
  boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
    known += known.empty() ? member.name : fmt::format(", {}", member.name);
    const auto* found = value.find(member.name);
    if (!outcome || !found) return;
    outcome = read(*found, join(path, member.name), unknown, out.*member.pointer);
  });
  if (!outcome || unknown == Unknown::ignore) return outcome;
  for (const auto& [name, member] : *members) {
    bool found = false;
    boost::mp11::mp_for_each<members_of<T>>([&](auto described) { found = found || name == described.name; });
    if (!found) return unknown_member(member, path, name, known);
  }
  return {};
}

template <class T>
Result<void> read(const Value& value, std::string_view path, Unknown unknown, T& out) {
  if constexpr (std::is_same_v<T, Value>) {
    out = value;
  } else if constexpr (is_optional<T>::value) {
    if (value.is_null()) return out = std::nullopt, Result<void>();
    return read(value, path, unknown, out.emplace());
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!value.if_string()) return wrong(value, path, "a string");
    out = *value.if_string();
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!value.if_bool()) return wrong(value, path, "true or false");
    out = *value.if_bool();
  } else if constexpr (std::is_floating_point_v<T>) {
    out = static_cast<T>(TRY(read_double(value, path)));
  } else if constexpr (std::is_integral_v<T>) {
    if (!value.if_int()) return wrong(value, path, "a whole number");
    if (!std::in_range<T>(*value.if_int())) return wrong(value, path, fmt::format("a whole number up to {}", std::numeric_limits<T>::max()));
    out = static_cast<T>(*value.if_int());
  } else if constexpr (is_vector<T>::value) {
    if (!value.if_array()) return wrong(value, path, "a list");
    out.clear();
    for (const auto& item : *value.if_array()) {
      TRY(read(item, fmt::format("{}[{}]", path, out.size()), unknown, out.emplace_back()));
    }
  } else if constexpr (is_string_map<T>::value) {
    if (!value.if_object()) return wrong(value, path, "an object");
    out.clear();
    for (const auto& [name, member] : *value.if_object()) TRY(read(member, join(path, name), unknown, out[name]));
  } else {
    return read_members(value, path, unknown, out);
  }
  return {};
}

template <class T>
void write(Writer& writer, const T& value) {
  if constexpr (std::is_same_v<T, Value>) {
    writer.value(value);
  } else if constexpr (is_optional<T>::value) {
    if (value) {
      write(writer, *value);
    } else {
      writer.null();
    }
  } else if constexpr (std::is_same_v<T, bool>) {
    writer.boolean(value);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    writer.string(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    writer.number(value);
  } else if constexpr (std::is_integral_v<T>) {
    writer.integer(static_cast<std::int64_t>(value));
  } else if constexpr (is_vector<T>::value) {
    writer.begin_array();
    for (const auto& item : value) write(writer, item);
    writer.end_array();
  } else if constexpr (is_string_map<T>::value) {
    writer.begin_object();
    for (const auto& [name, member] : value) writer.key(name), write(writer, member);
    writer.end_object();
  } else {
    writer.begin_object();
    boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
      const auto& field = value.*member.pointer;
      if constexpr (is_optional<std::remove_cvref_t<decltype(field)>>::value) {
        if (!field) return;  // an absent optional is left out
      }
      writer.key(member.name);
      write(writer, field);
    });
    writer.end_object();
  }
}

}  // namespace detail

// Unknown members are ignored. Errors name the member's path ("metrics[3].value") and, for YAML, its line.
template <class T>
Result<T> decode(const Value& value, std::string_view path = "") {
  T out{};
  TRY(detail::read(value, path, Unknown::ignore, out));
  return out;
}

// As `decode`, but a member that T does not have is an error that lists those it has.
template <class T>
Result<T> decode_strict(const Value& value, std::string_view path = "") {
  T out{};
  TRY(detail::read(value, path, Unknown::refuse, out));
  return out;
}

template <class T>
Result<T> decode_text(std::string_view text) {
  return decode<T>(TRY(parse(text)));
}

template <class T>
std::string encode(const T& value) {
  Writer writer;
  detail::write(writer, value);
  return writer.take();
}

}  // namespace gyre::json
