// /runs/:run/console: what a run's command printed, in and out
#include "api/rest/run_console.h"

#include <fmt/format.h>

#include "api/rest/wire.h"
#include "tracking/console.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kMaxConsoleBodyBytes = 16 << 20;  // escaped text is longer than the text

struct PieceBody {
  std::optional<std::int64_t> offset;
  json::Value at;
  std::string stream, text;
};
BOOST_DESCRIBE_STRUCT(PieceBody, (), (offset, at, stream, text))

struct ConsoleBody {
  std::int64_t offset = 0;
  std::vector<PieceBody> pieces;
};
BOOST_DESCRIBE_STRUCT(ConsoleBody, (), (offset, pieces))

Result<tracking::ConsolePiece> to_piece(PieceBody sent, std::size_t place, std::int64_t offset, TimeMs now_ms) {
  if (sent.offset && *sent.offset != offset)
    return fail(Code::invalid, fmt::format("'pieces[{}].offset' is {}, and the pieces before it end at {}", place, *sent.offset, offset), {},
                "pieces follow each other without a gap; offsets count bytes of UTF-8");
  if (sent.stream != "out" && sent.stream != "err")
    return fail(Code::invalid, fmt::format("'pieces[{}].stream' is '{:.40}'", place, sent.stream), {}, "out or err");
  auto at_ms = now_ms;
  if (sent.at.if_int()) at_ms = *sent.at.if_int();
  if (sent.at.if_string()) at_ms = TRY(from_iso(*sent.at.if_string()));
  return tracking::ConsolePiece{.at_ms = at_ms, .is_error = sent.stream == "err", .text = std::move(sent.text)};
}

void state_fields(Writer& writer, const tracking::ConsoleState& state) {
  writer.field("bytes", state.bytes);
  writer.field("lines", state.lines);
  writer.field("dropped", state.dropped);
}

Result<net::Response> append(const Rooms& rooms, const net::Request& request) {
  auto sent = TRY(body<ConsoleBody>(request));
  std::vector<tracking::ConsolePiece> pieces;
  for (auto offset = sent.offset; auto& piece : sent.pieces) {
    pieces.push_back(TRY(to_piece(std::move(piece), pieces.size(), offset, rooms.clock.now_ms())));
    offset += std::ssize(pieces.back().text);
  }
  const auto state = TRY(tracking::Consoles(rooms.tracking, rooms.blobs, rooms.clock).append(request.parameter("run"), sent.offset, std::move(pieces)));
  Writer writer;
  writer.begin_object();
  state_fields(writer, state);
  writer.end_object();
  return reply(writer);
}

void write_row(Writer& writer, const tracking::ConsoleRow& row) {
  writer.begin_object();
  writer.field("offset", row.offset);
  writer.field("bytes", row.bytes);
  time_field(writer, "at", row.at_ms);
  writer.field("stream", row.is_error ? "err" : "out");
  writer.field("open", row.is_open);
  writer.field("text", row.text);
  writer.key("end");
  if (row.end.empty()) {
    writer.null();
  } else {
    writer.string(row.end);
  }
  writer.end_object();
}

net::Response rows_reply(const tracking::ConsoleRows& found) {
  Writer writer;
  writer.begin_object();
  state_fields(writer, found.state);
  writer.field("next", found.next);
  writer.field("complete", found.is_complete);
  writer.key("rows");
  writer.begin_array();
  for (const auto& row : found.rows) write_row(writer, row);
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

Result<net::Response> text_reply(tracking::Consoles& consoles, const net::Request& request, std::int64_t offset) {
  const auto limit = TRY(request.query_int("limit", 1 << 20, 1, tracking::kMaxConsoleReply));
  const auto found = TRY(consoles.text(request.parameter("run"), offset, static_cast<std::size_t>(limit)));
  Writer writer;
  writer.begin_object();
  state_fields(writer, found.state);
  writer.field("next", found.next);
  writer.field("complete", found.next >= found.state.bytes - found.state.dropped);
  writer.field("text", found.text);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> read(const Rooms& rooms, const net::Request& request) {
  tracking::Consoles consoles(rooms.tracking, rooms.blobs, rooms.clock);
  const auto run = request.parameter("run");
  const auto offset = TRY(request.query_int("offset", 0, 0, INT64_MAX));
  if (TRY(query_choice(request, "as", {"rows", "text"}, "rows")) == "text") return text_reply(consoles, request, offset);
  const auto limit = static_cast<std::size_t>(TRY(request.query_int("limit", 1000, 1, tracking::kMaxConsoleRows)));
  if (const auto tail = TRY(request.query_int("tail", 0, 0, tracking::kMaxConsoleRows)); tail > 0)
    return rows_reply(TRY(consoles.last_rows(run, static_cast<std::size_t>(tail))));
  return rows_reply(TRY(consoles.search(run, request.query_text("q").value_or(""), offset, limit)));
}

}  // namespace

void add_run_console_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "POST", "/runs/:run/console", append, {.max_body_bytes = kMaxConsoleBodyBytes});
  add(router, rooms, "GET", "/runs/:run/console", read);
}

}  // namespace gyre::rest
