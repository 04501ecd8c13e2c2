// Consoles are read: by lines, by their end, by a text, as they came.
#include <fmt/format.h>

#include <algorithm>

#include "tracking/console.h"
#include "tracking/console_scan.h"

namespace gyre::tracking {
namespace {

constexpr std::int64_t kTailBytes = 2 << 20;  // that are looked through for the last lines

Result<void> check_range(std::int64_t offset, std::size_t limit, std::size_t most) {
  if (offset >= 0 && limit > 0 && limit <= most) return {};
  return fail(Code::invalid, fmt::format("offset {} and limit {} are no part of a console", offset, limit), {},
              fmt::format("an offset from 0 on, a limit of 1 to {}", most));
}

}  // namespace

Result<ConsoleRows> Consoles::rows(std::string_view run_id, std::int64_t offset, std::size_t limit) { return search(run_id, "", offset, limit); }

Result<ConsoleRows> Consoles::search(std::string_view run_id, std::string_view text, std::int64_t offset, std::size_t limit) {
  TRY(check_range(offset, limit, kMaxConsoleRows));
  if (text.size() > kMaxConsoleNeedle)
    return fail(Code::invalid, fmt::format("the text that is looked for has {} bytes", text.size()), {}, fmt::format("at most {}", kMaxConsoleNeedle));
  ConsoleRows found{.state = TRY(read_state(run_id)), .rows = {}};
  RowMaker maker(limit, std::string(text));
  const auto scanned = TRY(scan_console(db_, blobs_, run_id, offset, [&](const ConsoleSpan& span) { return maker.add(span); }));
  const bool was_full = maker.is_full();
  maker.finish();
  found.rows = std::move(maker.rows());
  found.next = was_full ? maker.next() : scanned.next;
  found.is_complete = scanned.is_complete && !was_full;
  return found;
}

Result<ConsoleRows> Consoles::last_rows(std::string_view run_id, std::size_t limit) {
  TRY(check_range(0, limit, kMaxConsoleRows));
  struct Piece {
    std::int64_t at_offset, bytes, lines;
  };
  constexpr std::int64_t kMaxPieces = 5000;
  ConsoleRows found{.state = TRY(read_state(run_id)), .rows = {}};
  const auto pieces = TRY(db_.read([&](sql::Tx& tx) {
    return tx.select<Piece>("SELECT at_offset, bytes, lines FROM run_console_pieces WHERE run_id = $1 ORDER BY at_offset DESC LIMIT $2", run_id, kMaxPieces);
  }));
  std::int64_t bytes = 0, lines = 0, from = 0;
  for (const auto& piece : pieces) {
    from = piece.at_offset;
    bytes += piece.bytes;
    lines += piece.lines;
    if (bytes >= kTailBytes || lines > static_cast<std::int64_t>(limit)) break;
  }
  for (;;) {
    auto part = TRY(rows(run_id, from, kMaxConsoleRows));
    std::ranges::move(part.rows, std::back_inserter(found.rows));
    if (found.rows.size() > limit) found.rows.erase(found.rows.begin(), found.rows.end() - static_cast<std::ptrdiff_t>(limit));
    found.next = part.next;
    found.is_complete = part.is_complete;
    if (part.is_complete || part.next <= from) return found;
    from = part.next;
  }
}

Result<Consoles::Text> Consoles::text(std::string_view run_id, std::int64_t offset, std::size_t limit_bytes) {
  TRY(check_range(offset, limit_bytes, kMaxConsoleReply));
  Text found{.state = TRY(read_state(run_id)), .text = {}, .next = offset};
  TRY(scan_console(db_, blobs_, run_id, offset, [&](const ConsoleSpan& span) {
    auto take = std::min(span.text.size(), limit_bytes - found.text.size());
    while (take > 0 && take < span.text.size() && (static_cast<unsigned char>(span.text[take]) & 0xC0) == 0x80) --take;
    found.text += span.text.substr(0, take);
    found.next = span.offset + static_cast<std::int64_t>(take);
    return take == span.text.size() && found.text.size() < limit_bytes;
  }));
  return found;
}

}  // namespace gyre::tracking
