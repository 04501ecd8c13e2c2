// Regular expressions that a search may ask for: extended ones of POSIX, without what may take for ever.
#pragma once

#include <string>

#include "storage/sql/db.h"

namespace gyre::tracking {

// What is wrong with it; nothing where it may be asked for.
std::string pattern_trouble(const std::string& pattern);

// Whether the text holds what the pattern, at its place, describes.
std::string matches_sql(sql::Dialect dialect, std::string_view text, std::string_view pattern);

}  // namespace gyre::tracking
