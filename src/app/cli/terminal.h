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
bool stdout_is_terminal();
bool stderr_is_terminal();

enum class Tone { plain, dim, bold, ok, warn, critical, accent, canary };
std::string paint(std::string_view text, Tone tone);

// A status as glyph and word: "● ok", "△ warn", "⬢ failed". ASCII when the locale is not UTF-8.
std::string status(std::string_view word);

// Aligned on a terminal with a dim header; tab-separated without header, colour or truncation when piped.
class Table {
 public:
  struct Column {
    std::string title;
    bool right = false;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void print() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Width on the screen: escape sequences count nothing, multi-byte characters one.
std::size_t display_width(std::string_view text);
std::string shorten_middle(std::string_view text, std::size_t width);

std::string human_count(std::int64_t n);        // 12.4k
std::string human_bytes(std::int64_t bytes);    // 12.4 MiB
std::string human_duration(std::int64_t ms);    // 2 h 14 m
std::string human_number(double value);         // 4 significant digits
std::string sparkline(const std::vector<double>& values);

// One line on standard error, redrawn in place; on no terminal a line each 10 s.
class Progress {
 public:
  void show(std::string_view line);
  // A lasting line above the moving one.
  void say(std::string_view line);
  void clear();

 private:
  std::int64_t last_ns_ = 0;
  bool drawn_ = false;
  std::string last_line_;
};

}  // namespace gyre::cli
