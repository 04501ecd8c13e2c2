#include "app/cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace gyre::cli {
namespace {

enum class ColorMode { automatic, always, never } color_mode = ColorMode::automatic;

bool colored() {
  if (color_mode != ColorMode::automatic) return color_mode == ColorMode::always;
  return isatty(STDOUT_FILENO) && std::getenv("NO_COLOR") == nullptr;
}

bool utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* set = std::getenv(name);
    if (set && *set) return std::strstr(set, "UTF-8") || std::strstr(set, "utf8");
  }
  return false;
}

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 120;
}

struct Mark {
  std::string_view word, glyph, ascii;
  Tone tone;
};
constexpr Mark kMarks[] = {
    {"ok", "●", "*", Tone::ok},          {"finished", "●", "*", Tone::ok},      {"succeeded", "●", "*", Tone::ok},  {"resolved", "●", "*", Tone::ok},
    {"promoted", "●", "*", Tone::ok},    {"passed", "●", "*", Tone::ok},        {"yes", "●", "*", Tone::ok},        {"FINISHED", "●", "*", Tone::ok},
    {"warn", "△", "!", Tone::warn},      {"open", "△", "!", Tone::warn},        {"waiting", "◇", "-", Tone::dim},   {"not yet", "◇", "-", Tone::dim},
    {"failed", "⬢", "x", Tone::critical}, {"critical", "⬢", "x", Tone::critical}, {"no", "⬢", "x", Tone::critical},   {"rolled back", "⬢", "x", Tone::critical},
    {"running", "◔", "~", Tone::accent}, {"RUNNING", "◔", "~", Tone::accent},   {"queued", "○", "o", Tone::dim},    {"canary", "◇", "-", Tone::canary},
    {"cached", "○", "o", Tone::dim},     {"cancelled", "○", "o", Tone::dim},    {"FAILED", "⬢", "x", Tone::critical},
};

std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::plain: return "";
    case Tone::dim: return "\x1b[2m";
    case Tone::bold: return "\x1b[1m";
    case Tone::ok: return "\x1b[32m";
    case Tone::warn: return "\x1b[33m";
    case Tone::critical: return "\x1b[31m";
    case Tone::accent: return "\x1b[36m";
    case Tone::canary: return "\x1b[35m";
  }
  return "";
}

// Trailing zeros and a trailing point say nothing.
std::string trimmed(std::string number) {
  if (number.find('.') == std::string::npos) return number;
  while (number.back() == '0') number.pop_back();
  if (number.back() == '.') number.pop_back();
  return number;
}

}  // namespace

void set_color(std::string_view mode) {
  color_mode = mode == "always" ? ColorMode::always : mode == "never" ? ColorMode::never : ColorMode::automatic;
}

bool stdout_is_terminal() { return isatty(STDOUT_FILENO); }
bool stderr_is_terminal() { return isatty(STDERR_FILENO); }

std::string paint(std::string_view text, Tone tone) {
  if (tone == Tone::plain || !colored()) return std::string(text);
  return fmt::format("{}{}\x1b[0m", code_of(tone), text);
}

std::string status(std::string_view word) {
  for (const auto& mark : kMarks) {
    if (mark.word == word) return paint(fmt::format("{} {}", utf8() ? mark.glyph : mark.ascii, word), mark.tone);
  }
  return std::string(word);
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      while (i < text.size() && text[i] != 'm') ++i;
    } else if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
      ++width;
    }
  }
  return width;
}

std::string shorten_middle(std::string_view text, std::size_t width) {
  if (text.find('\x1b') != std::string_view::npos || display_width(text) <= width || width < 5) return std::string(text);
  const auto head = (width - 1) / 2, tail = width - 1 - head;
  const auto is_boundary = [&](std::size_t at) { return at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80; };
  auto left = head, right = text.size() - tail;
  while (!is_boundary(left)) --left;
  while (!is_boundary(right)) ++right;
  return fmt::format("{}…{}", text.substr(0, left), text.substr(right));
}

void Table::print() const {
  if (!stdout_is_terminal() && color_mode != ColorMode::always) {
    for (const auto& row : rows_) fmt::print("{}\n", fmt::join(row, "\t"));
    return;
  }
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    widths.push_back(display_width(columns_[i].title));
    for (const auto& row : rows_) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::size_t total = 2 * columns_.size();
  for (const auto width : widths) total += width;
  if (const auto screen = terminal_width(); total > screen) {  // the widest column gives way
    auto& widest = *std::ranges::max_element(widths);
    widest = std::max<std::size_t>(12, widest > total - screen ? widest - (total - screen) : 12);
  }
  const auto line = [&](const std::vector<std::string>& cells, Tone tone) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto cell = shorten_middle(cells[i], widths[i]);
      const std::string pad(widths[i] - std::min(widths[i], display_width(cell)), ' ');
      text += columns_[i].right ? pad + cell : i + 1 == cells.size() ? cell : cell + pad;
      if (i + 1 < cells.size()) text += "  ";
    }
    fmt::print("{}\n", paint(text, tone));
  };
  std::vector<std::string> titles;
  for (const auto& column : columns_) titles.push_back(column.title);
  line(titles, Tone::dim);
  for (const auto& row : rows_) line(row, Tone::plain);
}

std::string human_count(std::int64_t n) {
  const auto size = std::abs(static_cast<double>(n));
  if (size < 10'000) return fmt::format("{}", n);
  if (size < 1e6) return trimmed(fmt::format("{:.1f}", static_cast<double>(n) / 1e3)) + "k";
  if (size < 1e9) return trimmed(fmt::format("{:.2f}", static_cast<double>(n) / 1e6)) + "M";
  return trimmed(fmt::format("{:.2f}", static_cast<double>(n) / 1e9)) + "G";
}

std::string human_bytes(std::int64_t bytes) {
  constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < std::size(kUnits)) size /= 1024, ++unit;
  return fmt::format("{} {}", unit == 0 ? fmt::format("{}", bytes) : fmt::format("{:.1f}", size), kUnits[unit]);
}

std::string human_duration(std::int64_t ms) {
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (ms < kMinuteMs) return fmt::format("{:.2f} s", static_cast<double>(ms) / 1000);
  if (ms < kHourMs) return fmt::format("{} m {:02} s", ms / kMinuteMs, ms / kSecondMs % 60);
  if (ms < 2 * kDayMs) return fmt::format("{} h {:02} m", ms / kHourMs, ms / kMinuteMs % 60);
  return fmt::format("{} d {:02} h", ms / kDayMs, ms / kHourMs % 24);
}

std::string human_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (value == 0) return "0";
  return fmt::format("{:.4g}", value);
}

std::string sparkline(const std::vector<double>& values) {
  constexpr std::string_view kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (const double value : values) {
    if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
  }
  std::string line;
  for (const double value : values) {
    const auto level = !std::isfinite(value) || high <= low ? 0 : std::lround((value - low) / (high - low) * 7);
    line += std::isfinite(value) ? kBars[level] : " ";
  }
  return line;
}

void Progress::show(std::string_view line) {
  constexpr std::int64_t kRedrawNs = 100'000'000, kPlainNs = 10'000'000'000;
  const auto now = monotonic_ns();
  if (now - last_ns_ < (stderr_is_terminal() ? kRedrawNs : kPlainNs)) return;
  last_ns_ = now;
  last_line_ = line;
  drawn_ = stderr_is_terminal();
  fmt::print(stderr, "{}{}{}", drawn_ ? "\r\x1b[K" : "", line, drawn_ ? "" : "\n");
  std::fflush(stderr);
}

void Progress::say(std::string_view line) {
  clear();
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void Progress::clear() {
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
  drawn_ = false;
}

}  // namespace gyre::cli
