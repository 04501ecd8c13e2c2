#include "net/cors.h"

#include <fmt/format.h>

namespace gyre::net {
namespace {

constexpr std::string_view kMethods = "GET, POST, PUT, PATCH, DELETE, OPTIONS";
constexpr std::string_view kExposed =
    "X-Request-Id, ETag, Location, Retry-After, Accept-Ranges, Content-Range, Content-Disposition, Repr-Digest, Upload-Complete, Upload-Length, Upload-Limit, "
    "Upload-Offset";
constexpr int kRememberedS = 600;
constexpr std::size_t kMaxAskedBytes = 4096;  // of header names that a page wants to send

// Names of headers, and what stands between them.
bool are_names(std::string_view text) {
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~, ") == std::string_view::npos;
}

}  // namespace

std::optional<Response> answer_preflight(const HostRules& rules, const Request& request) {
  if (request.method != "OPTIONS" || !request.header("Access-Control-Request-Method")) return {};
  if (!is_listed_origin(rules, request.header("Origin").value_or(""))) return {};
  Response response{.status = 204, .content_type = "", .headers = {}, .body = std::string(), .content_length = {}};
  let_read(rules, request, response);
  response.headers.emplace("Access-Control-Allow-Methods", kMethods);
  response.headers.emplace("Access-Control-Max-Age", fmt::to_string(kRememberedS));
  const auto asked = request.header("Access-Control-Request-Headers").value_or("");
  if (!asked.empty() && asked.size() <= kMaxAskedBytes && are_names(asked)) response.headers.emplace("Access-Control-Allow-Headers", asked);
  return response;
}

void let_read(const HostRules& rules, const Request& request, Response& response) {
  if (rules.origins.empty()) return;
  response.headers.emplace("Vary", "Origin");
  const auto origin = request.header("Origin").value_or("");
  if (!is_listed_origin(rules, origin)) return;
  response.headers.emplace("Access-Control-Allow-Origin", origin);
  response.headers.emplace("Access-Control-Allow-Credentials", "true");
  response.headers.emplace("Access-Control-Expose-Headers", kExposed);
}

}  // namespace gyre::net
