// Tokens that the calls of a trace took. Inside traces/ only.
#pragma once

#include "traces/traces.h"

namespace gyre::traces {

struct Tokens {
  std::optional<std::int64_t> input, output, total;
  bool any() const { return input || output || total; }
};

struct SpanTokens {
  std::string span_id, parent_id;
  Tokens tokens;
};

// From MLflow's attribute, else from OpenTelemetry's conventions for GenAI.
Tokens tokens_of(const json::Object& attributes);
// Of a whole trace. A span that tells of tokens speaks for those within it too, so that they are not counted twice.
Tokens sum_of(const std::vector<SpanTokens>& spans);

}  // namespace gyre::traces
