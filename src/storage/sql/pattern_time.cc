#include "storage/sql/pattern_time.h"

#include <fmt/format.h>

namespace gyre::sql {
namespace {

thread_local std::int64_t most_ms = kMaxPatternMs;

}  // namespace

std::int64_t pattern_ms() { return most_ms; }

std::unexpected<Error> patterns_took_too_long() {
  return fail(Code::invalid, fmt::format("the regular expressions of this search were tried for {} ms, which is as long as they may be", pattern_ms()), {},
              "narrow what they are tried on: search fewer experiments, or put a test of a metric, the status or a time beside RLIKE; LIKE is quicker");
}

LessPatternTime::LessPatternTime(std::int64_t ms) { most_ms = ms; }
LessPatternTime::~LessPatternTime() { most_ms = kMaxPatternMs; }

}  // namespace gyre::sql
