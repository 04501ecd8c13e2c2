// What SQL asks of SQLite that PostgreSQL has of itself. Used inside this folder only.
#pragma once

struct sqlite3;

namespace gyre::sql {

//   gyre_number(text)            the number that all of the text is, or NULL
//   gyre_matches(text, pattern)  whether an extended regular expression of POSIX is found in the text
bool add_functions(sqlite3* db);

// Of the statements that this thread runs: begun with each, and whether it has used up the time that it has for patterns.
void begin_pattern_time();
bool is_pattern_time_over();

}  // namespace gyre::sql
