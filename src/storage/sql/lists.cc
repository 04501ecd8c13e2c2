#include "storage/sql/lists.h"

#include <fmt/format.h>

namespace gyre::sql {

std::string places(std::size_t count, std::size_t first) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += fmt::format("{}${}", i == 0 ? "" : ", ", first + i);
  return text;
}

std::vector<Value> values_of(const std::vector<std::string>& texts) {
  std::vector<Value> values;
  for (const auto& text : texts) values.push_back(to_value(text));
  return values;
}

}  // namespace gyre::sql
