// Rows of a file: CSV with a header, a JSON list, or a JSON object a line.
#pragma once

#include "base/json.h"
#include "base/result.h"

namespace gyre::cli {

// All of a file, or of standard input for "-".
Result<std::string> read_input(const std::string& file);

// Fields of RFC 4180's CSV; an unclosed quote is told with the line it began on.
Result<std::vector<std::vector<std::string>>> parse_csv(std::string_view text);

struct Frame {
  std::vector<std::string> columns;
  std::vector<json::Array> rows;  // as long as `columns`
};

// `text` is CSV unless it begins with [ or {. A CSV field is text; numeric() makes numbers of those that are some.
Result<Frame> read_frame(std::string_view text);
json::Value numeric(const json::Value& field);

}  // namespace gyre::cli
