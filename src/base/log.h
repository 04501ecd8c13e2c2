// The server's structured log: one JSON object a line on standard error.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace gyre::log {

enum class Level { debug, info, warn, error };

// Extra fields of a line. Never put a secret or a request's body in one.
using Field = std::pair<std::string_view, std::string>;

// Whether lines of `level` are written: for those who would make many.
bool is_on(Level level);
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void info(std::string_view message, std::initializer_list<Field> fields = {}) { write(Level::info, message, fields); }
inline void warn(std::string_view message, std::initializer_list<Field> fields = {}) { write(Level::warn, message, fields); }
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) { write(Level::error, message, fields); }

// An error with all that the log may know of it.
void report(Level level, std::string_view doing, const Error& error);

// Lines below `level` are dropped. `file` empty: standard error. Call before threads start.
Result<void> configure(Level level, const std::string& file = {});

}  // namespace gyre::log
