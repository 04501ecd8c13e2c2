#include "app/cli/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/cli/terminal.h"

namespace gyre::cli {
namespace {

constexpr std::size_t kDotsAcross = 2, kDotsDown = 4;

struct Span {
  double low = HUGE_VAL, high = -HUGE_VAL;
  void take(double value) {
    if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
  }
  bool any() const { return low <= high; }
  // 0 at `low`, 1 at `high`; a flat one lies in the middle. By halves: the whole may be more than a double holds.
  double at(double value) const { return high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5; }
};

// Dots, the first row on top.
class Canvas {
 public:
  Canvas(std::size_t width, std::size_t height) : width_(width), height_(height), dots_(width * height * kDotsAcross * kDotsDown) {}

  long across() const { return static_cast<long>(width_ * kDotsAcross); }
  long down() const { return static_cast<long>(height_ * kDotsDown); }

  void set(long x, long y) {
    if (x >= 0 && y >= 0 && x < across() && y < down()) dots_[static_cast<std::size_t>(y * across() + x)] = true;
  }

  void line(long x0, long y0, long x1, long y1) {
    const auto steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1L});
    for (long i = 0; i <= steps; ++i)
      set(x0 + std::lround(static_cast<double>((x1 - x0) * i) / static_cast<double>(steps)),
          y0 + std::lround(static_cast<double>((y1 - y0) * i) / static_cast<double>(steps)));
  }

  std::string row(std::size_t of) const {
    std::string text;
    for (std::size_t column = 0; column < width_; ++column) text += character(column, of);
    return text;
  }

 private:
  bool dot(std::size_t column, std::size_t row, std::size_t x, std::size_t y) const {
    return dots_[(row * kDotsDown + y) * width_ * kDotsAcross + column * kDotsAcross + x];
  }

  // Braille: U+2800 and a bit a dot.
  std::string character(std::size_t column, std::size_t row) const {
    constexpr unsigned kBits[kDotsDown][kDotsAcross] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    unsigned bits = 0;
    for (std::size_t y = 0; y < kDotsDown; ++y) {
      for (std::size_t x = 0; x < kDotsAcross; ++x) bits |= dot(column, row, x, y) ? kBits[y][x] : 0;
    }
    if (bits == 0) return " ";
    if (!utf8()) return "*";
    return {'\xe2', static_cast<char>(0xa0 | bits >> 6), static_cast<char>(0x80 | (bits & 0x3f))};
  }

  const std::size_t width_, height_;
  std::vector<bool> dots_;
};

}  // namespace

std::vector<std::string> draw(const Curve& curve, std::size_t width, std::size_t height) {
  Span x, y;
  for (std::size_t i = 0; i < curve.y.size(); ++i) {
    if (!std::isfinite(curve.y[i])) continue;
    x.take(curve.x[i]), y.take(curve.y[i]);
    if (!curve.low.empty()) y.take(curve.low[i]), y.take(curve.high[i]);
  }
  if (!x.any() || !y.any()) return {"no finite point"};

  const auto top = human_number(y.high), bottom = human_number(y.low);
  const auto margin = std::max(display_width(top), display_width(bottom));
  Canvas canvas(width > margin + 12 ? width - margin - 2 : 10, height);
  const auto column = [&](double value) { return std::lround(x.at(value) * static_cast<double>(canvas.across() - 1)); };
  const auto row = [&](double value) { return std::lround((1 - y.at(value)) * static_cast<double>(canvas.down() - 1)); };
  bool joined = false;
  long last_x = 0, last_y = 0;
  for (std::size_t i = 0; i < curve.y.size(); ++i) {
    if (!std::isfinite(curve.y[i])) {
      joined = false;
      continue;
    }
    const auto at_x = column(curve.x[i]), at_y = row(curve.y[i]);
    if (joined) canvas.line(last_x, last_y, at_x, at_y);
    if (!curve.low.empty() && std::isfinite(curve.low[i]) && std::isfinite(curve.high[i])) canvas.line(at_x, row(curve.low[i]), at_x, row(curve.high[i]));
    canvas.set(at_x, at_y);
    joined = true, last_x = at_x, last_y = at_y;
  }

  const auto edge = utf8() ? "│" : "|";
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < height; ++i) {
    const auto& label = i == 0 ? top : i + 1 == height ? bottom : "";
    lines.push_back(fmt::format("{}{} {}{}", std::string(margin - display_width(label), ' '), paint(label, Tone::dim), paint(edge, Tone::dim), canvas.row(i)));
    lines.back().erase(lines.back().find_last_not_of(' ') + 1);
  }
  const auto left = human_number(x.low), right = human_number(x.high);
  const auto room = static_cast<std::size_t>(canvas.across()) / kDotsAcross;
  const auto gap = room > left.size() + right.size() ? room - left.size() - right.size() : 1;
  lines.push_back(paint(fmt::format("{}{}{}{}", std::string(margin + 2, ' '), left, std::string(gap, ' '), right), Tone::dim));
  return lines;
}

}  // namespace gyre::cli
