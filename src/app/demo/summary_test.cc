#include "app/demo/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gyre::demo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Summary that_closed_the_loop() {
  Summary summary;
  summary.chain = {.alarm = true, .waited = true, .trained = true, .gated = true, .promoted = true};
  summary.gain[kNever] = {.mean = 0.2, .low = 0.15, .high = 0.25, .rows = 1000, .days = 90};
  return summary;
}

TEST(Shortcomings, OfAWholeLoopThatPaidAreNone) { EXPECT_THAT(shortcomings({}, that_closed_the_loop()), IsEmpty()); }

TEST(Shortcomings, NameTheMissingLink) {
  EXPECT_THAT(shortcomings({}, Summary{}), ElementsAre(HasSubstr("no alert"), HasSubstr("gain")));
  auto summary = that_closed_the_loop();
  summary.chain.waited = false;
  EXPECT_THAT(shortcomings({}, summary), ElementsAre(HasSubstr("did not wait")));
  summary = that_closed_the_loop();
  summary.chain.gated = summary.chain.promoted = false;
  EXPECT_THAT(shortcomings({}, summary), ElementsAre(HasSubstr("promotion")));
}

TEST(Shortcomings, AskForAGainThatIsSurelyAboveZero) {
  auto summary = that_closed_the_loop();
  summary.gain[kNever].low = -0.001;
  EXPECT_THAT(shortcomings({}, summary), ElementsAre(HasSubstr("95 % interval")));
  summary.gain[kNever] = {};  // no day at all
  EXPECT_THAT(shortcomings({}, summary), SizeIs(1));
}

TEST(Shortcomings, OfTheShuffledControlAreTimetableAlarmsAlone) {
  const auto plan = make_plan({.control = "shuffled"}).value();
  EXPECT_THAT(shortcomings(plan, Summary{}), IsEmpty());
  Summary summary;
  summary.alerts.push_back({.id = "al_1", .rule = "auc", .opened_ms = kCompareFrom});
  EXPECT_THAT(shortcomings(plan, summary), IsEmpty());
  summary.alerts.push_back({.id = "al_2", .rule = "off-timetable", .opened_ms = kCompareFrom});
  EXPECT_THAT(shortcomings(plan, summary), ElementsAre(HasSubstr("2001-04-01")));
}

TEST(Shortcomings, OfMarchAloneIsAPromotionOnAnAlert) {
  const auto plan = make_plan({.control = "march"}).value();
  EXPECT_THAT(shortcomings(plan, Summary{}), IsEmpty());
  EXPECT_THAT(shortcomings(plan, that_closed_the_loop()), ElementsAre(HasSubstr("nothing had changed")));
}

}  // namespace
}  // namespace gyre::demo
