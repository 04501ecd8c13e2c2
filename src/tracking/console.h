// What a run's command printed: as it came, standard output and error told apart, with times. Appended to while the run goes on.
#pragma once

#include "tracking/tracking.h"

namespace gyre::tracking {

// One piece of output as it came. Valid UTF-8.
struct ConsolePiece {
  TimeMs at_ms = 0;
  bool is_error = false;  // of standard error
  std::string text;
};

struct ConsoleState {
  std::int64_t bytes = 0;    // that came: where the next piece begins
  std::int64_t lines = 0;    // newlines among them
  std::int64_t dropped = 0;  // of the bytes, those beyond the bound: not kept
  TimeMs changed_ms = 0;
};

// A line, or what one stream added to it where both wrote to one line.
struct ConsoleRow {
  std::int64_t offset = 0, bytes = 0;  // of the line, its newline included
  TimeMs at_ms = 0;                    // when it began
  bool is_error = false;
  bool is_open = false;  // it has no newline yet
  std::string text;      // without the newline; of a line longer than kMaxRowBytes its beginning
  std::string end;       // of such a line: its last bytes
};

struct ConsoleRows {
  ConsoleState state;
  std::vector<ConsoleRow> rows;
  std::int64_t next = 0;     // where to go on
  bool is_complete = false;  // all that is kept was looked at
};

constexpr std::int64_t kMaxConsoleBytes = 4LL << 30;  // of a run; what comes after is counted and not kept
constexpr std::size_t kMaxConsoleAppend = 8 << 20;    // of one call
constexpr std::size_t kMaxRowBytes = 16 << 10, kRowEndBytes = 4 << 10;
constexpr std::size_t kMaxConsoleRows = 5000, kMaxConsoleReply = 4 << 20;
constexpr std::int64_t kMaxConsoleScan = 64LL << 20;  // bytes that one call looks through
constexpr std::size_t kMaxConsoleNeedle = 1000;

// Thread-safe. New pieces are rows; when they are many they become one compressed object in the store.
class Consoles {
 public:
  Consoles(Service& service, blob::Store& blobs, const Clock& clock, std::int64_t most_bytes = kMaxConsoleBytes);

  // What lies before the end of what is there is not taken again. `conflict` where `offset` lies behind it.
  Result<ConsoleState> append(std::string_view run_id, std::int64_t offset, std::vector<ConsolePiece> pieces);
  Result<ConsoleState> state(std::string_view run_id);
  // At most `limit` rows from the byte on.
  Result<ConsoleRows> rows(std::string_view run_id, std::int64_t offset, std::size_t limit);
  // The last ones.
  Result<ConsoleRows> last_rows(std::string_view run_id, std::size_t limit);
  // Those that contain the text, whatever its case (of ASCII letters).
  Result<ConsoleRows> search(std::string_view run_id, std::string_view text, std::int64_t offset, std::size_t limit);
  // The text as it came, at most so many bytes.
  struct Text {
    ConsoleState state;
    std::string text;
    std::int64_t next = 0;
  };
  Result<Text> text(std::string_view run_id, std::int64_t offset, std::size_t limit_bytes);

  static constexpr std::int64_t kSealedBytes = 1 << 20;

 private:
  Result<void> seal(std::string_view run_id);
  Result<ConsoleState> read_state(std::string_view run_id);

  sql::Db& db_;
  blob::Store& blobs_;
  const Clock& clock_;
  const std::int64_t most_bytes_;
};

// Where the store keeps a run's console.
std::string console_prefix(std::string_view run_id);
// What is in no place that the table tells of.
Result<void> verify_consoles(sql::Db& db, blob::Store& blobs, Findings& findings);

}  // namespace gyre::tracking
