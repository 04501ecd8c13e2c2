// Text as wide as it is seen: UTF-8, wide and combining characters, paint that takes no room.
#include <fmt/format.h>
#include <wchar.h>

#include <algorithm>
#include <clocale>
#include <ranges>
#include <span>

#include "app/cli/terminal.h"

namespace gyre::cli {
namespace {

constexpr std::string_view kReset = "\x1b[0m";

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

// Text as it is seen: characters, each with the paint that it stands in.
struct Glyph {
  std::string_view bytes, paint;  // paint: the escape sequence before it that still holds; "" for none
  std::size_t width = 0;
};

std::vector<Glyph> glyphs_of(std::string_view text) {
  std::vector<Glyph> glyphs;
  std::string_view paint;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\x1b') {
      const auto end = std::min(text.find('m', at), text.size() - 1);
      paint = text.substr(at, end - at + 1);
      if (paint == kReset) paint = {};
      at = end + 1;
      continue;
    }
    const auto character = character_at(text, at);
    glyphs.push_back({text.substr(at, character.bytes), paint, width_of(character.code)});
    at += character.bytes;
  }
  return glyphs;
}

std::string painted(std::span<const Glyph> glyphs) {
  std::string text;
  std::string_view paint;
  for (const auto& glyph : glyphs) {
    if (glyph.paint.data() != paint.data()) text += fmt::format("{}{}", paint.empty() ? "" : kReset, glyph.paint);
    paint = glyph.paint;
    text += glyph.bytes;
  }
  if (!paint.empty()) text += kReset;
  return text;
}

// How many glyphs from the front, or from the back, are at most `width` wide.
template <class Range>
std::size_t fitting(Range&& glyphs, std::size_t width) {
  std::size_t count = 0, taken = 0;
  for (const auto& glyph : glyphs) {
    if (taken + glyph.width > width) break;
    taken += glyph.width, ++count;
  }
  return count;
}

std::string_view ellipsis() { return utf8() ? "…" : "~"; }

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (const auto& glyph : glyphs_of(text)) width += glyph.width;
  return width;
}

std::string shorten_middle(std::string_view text, std::size_t width) {
  if (display_width(text) <= width || width < 5) return std::string(text);
  const auto glyphs = glyphs_of(text);
  const std::span all(glyphs);
  const auto head = (width - 1) / 2;
  const auto tail = fitting(std::views::reverse(all), width - 1 - head);
  return fmt::format("{}{}{}", painted(all.first(fitting(all, head))), ellipsis(), painted(all.last(tail)));
}

std::string shorten_end(std::string_view text, std::size_t width) {
  if (display_width(text) <= width || width < 5) return std::string(text);
  const auto glyphs = glyphs_of(text);
  const std::span all(glyphs);
  return fmt::format("{}{}", painted(all.first(fitting(all, width - 1))), ellipsis());
}

std::string pad_right(std::string text, std::size_t width) {
  text.append(width - std::min(width, display_width(text)), ' ');
  return text;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find(' ', from), text.size());
    const auto word = text.substr(from, end - from);
    const bool fits = lines.back().empty() || display_width(lines.back()) + 1 + display_width(word) <= width;
    if (!fits) lines.emplace_back();
    lines.back() += fmt::format("{}{}", from == 0 || !fits ? "" : " ", word);
    from = end + 1;
  }
  return lines;
}

}  // namespace gyre::cli
