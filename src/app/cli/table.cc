// Columns that fit the screen: first the least needed ones go, then long texts give way.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "app/cli/terminal.h"

namespace gyre::cli {
namespace {

constexpr std::size_t kGap = 2;
// A text gives way down to so much before a column is left out, and further only when none is left that may be.
constexpr std::size_t kReadableName = 16, kReadableSentence = 28, kNarrowestText = 8;
bool as_csv = false;

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

bool is_fixed(const Table::Column& column) { return column.right || column.cut == Table::Cut::never; }

std::size_t readable(const Table::Column& column, std::size_t natural) {
  const bool sentence = column.cut == Table::Cut::end || column.cut == Table::Cut::wrap;
  return is_fixed(column) ? natural : std::min(natural, sentence ? kReadableSentence : kReadableName);
}

std::size_t narrowest(const Table::Column& column, std::size_t natural) { return is_fixed(column) ? natural : std::min(natural, kNarrowestText); }

// Leaves columns out, the highest rank first, until the rest can be read.
void leave_out(Layout& layout, const std::vector<Table::Column>& columns, const std::vector<std::size_t>& natural, std::size_t screen) {
  const auto least_total = [&] {
    std::size_t sum = kGap * (layout.columns.size() - 1);
    for (const auto i : layout.columns) sum += readable(columns[i], natural[i]);
    return sum;
  };
  while (layout.total() > screen && least_total() > screen) {
    const auto gone = std::ranges::max_element(layout.columns, {}, [&](std::size_t i) { return columns[i].drop; });
    if (columns[*gone].drop == 0) return;
    layout.widths.erase(layout.widths.begin() + (gone - layout.columns.begin()));
    layout.columns.erase(gone);
  }
}

// Takes from the widest text that may still give.
void squeeze(Layout& layout, const std::vector<Table::Column>& columns, const std::vector<std::size_t>& natural, std::size_t screen) {
  while (layout.total() > screen) {
    std::size_t* widest = nullptr;
    for (std::size_t at = 0; at < layout.columns.size(); ++at) {
      const auto i = layout.columns[at];
      if (layout.widths[at] > narrowest(columns[i], natural[i]) && (!widest || layout.widths[at] > *widest)) widest = &layout.widths[at];
    }
    if (!widest) return;
    --*widest;
  }
}

Layout fit(const std::vector<Table::Column>& columns, const std::vector<std::size_t>& telling, const std::vector<std::size_t>& natural, std::size_t screen) {
  Layout layout;
  for (const auto i : telling) layout.columns.push_back(i), layout.widths.push_back(natural[i]);
  leave_out(layout, columns, natural, screen);
  squeeze(layout, columns, natural, screen);
  return layout;
}

// How many decimals a plain number has; nothing for what is none.
std::optional<std::size_t> decimals(std::string_view cell) {
  if (cell.empty() || cell.find_first_not_of("-0123456789.") != std::string_view::npos || cell == "-") return std::nullopt;
  const auto point = cell.find('.');
  return point == std::string_view::npos ? 0 : cell.size() - point - 1;
}

// Equally many decimals, so that the points of a column stand below each other.
void make_even(std::vector<Cells>& rows, std::size_t column) {
  std::size_t most = 0;
  for (const auto& row : rows) most = std::max(most, decimals(row[column]).value_or(0));
  for (auto& row : rows) {
    const auto own = decimals(row[column]);
    if (!own || *own == most) continue;
    row[column] += (*own == 0 ? "." : "") + std::string(most - *own, '0');
  }
}

// The lines of a cell: one, but for a sentence that goes on below.
Cells cell_lines(const std::string& cell, Table::Cut cut, std::size_t width) {
  switch (cut) {
    case Table::Cut::wrap:
      return wrapped(cell, width);
    case Table::Cut::end:
      return {shorten_end(cell, width)};
    case Table::Cut::middle:
      return {shorten_middle(cell, width)};
    case Table::Cut::never:
      return {cell};
  }
  return {cell};
}

// A row on the screen: as many lines as its longest cell has.
Cells row_lines(const Cells& row, const std::vector<Table::Column>& columns, const Layout& layout) {
  std::vector<Cells> cells;
  std::size_t height = 1;
  for (std::size_t at = 0; at < layout.columns.size(); ++at) {
    cells.push_back(cell_lines(row[layout.columns[at]], columns[layout.columns[at]].cut, layout.widths[at]));
    height = std::max(height, cells.back().size());
  }
  Cells lines(height);
  for (std::size_t i = 0; i < height; ++i) {
    auto& line = lines[i];
    for (std::size_t at = 0; at < cells.size(); ++at) {
      const auto cell = i < cells[at].size() ? cells[at][i] : std::string();
      const std::string pad(layout.widths[at] - std::min(layout.widths[at], display_width(cell)), ' ');
      line += columns[layout.columns[at]].right ? pad + cell : cell + pad;
      if (at + 1 < cells.size()) line.append(kGap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
  }
  return lines;
}

}  // namespace

void set_csv(bool on) { as_csv = on; }
bool csv() { return as_csv; }

bool human() { return !as_csv && stdout_is_terminal(); }

// A column that may go and has nothing to say is left out on any screen.
bool Table::says_nothing(std::size_t column) const {
  const auto is_empty = [&](const std::vector<std::string>& row) { return row[column].empty() || row[column] == "—" || row[column] == "-"; };
  return columns_[column].drop > 0 && !rows_.empty() && std::ranges::all_of(rows_, is_empty);
}

std::vector<std::string> Table::lines(std::size_t width) const {
  auto rows = rows_;
  std::vector<std::size_t> natural, telling;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].even) make_even(rows, i);
    natural.push_back(display_width(columns_[i].title));
    for (const auto& row : rows) natural[i] = std::max(natural[i], display_width(row[i]));
    if (!says_nothing(i)) telling.push_back(i);
  }
  const auto layout = fit(columns_, telling, natural, width);
  Cells titles;
  for (const auto& column : columns_) titles.push_back(column.title);
  std::vector<std::string> all{paint(row_lines(titles, columns_, layout).front(), Tone::dim)};
  for (const auto& row : rows) {
    for (auto& line : row_lines(row, columns_, layout)) all.push_back(std::move(line));
  }
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
