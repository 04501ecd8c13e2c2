// Reads through a run's console, piece by piece. Inside tracking/ only.
#pragma once

#include <functional>

#include "tracking/console.h"

namespace gyre::tracking {

std::string console_key(std::string_view run_id, std::int64_t offset);

// A part of one piece.
struct ConsoleSpan {
  std::int64_t offset = 0;
  TimeMs at_ms = 0;
  bool is_error = false;
  std::string_view text;
};

// From the byte on; `each` ends it by false. At most kMaxConsoleScan bytes are looked at: the place where it ended.
struct Scanned {
  std::int64_t next = 0;
  bool is_complete = false;
};
Result<Scanned> scan_console(sql::Db& db, blob::Store& blobs, std::string_view run_id, std::int64_t offset,
                             const std::function<bool(const ConsoleSpan& span)>& each);

// Makes rows of spans, holding of each no more than is shown. With a needle, those alone that contain it.
class RowMaker {
 public:
  RowMaker(std::size_t limit, std::string needle);

  // False when there are enough.
  bool add(const ConsoleSpan& span);
  // What is begun is a row, too.
  void finish();

  std::vector<ConsoleRow>& rows() { return rows_; }
  std::int64_t next() const { return next_; }  // behind the last row that is closed
  bool is_full() const;

 private:
  void take(const ConsoleSpan& span, std::size_t from, std::string_view text);
  void close(bool with_newline);
  void look_for(std::string_view text);

  const std::size_t limit_;
  const std::string needle_;  // in lower case
  std::vector<ConsoleRow> rows_;
  std::optional<ConsoleRow> open_;
  std::string carried_;  // of the open row, what a match may begin in
  bool matches_ = false;
  std::size_t shown_bytes_ = 0;
  std::int64_t next_ = 0;
};

}  // namespace gyre::tracking
