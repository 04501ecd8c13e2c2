// How often duties are asked in real time.
#include "app/heart.h"

#include <gtest/gtest.h>

namespace gyre::app {
namespace {

class Endless : public Duty {
 public:
  std::string_view name() const override { return "endless"; }
  Result<DutyState> run_due(TimeMs /*now_ms*/) override {
    ++asked;
    return DutyState{.worked = true, .busy = false, .next_due_ms = {}};
  }
  std::atomic<int> asked = 0;
};

TEST(HeartTest, WorkThatNeverEndsIsDoneInBeatsThatLieApart) {
  const RealClock clock;
  Endless duty;
  Heart heart(clock, {&duty});
  const auto began_ns = monotonic_ns();
  heart.start();
  while (duty.asked < 3) std::this_thread::yield();
  heart.stop();
  const auto beats = duty.asked.load();
  EXPECT_GE(monotonic_ns() - began_ns, (beats - 1) * Heart::kBusyBeatMs * 1'000'000);
}

}  // namespace
}  // namespace gyre::app
