#include "app/cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace gyre::cli {
namespace {

enum class ColorMode { automatic, always, never } color_mode = ColorMode::automatic;

constexpr std::size_t kNarrowest = 20, kAssumedWidth = 120;

bool colored(Stream stream) {
  if (stream == Stream::out && csv()) return false;
  if (color_mode != ColorMode::automatic) return color_mode == ColorMode::always;
  const char* off = std::getenv("NO_COLOR");
  return isatty(stream == Stream::out ? STDOUT_FILENO : STDERR_FILENO) && (off == nullptr || *off == '\0');
}

struct Look {
  std::string_view status, glyph, ascii;
  Tone tone;
};
constexpr Look kLooks[] = {
    {"ok", "●", "*", Tone::ok},    {"warn", "△", "!", Tone::warn},      {"crit", "⬢", "x", Tone::critical}, {"run", "◔", "~", Tone::accent},
    {"wait", "○", "o", Tone::dim}, {"canary", "◇", "<>", Tone::canary}, {"none", "·", ".", Tone::dim},
};

// The words that rooms use for a status.
struct Word {
  std::string_view word, status;
};
constexpr Word kWords[] = {
    {"ok", "ok"},       {"finished", "ok"},    {"succeeded", "ok"}, {"resolved", "ok"},  {"promoted", "ok"},      {"passed", "ok"},        {"pass", "ok"},
    {"yes", "ok"},      {"FINISHED", "ok"},    {"warn", "warn"},    {"open", "warn"},    {"failed", "crit"},      {"fail", "crit"},        {"critical", "crit"},
    {"no", "crit"},     {"FAILED", "crit"},    {"killed", "crit"},  {"refused", "crit"}, {"rolled back", "crit"}, {"rolled_back", "crit"}, {"running", "run"},
    {"RUNNING", "run"}, {"training", "run"},   {"waiting", "wait"}, {"not yet", "wait"}, {"undecided", "wait"},   {"pending", "wait"},     {"queued", "wait"},
    {"cached", "wait"}, {"cancelled", "wait"}, {"skipped", "none"}, {"nodata", "none"},  {"canary", "canary"},
};

const Look* look_of(std::string_view status) {
  const auto found = std::ranges::find(kLooks, status, &Look::status);
  return found == std::end(kLooks) ? nullptr : found;
}

struct KindGlyph {
  std::string_view kind, glyph, ascii;
};
constexpr KindGlyph kKindGlyphs[] = {
    {"repo", "■", "#"},
    {"commit", "■", "#"},
    {"pipeline", "⇶", ">"},
    {"pipeline-run", "⇶", ">"},
    {"step", "⇶", ">"},
    {"experiment", "∿", "~"},
    {"run", "∿", "~"},
    {"model", "◈", "@"},
    {"model-version", "◈", "@"},
    {"endpoint", "⇄", "="},
    {"endpoint-revision", "⇄", "="},
    {"window", "◉", "o"},
    {"monitor", "◉", "o"},
    {"alert", "△", "!"},
    {"policy", "↻", "&"},
    {"decision", "↻", "&"},
};

std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::dim:
      return "\x1b[2m";
    case Tone::bold:
      return "\x1b[1m";
    case Tone::ok:
      return "\x1b[32m";
    case Tone::warn:
      return "\x1b[33m";
    case Tone::critical:
      return "\x1b[31m";
    case Tone::accent:
      return "\x1b[36m";
    case Tone::canary:
      return "\x1b[35m";
  }
  return "";
}

}  // namespace

void set_color(std::string_view mode) { color_mode = mode == "always" ? ColorMode::always : mode == "never" ? ColorMode::never : ColorMode::automatic; }

bool stdout_is_terminal() { return isatty(STDOUT_FILENO); }
bool stderr_is_terminal() { return isatty(STDERR_FILENO); }

bool utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* set = std::getenv(name);
    if (set && *set) return std::strstr(set, "UTF-8") || std::strstr(set, "utf8") || std::strstr(set, "utf-8");
  }
  return false;
}

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= kNarrowest ? size.ws_col : kAssumedWidth;
}

std::string paint(std::string_view text, Tone tone, Stream stream) {
  if (tone == Tone::plain || text.empty() || !colored(stream)) return std::string(text);
  return fmt::format("{}{}\x1b[0m", code_of(tone), text);
}

std::string mark(std::string_view status, std::string_view word) {
  const auto* look = look_of(status);
  if (!look) return std::string(word);
  if (!human()) return paint(word, look->tone);  // only where --color always asks for it
  return paint(fmt::format("{} {}", utf8() ? look->glyph : look->ascii, word), look->tone);
}

std::string status(std::string_view word) {
  const auto found = std::ranges::find(kWords, word, &Word::word);
  return found == std::end(kWords) ? std::string(word) : mark(found->status, word);
}

std::string glyph(std::string_view status) {
  const auto* look = look_of(status);
  return look ? paint(utf8() ? look->glyph : look->ascii, look->tone) : " ";
}

std::string kind_glyph(std::string_view kind) {
  const auto found = std::ranges::find(kKindGlyphs, kind, &KindGlyph::kind);
  if (found == std::end(kKindGlyphs)) return " ";
  return std::string(utf8() ? found->glyph : found->ascii);
}

}  // namespace gyre::cli
