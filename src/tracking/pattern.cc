#include "tracking/pattern.h"

#include <fmt/format.h>
#include <regex.h>

#include <algorithm>

namespace gyre::tracking {

std::string pattern_trouble(const std::string& pattern) {
  constexpr std::size_t kMaxPatternBytes = 256;
  if (pattern.size() > kMaxPatternBytes) return fmt::format("a regular expression has at most {} bytes", kMaxPatternBytes);
  if (std::ranges::count(pattern, '{') > 1 || pattern.contains('\\') || pattern.contains('\0'))
    return "a regular expression has at most one { here, and no backslash";
  regex_t compiled;
  if (regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) return "this is no regular expression";
  regfree(&compiled);
  return "";
}

std::string matches_sql(sql::Dialect dialect, std::string_view text, std::string_view pattern) {
  return dialect == sql::Dialect::postgres ? fmt::format("({} ~ {})", text, pattern) : fmt::format("gyre_matches({}, {})", text, pattern);
}

}  // namespace gyre::tracking
