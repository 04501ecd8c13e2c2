#include "app/demo/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/demo/position.h"
#include "base/file.h"
#include "base/yaml.h"

namespace gyre::demo {
namespace {

using testing::HasSubstr;

TEST(Plan, DatesAreThoseOfTheMainJob) {
  EXPECT_EQ(to_iso_date(kFirstDay), "2001-01-01");
  EXPECT_EQ(to_iso_date(kServeFrom), "2001-03-05");
  EXPECT_EQ(to_iso_date(kCompareFrom), "2001-04-01");
  EXPECT_EQ(to_iso_date(make_plan({})->last_day), "2001-06-30");
  EXPECT_EQ(to_iso_date(make_plan({.small = true})->last_day), "2001-04-22");
  EXPECT_EQ(to_iso_date(make_plan({.small = true, .control = "march"})->last_day), "2001-03-31");
  EXPECT_EQ(to_iso_date(make_plan({.until = "2001-05-02"})->last_day), "2001-05-02");
}

TEST(Plan, RefusesWhatItCannotDo) {
  for (const char* until : {"2001-03-04", "2001-07-01", "tomorrow", "2001-04-01T12:00:00Z"}) {
    const auto plan = make_plan({.until = until});
    ASSERT_FALSE(plan) << until;
    EXPECT_EQ(plan.error().code, Code::invalid);
    EXPECT_THAT(plan.error().fix, HasSubstr("2001-03-05"));
  }
  EXPECT_THAT(make_plan({.control = "chaos"}).error().fix, HasSubstr("shuffled"));
}

TEST(Plan, FingerprintsTellPlansApart) {
  EXPECT_NE(make_plan({})->fingerprint(), make_plan({.small = true})->fingerprint());
  EXPECT_NE(make_plan({})->fingerprint(), make_plan({.control = "shuffled"})->fingerprint());
  EXPECT_NE(make_plan({})->fingerprint(), make_plan({.seed = 2})->fingerprint());
  EXPECT_NE(make_plan({})->fingerprint(), make_plan({.until = "2001-05-02"})->fingerprint());
  EXPECT_EQ(make_plan({})->fingerprint(), make_plan({})->fingerprint());
}

TEST(FewerRows, DividesCountsOfTrafficAndNothingElse) {
  const auto project = yaml::parse(R"(
monitors:
  m: {quality: {min_labelled: 5000}, alerts: [{name: a, above: 0.06, min_rows: 5000}]}
policies:
  p:
    gates:
      paired: {min_gain: 0.02, min_rows: 20000}
      latency: {p99_ms: 50, rows: 100}
    rollout: {shadow_rows: 10, canary: [{weight: 0.1, rows: 1500}]}
)");
  ASSERT_TRUE(project);
  const auto fewer = with_fewer_rows(*project, 20);
  const auto& policy = fewer["policies"]["p"];
  EXPECT_EQ(fewer["monitors"]["m"]["quality"]["min_labelled"].int_or(0), 250);
  EXPECT_EQ((*fewer["monitors"]["m"]["alerts"].if_array())[0]["min_rows"].int_or(0), 250);
  EXPECT_EQ((*fewer["monitors"]["m"]["alerts"].if_array())[0]["above"].number_or(0), 0.06);
  EXPECT_EQ(policy["gates"]["paired"]["min_rows"].int_or(0), 1000);
  EXPECT_EQ(policy["gates"]["paired"]["min_gain"].number_or(0), 0.02);
  EXPECT_EQ(policy["gates"]["latency"]["rows"].int_or(0), 100) << "the size of one request";
  EXPECT_EQ(policy["rollout"]["shadow_rows"].int_or(0), 1) << "at least one";
  EXPECT_EQ((*policy["rollout"]["canary"].if_array())[0]["rows"].int_or(0), 75);
  EXPECT_EQ(with_fewer_rows(*project, 1), *project);
}

TEST(PositionFile, IsReadAsItWasWritten) {
  const ScratchFolder folder;
  const PositionFile file(folder.path() / "position.json");
  EXPECT_FALSE(*file.read());
  ASSERT_TRUE(file.write({.plan = "small", .at_ms = kServeFrom, .port = 7070, .finished = false}));
  ASSERT_TRUE(file.write({.plan = "small", .at_ms = kServeFrom + kHourMs, .port = 7071, .finished = true}));
  const auto position = *file.read();
  EXPECT_EQ(position->plan, "small");
  EXPECT_EQ(position->at_ms, kServeFrom + kHourMs);
  EXPECT_EQ(position->port, 7071);
  EXPECT_TRUE(position->finished);
}

TEST(PositionFile, ADamagedOneIsAnError) {
  const ScratchFolder folder;
  ASSERT_TRUE(write_file_durably(folder.path() / "position.json", "{\"at_ms\": "));
  EXPECT_FALSE(PositionFile(folder.path() / "position.json").read());
}

}  // namespace
}  // namespace gyre::demo
