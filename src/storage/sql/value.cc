#include "storage/sql/value.h"

#include <charconv>

namespace gyre::sql {

void from_value(const Value& value, std::int64_t& out) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    out = *whole;
  } else if (const auto* real = std::get_if<double>(&value)) {
    out = static_cast<std::int64_t>(*real);
  } else if (const auto* text = std::get_if<std::string_view>(&value)) {
    std::from_chars(text->data(), text->data() + text->size(), out);  // PostgreSQL's SUM(BIGINT) is NUMERIC, sent as text
  } else {
    out = 0;
  }
}

void from_value(const Value& value, bool& out) {
  std::int64_t whole = 0;
  from_value(value, whole);
  out = whole != 0;
}

void from_value(const Value& value, double& out) {
  if (const auto* real = std::get_if<double>(&value)) {
    out = *real;
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    out = static_cast<double>(*whole);
  } else if (const auto* text = std::get_if<std::string_view>(&value)) {
    std::from_chars(text->data(), text->data() + text->size(), out);
  } else {
    out = 0;
  }
}

void from_value(const Value& value, std::string& out) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    out = *text;
  } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
    out = bytes->view;
  } else {
    out.clear();
  }
}

}  // namespace gyre::sql
