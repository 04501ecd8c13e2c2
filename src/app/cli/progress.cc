#include <fmt/format.h>

#include <cstdio>

#include "app/cli/terminal.h"

namespace gyre::cli {

void Progress::show(std::string_view line) {
  constexpr std::int64_t kRedrawNs = 100'000'000, kPlainNs = 10'000'000'000;
  const auto now = monotonic_ns();
  if (started_ns_ == 0) started_ns_ = now;
  if (now - started_ns_ < patience_ns_) return;
  if (!stderr_is_terminal() && last_ns_ == 0) last_ns_ = started_ns_;  // the first plain line, too, comes after 10 s
  if (now - last_ns_ < (stderr_is_terminal() ? kRedrawNs : kPlainNs)) return;
  last_ns_ = now;
  drawn_ = stderr_is_terminal();
  fmt::print(stderr, "{}{}{}", drawn_ ? "\r\x1b[K" : "", drawn_ ? shorten_end(line, terminal_width() - 1) : std::string(line), drawn_ ? "" : "\n");
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

std::string Meter::line(std::string_view label, std::int64_t bytes, std::int64_t total_bytes, std::int64_t elapsed_ms, std::string_view what) {
  constexpr std::size_t kBarWidth = 12;
  const auto rate = bytes * 1000 / std::max<std::int64_t>(elapsed_ms, 1);
  const auto tail = what.empty() ? std::string() : fmt::format("  {}", what);
  if (total_bytes <= 0) return fmt::format("{}  {}  {}/s{}", label, human_bytes(bytes), human_bytes(rate), tail);
  const auto share = static_cast<double>(bytes) / static_cast<double>(total_bytes);
  const auto left_s = rate > 0 ? (total_bytes - bytes) / rate : 0;
  return fmt::format("{}  {}  {:.0f} %  {} of {}  {}/s  {}:{:02}{}", label, bar(share, kBarWidth), share * 100, human_bytes(bytes), human_bytes(total_bytes),
                     human_bytes(rate), left_s / 60, left_s % 60, tail);
}

void Meter::at(std::int64_t bytes, std::string_view what) {
  progress_.show(line(label_, bytes, total_bytes_, (monotonic_ns() - started_ns_) / 1'000'000, what));
}

}  // namespace gyre::cli
