// Regular expressions that a search may ask for: those of base/pattern.h, which both databases read alike.
#pragma once

#include <optional>

#include "base/pattern.h"
#include "storage/sql/db.h"

namespace gyre::tracking {

// What is wrong with it; nothing where it may be asked for.
std::optional<PatternTrouble> pattern_trouble(std::string_view pattern);

// Whether the text holds what the pattern, at its place, describes.
std::string matches_sql(sql::Dialect dialect, std::string_view text, std::string_view pattern);

}  // namespace gyre::tracking
