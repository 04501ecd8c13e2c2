#include "net/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace gyre::net {

bool CaseLess::operator()(std::string_view a, std::string_view b) const {
  const auto lower = [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); };
  return std::ranges::lexicographical_compare(a, b, {}, lower, lower);
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  const auto found = headers.find(name);
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

std::string_view Request::parameter(std::string_view name) const {
  const auto found = path_parameters.find(name);
  return found == path_parameters.end() ? std::string_view() : found->second;
}

std::optional<std::string_view> Request::query_text(std::string_view name) const {
  const auto found = query.find(name);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

Result<std::int64_t> Request::query_int(std::string_view name, std::int64_t otherwise, std::int64_t least, std::int64_t most) const {
  const auto text = query_text(name);
  if (!text || text->empty()) return otherwise;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number < least || number > most) {
    return fail(Code::invalid, fmt::format("query parameter '{}' must be a whole number from {} to {}, not '{:.40}'", name, least, most, *text));
  }
  return number;
}

Result<std::string> Request::required_query(std::string_view name) const {
  const auto text = query_text(name);
  if (!text || text->empty()) return fail(Code::invalid, fmt::format("query parameter '{}' is missing", name));
  return std::string(*text);
}

Response json_response(std::string body, int status) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Response text_response(std::string body, int status) {
  Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

}  // namespace gyre::net
