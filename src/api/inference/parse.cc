#include "api/inference/parse.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"

namespace gyre::inference {

std::expected<simdjson::dom::element, serving::Refusal> parse(std::string_view body) {
  constexpr std::size_t kLeastRoom = 4096;
  thread_local simdjson::dom::parser parser;
  if (parser.allocate(std::max(body.size(), kLeastRoom), json::kMaxDepth)) return refuse("not JSON", "the body is too large");
  simdjson::dom::element root;
  if (const auto error = parser.parse(body.data(), body.size()).get(root)) return refuse("not JSON", fmt::format("the body is not valid JSON: {}", simdjson::error_message(error)));
  return root;
}

}  // namespace gyre::inference
