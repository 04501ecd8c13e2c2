#include "traces/python_json.h"

namespace gyre::traces {
namespace {

void append(std::string& out, const json::Value& value) {
  if (const auto* items = value.if_array()) {
    out += '[';
    for (std::size_t i = 0; i < items->size(); ++i) {
      if (i > 0) out += ", ";
      append(out, (*items)[i]);
    }
    out += ']';
  } else if (const auto* members = value.if_object()) {
    out += '{';
    for (std::size_t i = 0; i < members->size(); ++i) {
      if (i > 0) out += ", ";
      json::append_quoted(out, (*members)[i].first);
      out += ": ";
      append(out, (*members)[i].second);
    }
    out += '}';
  } else {
    out += json::to_text(value);
  }
}

}  // namespace

std::string python_json(const json::Value& value) {
  std::string out;
  append(out, value);
  return out;
}

}  // namespace gyre::traces
