// Between HTTP and the house's values: what all of these routes share.
#pragma once

#include "api/rest/links.h"
#include "base/clock.h"
#include "base/decode.h"
#include "net/message.h"

namespace gyre::rest {

using Writer = json::Writer;

// In.

// A JSON body as a described struct; a member that it does not have is refused by name.
Result<json::Value> json_body(const net::Request& request);
template <class T>
Result<T> body(const net::Request& request) {
  return json::decode_strict<T>(TRY(json_body(request)));
}

// A page of a list: where it starts is told by the cursor of the page before it.
struct Page {
  std::int64_t limit = 50;
  std::string cursor;  // "": from the start
  // The cursor of lists that are counted through.
  Result<std::int64_t> offset() const;
};
constexpr std::int64_t kMaxPage = 500;
Result<Page> page_of(const net::Request& request, std::int64_t otherwise = 50, std::int64_t most = kMaxPage);

// An ISO 8601 query parameter.
Result<TimeMs> query_time(const net::Request& request, std::string_view name, TimeMs otherwise);
// One of a few words.
Result<std::string> query_choice(const net::Request& request, std::string_view name, std::initializer_list<std::string_view> words, std::string_view otherwise);
// "a,b,c", without empty ones.
std::vector<std::string> query_list(const net::Request& request, std::string_view name);

// Out. Times are milliseconds, 0 where there is none.

void time_field(Writer& writer, std::string_view name, TimeMs at_ms);
void maybe_time_field(Writer& writer, std::string_view name, TimeMs at_ms);
void maybe_figure_field(Writer& writer, std::string_view name, std::optional<double> figure);
void maybe_integer_field(Writer& writer, std::string_view name, std::optional<std::int64_t> number);
void strings_field(Writer& writer, std::string_view name, const std::vector<std::string>& texts);

// Bytes that may be anything as text that JSON may hold: what is not UTF-8 becomes U+FFFD.
std::string valid_utf8(std::string_view bytes);

net::Response reply(Writer& writer);
// {object, text, cli}: a write that took effect.
net::Response done(const Link& object, std::string_view text, std::string_view cli);

void cursor_field(Writer& writer, const std::optional<std::string>& next);

// {total, cursor, rows: [...]}, each row written by `write_row(writer, row)`. `next` nothing: that was all.
template <class Rows, class WriteRow>
void list_fields(Writer& writer, std::int64_t total, const std::optional<std::string>& next, const Rows& rows, WriteRow&& write_row) {
  writer.field("total", total);
  cursor_field(writer, next);
  writer.key("rows");
  writer.begin_array();
  for (const auto& row : rows) write_row(writer, row);
  writer.end_array();
}

template <class Rows, class WriteRow>
net::Response list_reply(std::int64_t total, const std::optional<std::string>& next, const Rows& rows, WriteRow&& write_row) {
  Writer writer;
  writer.begin_object();
  list_fields(writer, total, next, rows, write_row);
  writer.end_object();
  return reply(writer);
}

// Who asks, for the audit log. There is no sign-in yet: all that comes from this machine is its user.
std::string actor_of(const net::Request& request);

}  // namespace gyre::rest
