// Which version served when: a line a lane, drawn on one scale of time.
#include <fmt/format.h>

#include <algorithm>

#include "app/cli/model.h"

namespace gyre::cli {
namespace {

constexpr std::size_t kWidest = 64;  // columns of the drawing

struct Bar {
  std::string version;
  TimeMs from = 0, to = 0;
  bool open = false;
  Tone tone = Tone::ok;
};

struct Lane {
  std::string name;
  std::vector<Bar> bars;
};

struct Axis {
  TimeMs from = INT64_MAX, to = 0;
  std::size_t width = 0;

  std::size_t column(TimeMs at) const {
    const auto share = static_cast<double>(std::clamp(at, from, to) - from) / static_cast<double>(std::max<TimeMs>(1, to - from));
    return static_cast<std::size_t>(share * static_cast<double>(width));
  }
};

std::vector<Lane> lanes_of(const json::Value& served) {
  std::vector<Lane> lanes;
  for (const auto& one : items(served)) {
    const auto name = text(one["lane"]), version = text(one["version"]);
    auto lane = std::ranges::find(lanes, name, &Lane::name);
    if (lane == lanes.end()) lane = lanes.insert(lanes.end(), {name, {}});
    const auto from = from_iso(one["from"].string_or("")).value_or(0);
    lane->bars.push_back({version.starts_with('v') ? version : "v" + version, from, from_iso(one["to"].string_or("")).value_or(from), one["to"].is_null(),
                          one["status"].string_or("") == "canary" ? Tone::canary : Tone::ok});
  }
  return lanes;
}

// From the first bar to the last change, and a little more where one goes on: what lasts must not press the rest together.
Axis axis_of(const std::vector<Lane>& lanes, std::size_t width) {
  Axis axis{.width = width};
  bool open = false;
  for (const auto& lane : lanes) {
    for (const auto& bar : lane.bars) axis.from = std::min(axis.from, bar.from), axis.to = std::max(axis.to, bar.to), open |= bar.open;
  }
  if (open) axis.to += std::max<TimeMs>(1, (axis.to - axis.from) / 4);
  return axis;
}

// "v6━━━━": the version stands in its bar where there is room.
std::string drawn(const Lane& lane, const Axis& axis) {
  std::string line;
  std::size_t at = 0;
  for (const auto& bar : lane.bars) {
    const auto from = std::max(at, axis.column(bar.from)), to = std::max(from + 1, bar.open ? axis.width : axis.column(bar.to));
    line.append(from - at, ' ');
    const auto named = to - from > bar.version.size() ? bar.version : std::string();
    std::string body = named;
    for (auto column = from + named.size(); column < to; ++column) body += utf8() ? "━" : "=";
    line += paint(body, bar.tone);
    at = to;
  }
  return pad_right(line, axis.width);
}

std::string last_word(const Lane& lane) {
  const auto& bar = lane.bars.back();
  return fmt::format("{} {} {}", bar.version, bar.open ? "since" : "until", day(json::Value(to_iso(bar.open ? bar.from : bar.to))));
}

}  // namespace

void print_served(const json::Value& served) {
  const auto lanes = lanes_of(served);
  if (lanes.empty() || !human()) return;
  constexpr std::size_t kIndent = 2, kGap = 2, kLeast = 16;
  std::size_t names = 0, words = 0;
  for (const auto& lane : lanes) names = std::max(names, display_width(lane.name)), words = std::max(words, display_width(last_word(lane)));
  const auto taken = kIndent + names + kGap + kGap + words;
  const auto axis = axis_of(lanes, std::clamp(terminal_width() - std::min(terminal_width(), taken), kLeast, kWidest));
  heading("what served when");
  for (const auto& lane : lanes) fmt::print("  {}  {}  {}\n", pad_right(lane.name, names), drawn(lane, axis), paint(last_word(lane), Tone::dim));
  const auto first = day(json::Value(to_iso(axis.from)));
  fmt::print("  {}  {}\n", std::string(names, ' '), paint(first, Tone::dim));
}

}  // namespace gyre::cli
