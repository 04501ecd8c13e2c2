// What people see on a terminal: tables, colours, glyphs, progress. Standard output is data, standard error is talk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace gyre::cli {

// "auto" (colour on a terminal unless NO_COLOR is set), "always" or "never".
void set_color(std::string_view mode);
// Tables as comma-separated values with a header, whatever standard output is.
void set_csv(bool on);
bool csv();
// Times of day in UTC instead of the machine's zone.
void set_utc(bool utc);

bool stdout_is_terminal();
bool stderr_is_terminal();
// Whether a person reads standard output: then numbers are rounded, times are relative and names may be shortened. Else
// all is whole: bytes and milliseconds as whole numbers, times in ISO 8601.
bool human();
bool utf8();
std::size_t terminal_width();

enum class Tone { plain, dim, bold, ok, warn, critical, accent, canary };
enum class Stream { out, err };
std::string paint(std::string_view text, Tone tone, Stream stream = Stream::out);

// A status as glyph and word: "● ok", "△ warn", "⬢ failed". ASCII when the locale is not UTF-8.
std::string status(std::string_view word);
// The same with the glyph of one of the server's statuses (ok warn crit run wait canary none) and a word of its own.
std::string mark(std::string_view status, std::string_view word);
// The glyph alone, and that of a kind of object: ■ ⇶ ∿ ◈ ⇄ ◉ ↻.
std::string glyph(std::string_view status);
std::string kind_glyph(std::string_view kind);

// Aligned on a terminal with a dim header; tab-separated without header, colour or truncation when piped.
class Table {
 public:
  enum class Cut { middle, end, never, wrap };  // where a text gives way when the screen is narrow: ids never do, sentences go on below
  struct Column {
    std::string title;
    bool right = false;
    int drop = 0;  // left out on a narrow screen, the highest first; 0: never
    Cut cut = Cut::middle;
    bool even = false;  // people see its numbers with equally many decimals
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  // `indent` blanks stand before each line on a terminal.
  void print(std::size_t indent = 0) const;
  // The lines as a terminal of `width` shows them.
  std::vector<std::string> lines(std::size_t width) const;

 private:
  bool says_nothing(std::size_t column) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Width on the screen: escape sequences and combining marks count nothing, wide characters two.
std::size_t display_width(std::string_view text);
std::string shorten_middle(std::string_view text, std::size_t width);
std::string shorten_end(std::string_view text, std::size_t width);
std::string pad_right(std::string text, std::size_t width);
// Lines of at most `width` where words allow it.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

std::string human_count(std::int64_t n);                 // 12.4k
std::string human_bytes(std::int64_t bytes);             // 12.4 MiB
std::string human_duration(std::int64_t ms);             // 2 h 14 m
std::string human_number(double value, int digits = 4);  // so many significant digits
std::string grouped(std::int64_t n);                     // 12,345
std::string sparkline(const std::vector<double>& values);
// At most so many values: means of equal parts, so that a line fits and all of it is seen.
std::vector<double> resampled(const std::vector<double>& values, std::size_t most);
// `share` of 0 to 1 as a bar.
std::string bar(double share, std::size_t width);

// One line on standard error, redrawn in place; on no terminal a line each 10 s.
class Progress {
 public:
  // `patience_ms`: what is over before that shows nothing.
  explicit Progress(std::int64_t patience_ms = 0) : patience_ns_(patience_ms * 1'000'000) {}
  ~Progress() { clear(); }
  void show(std::string_view line);
  // A lasting line above the moving one.
  void say(std::string_view line);
  void clear();

 private:
  const std::int64_t patience_ns_;
  std::int64_t started_ns_ = 0;
  std::int64_t last_ns_ = 0;
  bool drawn_ = false;
};

// Bytes on their way: bar, share, amount, rate and time left; count and rate where the whole is not known.
class Meter {
 public:
  Meter(std::string label, std::int64_t total_bytes) : label_(std::move(label)), total_bytes_(total_bytes) {}
  void at(std::int64_t bytes, std::string_view what = "");
  void clear() { progress_.clear(); }
  static std::string line(std::string_view label, std::int64_t bytes, std::int64_t total_bytes, std::int64_t elapsed_ms, std::string_view what);

 private:
  static constexpr std::int64_t kPatienceMs = 400;
  const std::string label_;
  const std::int64_t total_bytes_;
  const std::int64_t started_ns_ = monotonic_ns();
  Progress progress_{kPatienceMs};
};

}  // namespace gyre::cli
