// What a clause of a filter speaks of. Inside traces/ only.
#pragma once

#include "traces/lexer.h"

namespace gyre::traces {

struct Subject {
  enum class Kind { text, number, tag, metadata, span, span_attribute, span_content, assessment, prompt, run, issue } kind = Kind::text;
  std::string sql;   // of text, number and span
  std::string key;   // of tag, metadata, span_attribute, assessment
  std::string what;  // of assessment: "feedback" or "expectation"; of the others the name for messages
  std::size_t column = 1;
};

// From the names before and behind the first point; `entity` is empty for an attribute.
Result<Subject> subject_of(std::string_view entity, std::string_view key, std::size_t column);

}  // namespace gyre::traces
