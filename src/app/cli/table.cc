// Columns that fit the screen: first the least needed ones go, then long texts give way.
#include <fmt/format.h>
#include <wchar.h>

#include <algorithm>
#include <clocale>

#include "app/cli/terminal.h"

namespace gyre::cli {
namespace {

constexpr std::size_t kGap = 2, kNarrowestText = 12;
bool as_csv = false;

struct Character {
  std::size_t bytes = 1;
  char32_t code = 0;
};

// A byte that begins no character stands for itself.
Character character_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t bytes = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  if (bytes == 1 || at + bytes > text.size()) return {1, lead};
  char32_t code = lead & (0xffu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) code = code << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3f);
  return {bytes, code};
}

std::size_t width_of(char32_t code) {
  static const bool ready = std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr;
  const auto width = ready ? wcwidth(static_cast<wchar_t>(code)) : 1;
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

// The longest beginning that is at most `width` wide; from the end with `back`.
std::string_view fitting(std::string_view text, std::size_t width, bool back = false) {
  std::vector<std::pair<std::size_t, std::size_t>> characters;  // bytes, width
  for (std::size_t at = 0; at < text.size();) {
    const auto character = character_at(text, at);
    characters.emplace_back(character.bytes, width_of(character.code));
    at += character.bytes;
  }
  if (back) std::ranges::reverse(characters);
  std::size_t bytes = 0, taken = 0;
  for (const auto& [size, wide] : characters) {
    if (taken + wide > width) break;
    bytes += size, taken += wide;
  }
  return back ? text.substr(text.size() - bytes) : text.substr(0, bytes);
}

// What is painted as a whole is shortened inside its paint.
template <class Shorten>
std::string inside_paint(std::string_view text, Shorten&& shorten) {
  constexpr std::string_view kReset = "\x1b[0m";
  const auto start = text.find('m');
  if (!text.starts_with("\x1b[") || !text.ends_with(kReset) || start == std::string_view::npos) return std::string(text);
  const auto inner = text.substr(start + 1, text.size() - start - 1 - kReset.size());
  if (inner.find('\x1b') != std::string_view::npos) return std::string(text);
  return fmt::format("{}{}{}", text.substr(0, start + 1), shorten(inner), kReset);
}

std::string_view ellipsis() { return utf8() ? "…" : "~"; }

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

using Cells = std::vector<std::string>;

std::string csv_line(const Cells& cells) {
  std::string line;
  for (const auto& cell : cells) line += (&cell == &cells.front() ? "" : ",") + csv_cell(cell);
  return line;
}

// What is printed of a table: which columns, and how wide.
struct Layout {
  std::vector<std::size_t> columns, widths;
  std::size_t total() const {
    std::size_t sum = columns.empty() ? 0 : kGap * (columns.size() - 1);
    for (const auto width : widths) sum += width;
    return sum;
  }
};

std::size_t least(const Table::Column& column, std::size_t natural) { return column.right ? natural : std::min(natural, kNarrowestText); }

Layout fit(const std::vector<Table::Column>& columns, const std::vector<std::size_t>& natural, std::size_t screen) {
  Layout layout;
  for (std::size_t i = 0; i < columns.size(); ++i) layout.columns.push_back(i), layout.widths.push_back(natural[i]);
  const auto least_total = [&] {
    std::size_t sum = kGap * (layout.columns.size() - 1);
    for (const auto i : layout.columns) sum += least(columns[i], natural[i]);
    return sum;
  };
  while (layout.total() > screen && least_total() > screen) {
    const auto gone = std::ranges::max_element(layout.columns, {}, [&](std::size_t i) { return columns[i].drop; });
    if (columns[*gone].drop == 0) break;
    layout.widths.erase(layout.widths.begin() + (gone - layout.columns.begin()));
    layout.columns.erase(gone);
  }
  while (layout.total() > screen) {
    std::size_t* widest = nullptr;
    for (std::size_t at = 0; at < layout.columns.size(); ++at) {
      const auto i = layout.columns[at];
      if (layout.widths[at] > least(columns[i], natural[i]) && (!widest || layout.widths[at] > *widest)) widest = &layout.widths[at];
    }
    if (!widest) break;
    --*widest;
  }
  return layout;
}

}  // namespace

void set_csv(bool csv) { as_csv = csv; }

bool human() { return !as_csv && stdout_is_terminal(); }

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\x1b') {
      while (at < text.size() && text[at] != 'm') ++at;
      ++at;
      continue;
    }
    const auto character = character_at(text, at);
    width += width_of(character.code);
    at += character.bytes;
  }
  return width;
}

std::string shorten_middle(std::string_view text, std::size_t width) {
  if (display_width(text) <= width || width < 5) return std::string(text);
  if (text.find('\x1b') != std::string_view::npos) return inside_paint(text, [&](std::string_view inner) { return shorten_middle(inner, width); });
  const auto head = (width - 1) / 2;
  return fmt::format("{}{}{}", fitting(text, head), ellipsis(), fitting(text, width - 1 - head, true));
}

std::string shorten_end(std::string_view text, std::size_t width) {
  if (display_width(text) <= width || width < 5) return std::string(text);
  if (text.find('\x1b') != std::string_view::npos) return inside_paint(text, [&](std::string_view inner) { return shorten_end(inner, width); });
  return fmt::format("{}{}", fitting(text, width - 1), ellipsis());
}

std::string pad_right(std::string text, std::size_t width) {
  text.append(width - std::min(width, display_width(text)), ' ');
  return text;
}

std::vector<std::string> Table::lines(std::size_t width) const {
  std::vector<std::size_t> natural;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    natural.push_back(display_width(columns_[i].title));
    for (const auto& row : rows_) natural[i] = std::max(natural[i], display_width(row[i]));
  }
  const auto layout = fit(columns_, natural, width);
  const auto line = [&](const Cells& cells) {
    std::string text;
    for (std::size_t at = 0; at < layout.columns.size(); ++at) {
      const auto& column = columns_[layout.columns[at]];
      const auto& whole = cells[layout.columns[at]];
      const auto cell = column.cut == Cut::end ? shorten_end(whole, layout.widths[at]) : shorten_middle(whole, layout.widths[at]);
      const std::string pad(layout.widths[at] - std::min(layout.widths[at], display_width(cell)), ' ');
      text += column.right ? pad + cell : cell + pad;
      if (at + 1 < layout.columns.size()) text.append(kGap, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  };
  Cells titles;
  for (const auto& column : columns_) titles.push_back(column.title);
  std::vector<std::string> all{paint(line(titles), Tone::dim)};
  for (const auto& row : rows_) all.push_back(line(row));
  return all;
}

void Table::print(std::size_t indent) const {
  if (as_csv) {
    Cells titles;
    for (const auto& column : columns_) titles.push_back(column.title);
    fmt::print("{}\r\n", csv_line(titles));
    for (const auto& row : rows_) fmt::print("{}\r\n", csv_line(row));
  } else if (!human()) {
    for (const auto& row : rows_) fmt::print("{}\n", fmt::join(row, "\t"));
  } else {
    for (const auto& line : lines(terminal_width() - indent)) fmt::print("{:{}}{}\n", "", indent, line);
  }
}

}  // namespace gyre::cli
