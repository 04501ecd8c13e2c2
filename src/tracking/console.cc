// Consoles come in: rows, that become objects when they are many.
#include "tracking/console.h"

#include <fmt/format.h>

#include <algorithm>

#include "governance/governance.h"
#include "storage/sql/outbox.h"
#include "tracking/console_codec.h"
#include "tracking/console_scan.h"
#include "tracking/engine.h"
#include "tracking/rules.h"

namespace gyre::tracking {
namespace {

constexpr std::int64_t kMaxSealedRows = 2000;  // that become one object

// Takes the first bytes away.
void drop_front(std::vector<ConsolePiece>& pieces, std::int64_t bytes) {
  auto at = pieces.begin();
  for (; at != pieces.end() && bytes >= std::ssize(at->text); ++at) bytes -= std::ssize(at->text);
  if (at != pieces.end()) at->text.erase(0, static_cast<std::size_t>(bytes));
  pieces.erase(pieces.begin(), at);
}

std::int64_t bytes_of(std::span<const ConsolePiece> pieces) {
  std::int64_t bytes = 0;
  for (const auto& piece : pieces) bytes += std::ssize(piece.text);
  return bytes;
}

std::int64_t lines_of(std::span<const ConsolePiece> pieces) {
  std::int64_t lines = 0;
  for (const auto& piece : pieces) lines += std::ranges::count(piece.text, '\n');
  return lines;
}

struct StateRow {
  std::int64_t bytes, lines, dropped, changed_ms;
};

// The row is held, so that two who append come one after the other.
Result<ConsoleState> hold(sql::Tx& tx, std::string_view run_id, TimeMs now_ms) {
  const auto row = TRY(tx.select<StateRow>("INSERT INTO run_consoles (run_id, bytes, lines, dropped, changed_ms) VALUES ($1, 0, 0, 0, $2) "
                                           "ON CONFLICT (run_id) DO UPDATE SET changed_ms = excluded.changed_ms RETURNING bytes, lines, dropped, changed_ms",
                                           run_id, now_ms))
                       .front();
  return ConsoleState{row.bytes, row.lines, row.dropped, row.changed_ms};
}

Result<void> publish_growth(sql::Tx& tx, TimeMs now_ms, std::string_view run_id, const ConsoleState& state) {
  return outbox::publish(tx, now_ms, "run.console", governance::urn("run", run_id),
                         json::Object{{"run", run_id}, {"bytes", state.bytes}, {"lines", state.lines}});
}

Result<ConsoleState> write_pieces(sql::Tx& tx, std::string_view run_id, std::int64_t offset, std::vector<ConsolePiece> pieces, TimeMs now_ms,
                                  std::int64_t most_bytes) {
  TRY(check_active(tx, run_id));
  auto state = TRY(hold(tx, run_id, now_ms));
  if (offset > state.bytes)
    return fail(Code::conflict, fmt::format("output from byte {} on is sent, and {} is where the next begins here", offset, state.bytes), {},
                fmt::format("send it from byte {} on", state.bytes));
  drop_front(pieces, state.bytes - offset);
  const auto bytes = bytes_of(pieces), lines = lines_of(pieces);
  if (bytes == 0) return state;
  if (state.bytes - state.dropped + bytes > most_bytes || state.dropped > 0) {
    state.dropped += bytes;  // from the first that did not fit on, so that what is kept has no gap
  } else {
    const auto packed = pack_pieces(pieces);
    TRY(tx.exec("INSERT INTO run_console_pieces (run_id, at_offset, bytes, lines, body) VALUES ($1, $2, $3, $4, $5)", run_id, state.bytes, bytes, lines,
                sql::Bytes{packed}));
  }
  state.bytes += bytes;
  state.lines += lines;
  TRY(tx.exec("UPDATE run_consoles SET bytes = $1, lines = $2, dropped = $3 WHERE run_id = $4", state.bytes, state.lines, state.dropped, run_id));
  TRY(publish_growth(tx, now_ms, run_id, state));
  return state;
}

struct Unsealed {
  std::int64_t at_offset, bytes, lines;
  std::string body;
};
struct Sum {
  std::int64_t rows, bytes;
};

constexpr std::string_view kUnsealedSum =
    "SELECT COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM run_console_pieces WHERE run_id = $1 AND body IS NOT NULL AND at_offset BETWEEN $2 AND $3";

}  // namespace

std::string console_prefix(std::string_view run_id) { return fmt::format("consoles/{}/", run_id); }
std::string console_key(std::string_view run_id, std::int64_t offset) { return fmt::format("{}{:016}", console_prefix(run_id), offset); }

Consoles::Consoles(Service& service, blob::Store& blobs, const Clock& clock, std::int64_t most_bytes)
    : db_(engine_of(service).db), blobs_(blobs), clock_(clock), most_bytes_(most_bytes) {}

Result<ConsoleState> Consoles::append(std::string_view run_id, std::int64_t offset, std::vector<ConsolePiece> pieces) {
  if (offset < 0) return fail(Code::invalid, fmt::format("'offset' is {}", offset), {}, "the place of the first byte that is sent, from 0 on");
  if (bytes_of(pieces) > static_cast<std::int64_t>(kMaxConsoleAppend))
    return fail(Code::invalid, fmt::format("{} bytes of output are sent at once", bytes_of(pieces)), {},
                fmt::format("send at most {}, then those after them", kMaxConsoleAppend));
  const auto now_ms = clock_.now_ms();
  const auto state = TRY(db_.write([&](sql::Tx& tx) { return write_pieces(tx, run_id, offset, pieces, now_ms, most_bytes_); }));
  TRY(seal(run_id));
  return state;
}

// The object is put before the rows go: killed between, the same bytes are put once more under the same key.
Result<void> Consoles::seal(std::string_view run_id) {
  const auto all = TRY(db_.read([&](sql::Tx& tx) { return tx.select<Sum>(kUnsealedSum, run_id, std::int64_t{0}, INT64_MAX); })).front();
  if (all.bytes < kSealedBytes && all.rows < kMaxSealedRows) return {};
  const auto rows = TRY(db_.read([&](sql::Tx& tx) {
    return tx.select<Unsealed>(
        "SELECT at_offset, bytes, lines, body FROM run_console_pieces WHERE run_id = $1 AND body IS NOT NULL ORDER BY at_offset LIMIT $2", run_id,
        kMaxSealedRows);
  }));
  if (rows.empty()) return {};
  std::string packed;
  Sum sum{0, 0};
  std::int64_t lines = 0;
  for (const auto& row : rows) {
    if (sum.bytes >= kSealedBytes && sum.rows > 0) break;
    packed += row.body;
    ++sum.rows;
    sum.bytes += row.bytes;
    lines += row.lines;
  }
  const auto first = rows.front().at_offset, last = rows[static_cast<std::size_t>(sum.rows - 1)].at_offset;
  const auto pressed = press(packed);
  StringSource source(pressed);
  TRY(blobs_.put(console_key(run_id, first), source));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    const auto stands = TRY(tx.select<Sum>(kUnsealedSum, run_id, first, last)).front();
    if (stands.rows != sum.rows || stands.bytes != sum.bytes) return {};  // another one has sealed them
    TRY(tx.exec("DELETE FROM run_console_pieces WHERE run_id = $1 AND at_offset BETWEEN $2 AND $3", run_id, first, last));
    return tx.exec("INSERT INTO run_console_pieces (run_id, at_offset, bytes, lines, body) VALUES ($1, $2, $3, $4, NULL)", run_id, first, sum.bytes, lines);
  });
}

Result<ConsoleState> Consoles::read_state(std::string_view run_id) {
  return db_.read([&](sql::Tx& tx) -> Result<ConsoleState> {
    TRY(check_there(tx, run_id));
    const auto row = TRY(tx.select_one<StateRow>("SELECT bytes, lines, dropped, changed_ms FROM run_consoles WHERE run_id = $1", run_id));
    return row ? ConsoleState{row->bytes, row->lines, row->dropped, row->changed_ms} : ConsoleState{};
  });
}

Result<ConsoleState> Consoles::state(std::string_view run_id) { return read_state(run_id); }

Result<void> verify_consoles(sql::Db& db, blob::Store& blobs, Findings& findings) {
  struct Place {
    std::string run_id;
    std::int64_t at_offset;
  };
  constexpr std::int64_t kRowsARead = 1000;
  constexpr std::size_t kMaxProblems = 20;
  for (Place after{"", -1}; findings.problems.size() < kMaxProblems;) {
    const auto places = TRY(db.read([&](sql::Tx& tx) {
      return tx.select<Place>(
          "SELECT run_id, at_offset FROM run_console_pieces WHERE body IS NULL AND (run_id, at_offset) > ($1, $2) ORDER BY run_id, at_offset LIMIT $3",
          after.run_id, after.at_offset, kRowsARead);
    }));
    if (places.empty()) return {};
    for (const auto& place : places) {
      const auto there = blobs.stat(console_key(place.run_id, place.at_offset));
      if (!there)
        findings.problems.push_back(fmt::format("tracking: output of run {} from byte {} on: {}", place.run_id, place.at_offset, there.error().message));
    }
    after = places.back();
  }
  return {};
}

}  // namespace gyre::tracking
