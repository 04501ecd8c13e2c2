#include "storage/sql/sqlite_functions.h"

#include <sqlite3.h>

#include <charconv>
#include <cmath>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/pattern.h"
#include "storage/sql/pattern_time.h"

namespace gyre::sql {
namespace {

constexpr int kPure = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;

std::string_view text_of(sqlite3_value* value) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return text ? std::string_view(text, static_cast<std::size_t>(sqlite3_value_bytes(value))) : std::string_view();
}

void number(sqlite3_context* context, int, sqlite3_value** args) {
  auto text = text_of(args[0]);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double result = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(result)) sqlite3_result_double(context, result);
}

void free_pattern(void* pattern) { delete static_cast<Pattern*>(pattern); }

// Compiled once a statement: SQLite keeps it beside the argument.
const Pattern* pattern_of(sqlite3_context* context, sqlite3_value* value) {
  if (const auto* kept = static_cast<Pattern*>(sqlite3_get_auxdata(context, 1))) return kept;
  auto compiled = Pattern::compile(text_of(value));
  if (!compiled) return nullptr;
  sqlite3_set_auxdata(context, 1, std::make_unique<Pattern>(std::move(*compiled)).release(), free_pattern);
  return static_cast<const Pattern*>(sqlite3_get_auxdata(context, 1));
}

thread_local std::int64_t pattern_left_ns = 0;  // of the statement that this thread runs

void matches(sqlite3_context* context, int, sqlite3_value** args) {
  if (sqlite3_value_type(args[0]) == SQLITE_NULL || sqlite3_value_type(args[1]) == SQLITE_NULL) return;
  const auto* pattern = pattern_of(context, args[1]);
  if (!pattern) return sqlite3_result_error(context, "this is no regular expression", -1);
  const auto begun_ns = monotonic_ns();
  sqlite3_result_int(context, pattern->found_in(text_of(args[0])) ? 1 : 0);
  pattern_left_ns -= monotonic_ns() - begun_ns;
  if (is_pattern_time_over()) sqlite3_result_error(context, "patterns took too long", -1);
}

}  // namespace

void begin_pattern_time() { pattern_left_ns = pattern_ms() * 1'000'000; }
bool is_pattern_time_over() { return pattern_left_ns < 0; }

bool add_functions(sqlite3* db) {
  return sqlite3_create_function_v2(db, "gyre_number", 1, kPure, nullptr, number, nullptr, nullptr, nullptr) == SQLITE_OK &&
         sqlite3_create_function_v2(db, "gyre_matches", 2, kPure, nullptr, matches, nullptr, nullptr, nullptr) == SQLITE_OK;
}

}  // namespace gyre::sql
