// What starts a pipeline but a hand: its schedule, and events.
#include "pipelines/testing.h"

namespace gyre::pipelines {
namespace {

class TriggersTest : public PipelinesTest {};

TEST_F(TriggersTest, AScheduleStartsItOncePerMoment) {
  ASSERT_TRUE(service_->apply("p", yaml::parse("schedule: {every: 1h}\nsteps:\n  - {name: a, command: 'true'}\n").value(), rooms_.code(), "user:test"));
  const auto state = service_->run_due(rooms_.clock.now_ms()).value();
  ASSERT_TRUE(state.next_due_ms);
  EXPECT_TRUE(service_->runs("p", 10)->empty());
  rooms_.clock.advance_to(*state.next_due_ms);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(service_->run_due(rooms_.clock.now_ms()));
  EXPECT_EQ(service_->runs("p", 10)->size(), 1u);
}

TEST_F(TriggersTest, AScheduleThatCannotStartIsLeftOutAndOneThatOverlapsToo) {
  ASSERT_TRUE(rooms_.datasets.create_repo("empty", "user:test"));
  ASSERT_TRUE(service_->apply("lonely",
                              yaml::parse("schedule: {every: 1h}\nsteps:\n  - {name: a, command: 'true', inputs: {x: 'empty@${commit}/y'}}\n").value(),
                              rooms_.code(), "user:test"));
  exec::FakeLauncher fake([](const exec::Spec&) { return exec::Script{.polls_before_end = exec::kForever}; });
  open_on(fake);
  ASSERT_TRUE(service_->apply("p", yaml::parse("schedule: {every: 1h}\nsteps:\n  - {name: a, command: 'true'}\n").value(), rooms_.code(), "user:test"));
  for (int hour = 0; hour < 3; ++hour) {
    rooms_.clock.advance_to(rooms_.clock.now_ms() + kHourMs);
    ASSERT_TRUE(service_->run_due(rooms_.clock.now_ms()));
  }
  EXPECT_EQ(service_->runs("lonely", 10)->size(), 0u);
  EXPECT_EQ(service_->runs("p", 10)->size(), 1u);
}

TEST_F(TriggersTest, AnEventStartsOneRunHoweverOftenItIsTold) {
  ASSERT_TRUE(rooms_.datasets.create_repo("r", "user:test"));
  ASSERT_TRUE(service_->apply("p", yaml::parse("on: [{event: commit.created, repo: r}]\nsteps:\n  - {name: a, command: 'true'}\n").value(), rooms_.code(),
                              "user:test"));
  const outbox::Event mine{7, 0, "commit.created", "s", json::Object{{"repo", "r"}}}, other{8, 0, "commit.created", "s", json::Object{{"repo", "q"}}};
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(service_->on_event(mine));
    ASSERT_TRUE(service_->on_event(other));
  }
  EXPECT_EQ(service_->runs("p", 10)->size(), 1u);
}

}  // namespace
}  // namespace gyre::pipelines
