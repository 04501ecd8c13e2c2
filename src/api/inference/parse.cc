#include "api/inference/parse.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/json_trouble.h"

namespace gyre::inference {

std::expected<simdjson::dom::element, serving::Refusal> parse(std::string_view body) {
  constexpr std::size_t kLeastRoom = 4096, kKeptRoom = 1 << 20;
  thread_local simdjson::dom::parser parser;
  if (parser.capacity() > kKeptRoom && body.size() <= kKeptRoom) parser = simdjson::dom::parser();
  if (parser.allocate(std::max(body.size(), kLeastRoom), json::kMaxDepth)) return refuse("not JSON", "the body is too large");
  simdjson::dom::element root;
  const auto error = parser.parse(body.data(), body.size()).get(root);
  if (error == simdjson::DEPTH_ERROR) return refuse("not JSON", fmt::format("the body is nested deeper than {} levels", json::kMaxDepth));
  if (error) return refuse("not JSON", fmt::format("the body is not valid JSON: {}", json::describe_trouble(body, simdjson::error_message(error))));
  return root;
}

}  // namespace gyre::inference
