#include "base/dice.h"

#include <chrono>
#include <thread>

namespace gyre {

std::size_t Dice::roll(std::initializer_list<double> shares) {
  auto [rest, wait_us] = random_.with([&](auto& random) {
    const double share = std::uniform_real_distribution<>(0, 1)(random);
    return std::pair(share, max_latency_us_ > 0 ? static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(max_latency_us_)) : 0);
  });
  if (wait_us > 0) std::this_thread::sleep_for(std::chrono::microseconds(wait_us));
  std::size_t place = 0;
  for (const double share : shares) {
    ++place;
    if (rest < share) return place;
    rest -= share;
  }
  return 0;
}

}  // namespace gyre
