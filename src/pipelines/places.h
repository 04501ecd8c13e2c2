// Errors of a definition that tell where in its file they are. Inside pipelines/ only.
#pragma once

#include <fmt/format.h>

#include "base/json.h"

namespace gyre::pipelines {

inline std::unexpected<Error> fail_at(const json::Value& where, std::string what, std::string fix = {}) {
  const auto place = where.position.line > 0 ? fmt::format("line {}, column {}: ", where.position.line, where.position.column) : "";
  return fail(Code::invalid, place + what, {}, std::move(fix));
}

inline const json::Value& at_or(const json::Value& inner, const json::Value& outer) { return inner.position.line > 0 ? inner : outer; }

}  // namespace gyre::pipelines
