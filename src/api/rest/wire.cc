#include "api/rest/wire.h"

#include <algorithm>
#include <charconv>

#include "base/utf8.h"

namespace gyre::rest {

Result<json::Value> json_body(const net::Request& request) {
  if (request.body.find_first_not_of(" \t\r\n") == std::string::npos) return fail(Code::invalid, "The request has no body.", {}, "Send a JSON object.");
  return json::parse(request.body);
}

Result<std::int64_t> Page::offset() const {
  if (cursor.empty()) return 0;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), number);
  if (error != std::errc() || end != cursor.data() + cursor.size() || number < 0) {
    return fail(Code::invalid, fmt::format("query parameter 'cursor' is not one that this list gave: '{:.40}'", cursor), {},
                "take it from the page before, as it stands there");
  }
  return number;
}

Result<Page> page_of(const net::Request& request, std::int64_t otherwise, std::int64_t most) {
  return Page{TRY(request.query_int("limit", otherwise, 1, most)), std::string(request.query_text("cursor").value_or(""))};
}

Result<TimeMs> query_time(const net::Request& request, std::string_view name, TimeMs otherwise) {
  const auto text = request.query_text(name).value_or("");
  if (text.empty()) return otherwise;
  const auto at = from_iso(text);
  if (!at)
    return fail(Code::invalid, fmt::format("query parameter '{}' is not a time in ISO 8601 UTC: '{:.40}'", name, text), {}, "for example 2001-04-01T00:00:00Z");
  return *at;
}

Result<std::string> query_choice(const net::Request& request, std::string_view name, std::initializer_list<std::string_view> words,
                                 std::string_view otherwise) {
  const auto text = request.query_text(name).value_or("");
  if (text.empty()) return std::string(otherwise);
  if (std::ranges::find(words, text) == words.end())
    return fail(Code::invalid, fmt::format("query parameter '{}' cannot be '{:.40}'", name, text), {}, fmt::format("one of: {}", fmt::join(words, ", ")));
  return std::string(text);
}

std::vector<std::string> query_list(const net::Request& request, std::string_view name) {
  std::vector<std::string> words;
  auto text = request.query_text(name).value_or("");
  while (!text.empty()) {
    const auto comma = text.find(',');
    if (comma != 0) words.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return words;
}

void time_field(Writer& writer, std::string_view name, TimeMs at_ms) { writer.field(name, to_iso(at_ms)); }

void maybe_time_field(Writer& writer, std::string_view name, TimeMs at_ms) {
  if (at_ms != 0) return time_field(writer, name, at_ms);
  writer.key(name);
  writer.null();
}

void maybe_figure_field(Writer& writer, std::string_view name, std::optional<double> figure) {
  writer.key(name);
  if (figure) {
    writer.number(*figure);
  } else {
    writer.null();
  }
}

void maybe_integer_field(Writer& writer, std::string_view name, std::optional<std::int64_t> number) {
  writer.key(name);
  if (number) {
    writer.integer(*number);
  } else {
    writer.null();
  }
}

void strings_field(Writer& writer, std::string_view name, const std::vector<std::string>& texts) {
  writer.key(name);
  writer.begin_array();
  for (const auto& text : texts) writer.string(text);
  writer.end_array();
}

std::string valid_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const auto length = utf8_length(bytes.substr(at));
    if (length == 0) text += "\xEF\xBF\xBD";
    text.append(bytes.substr(at, length));
    at += std::max<std::size_t>(1, length);
  }
  return text;
}

net::Response reply(Writer& writer) { return net::json_response(writer.take()); }

void cursor_field(Writer& writer, const std::optional<std::string>& next) {
  writer.key("cursor");
  if (next) return writer.string(*next);
  writer.null();
}

net::Response done(const Link& object, std::string_view text, std::string_view cli) {
  Writer writer;
  writer.begin_object();
  link_field(writer, "object", object);
  writer.field("text", text);
  writer.field("cli", cli);
  writer.end_object();
  return reply(writer);
}

std::string actor_of(const net::Request&) { return "user:local"; }

}  // namespace gyre::rest
