// A curve in characters.
#pragma once

#include <string>
#include <vector>

namespace gyre::cli {

struct Curve {
  std::vector<double> x, y;       // y not finite: a gap
  std::vector<double> low, high;  // of each bucket; as long as y, or empty
};

// Lines of a picture that is `width` wide and `height` high without its axis: dots of an eighth of a character where the
// locale has them. The labels say the range of both axes.
std::vector<std::string> draw(const Curve& curve, std::size_t width, std::size_t height);

}  // namespace gyre::cli
