#include "tracking/pattern.h"

#include <fmt/format.h>

namespace gyre::tracking {

std::optional<PatternTrouble> pattern_trouble(std::string_view pattern) {
  const auto compiled = Pattern::compile(pattern);
  if (compiled) return std::nullopt;
  return PatternTrouble{compiled.error().at, "this is no regular expression that is known here: " + compiled.error().what};
}

std::string matches_sql(sql::Dialect dialect, std::string_view text, std::string_view pattern) {
  return dialect == sql::Dialect::postgres ? fmt::format("({} ~ {})", text, pattern) : fmt::format("gyre_matches({}, {})", text, pattern);
}

}  // namespace gyre::tracking
