// How long one statement may try regular expressions on texts. Each text takes time by its length alone (base/pattern.h); many long ones
// would still hold a thread, or a connection, for as long as anybody likes.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace gyre::sql {

constexpr std::int64_t kMaxPatternMs = 10'000;

// Of a statement that this thread runs now: SQLite has the time that is spent in patterns, PostgreSQL that of the whole statement.
std::int64_t pattern_ms();
// `invalid`: what such a statement fails with.
std::unexpected<Error> patterns_took_too_long();

// On this thread a statement has less, as long as this lives: for tests.
class LessPatternTime {
 public:
  explicit LessPatternTime(std::int64_t ms);
  ~LessPatternTime();
  LessPatternTime(const LessPatternTime&) = delete;
  LessPatternTime& operator=(const LessPatternTime&) = delete;
};

}  // namespace gyre::sql
