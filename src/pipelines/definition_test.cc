#include "pipelines/definition.h"

#include <gtest/gtest.h>

#include "base/amount.h"
#include "base/clock.h"
#include "base/yaml.h"
#include "pipelines/cron.h"

namespace gyre::pipelines {
namespace {

TEST(Definition, CirclesAndUnknownNamesAreToldWithTheirLine) {
  const auto read = [](std::string_view text) { return read_definition(yaml::parse(text).value()); };
  const auto circle = read("steps:\n  - {name: a, command: x, after: [b]}\n  - {name: b, command: x, after: [a]}\n");
  EXPECT_EQ(circle.error().message, "line 2, column 3: these steps wait for each other in a circle: a, b");
  EXPECT_NE(read("steps:\n  - {name: a, command: x, after: [c]}\n").error().message.find("needs 'c'"), std::string::npos);
  EXPECT_NE(read("steps:\n  - {name: a, comand: x}\n").error().message.find("line 2"), std::string::npos);
  EXPECT_FALSE(read("steps:\n  - {name: a, command: x, outputs: {o: ../../etc}}\n"));
  EXPECT_FALSE(read("steps: []\n"));
}

TEST(Definition, TellsThePlaceAndTheNearestName) {
  const auto told = [](std::string_view text) {
    const auto error = read_definition(yaml::parse(text).value()).error();
    return error.message + " | " + error.fix;
  };
  const std::string two = "parameters: {train_days: 1}\nsteps:\n  - {name: prepare, command: x, outputs: {table: t}}\n  - name: train\n    command: x\n";
  EXPECT_EQ(told(two + "    inputs: {t: prepar.table}\n"), "line 6, column 17: step 'train' needs 'prepar', which is no step | did you mean 'prepare'?");
  EXPECT_EQ(told(two + "    inputs: {t: prepare.tabel}\n"),
            "line 6, column 17: step 'train' takes 'prepare.tabel', but step 'prepare' has no output 'tabel' | did you mean 'table'?");
  EXPECT_EQ(told(two + "    inputs: {t: prepare}\n"),
            "line 6, column 17: input 't' of step 'train' is the step 'prepare' and not one of its outputs | write 'prepare.' and the output's name");
  EXPECT_EQ(told(two + "    parameters: [train_day]\n"),
            "line 6, column 17: step 'train' depends on the parameter 'train_day', which is not declared | did you mean 'train_days'?");
  EXPECT_EQ(told("parameters: {day: 1}\nsteps:\n  - name: a\n    command: echo ${parameters.dya}\n"),
            "line 4, column 14: '${parameters.dya}' is used, but no such parameter is declared | did you mean 'day'?");
  EXPECT_TRUE(told("steps:\n  - name: a\n    command: x\n    timeout: soon\n").starts_with("line 4, column 14: 'soon' is not a duration"));
  EXPECT_TRUE(
      told("steps:\n  - name: a\n    command: x\n    resources: {memory: 2 cows}\n").starts_with("line 4, column 25: '2 cows' is not an amount of memory"));
  EXPECT_TRUE(told("steps:\n  - name: a\n    command: x\n    resources: {cpus: 0}\n").starts_with("line 4, column 23: 'cpus' must be above 0"));
  EXPECT_TRUE(told("schedule: {cron: daily}\nsteps:\n  - {name: a, command: x}\n").starts_with("line 1, column 18: 'daily' is no cron expression"));
  EXPECT_TRUE(told("max_active_runs: 0\nsteps: [{name: a, command: x}]\n").starts_with("line 1, column 18: 'max_active_runs' must be at least 1"));
  EXPECT_FALSE(parse_bytes("inf"));
  EXPECT_FALSE(parse_bytes("1e300GiB"));
}

TEST(Cron, FindsTheNextMoment) {
  EXPECT_EQ(to_iso(next_cron("0 3 * * MON", from_iso("2001-04-01T12:00:00Z").value()).value()), "2001-04-02T03:00:00.000Z");
  EXPECT_EQ(to_iso(next_cron("*/15 * * * *", from_iso("2001-04-01T12:14:59Z").value()).value()), "2001-04-01T12:15:00.000Z");
  EXPECT_EQ(to_iso(next_cron("0 0 29 2 *", from_iso("2001-04-01").value()).value()), "2004-02-29T00:00:00.000Z");
  EXPECT_FALSE(next_cron("0 0 30 2 *", 0));
  EXPECT_FALSE(next_cron("every day", 0));
}

}  // namespace
}  // namespace gyre::pipelines
