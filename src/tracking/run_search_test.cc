// The filter language on runs that are there, on both databases, and pages that neither skip nor repeat.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>

#include "storage/sql/pattern_time.h"
#include "tracking/testing.h"
#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr TimeMs kNow = 1'800'000'000'000;  // 2027-01-15

class RunSearchTest : public ServiceTest {
 protected:
  RunSearchTest() : ServiceTest(kNow) {}
  std::string new_run(const std::string& name, TimeMs start_ms, const Batch& batch) {
    const auto id = service_.create_run({"0", name, "me", start_ms, {}}).value().info.id;
    EXPECT_TRUE(service_.log_batch(id, batch));
    return id;
  }
  // a: small and old; b: large and ended; c: has nothing but a parent.
  void three_runs() {
    a_ = new_run("a", kNow - 10 * kDayMs, {{{"loss", 0.5, 1, 1}, {"size", 10, 1, 1}}, {{"lr", "0.1"}, {"kind", "tree"}}, {{"team", "Ops"}}});
    b_ = new_run("b", kNow - 3 * kHourMs,
                 {{{"loss", 0.25, 1, 1}, {"size", 40, 1, 1}, {"odd", kNaN, 1, 1}}, {{"lr", "1e-3"}, {"kind", "net"}}, {{"team", "dev-1"}}});
    c_ = new_run("c", kNow - kHourMs, {{}, {{"lr", "auto"}}, {{"mlflow.parentRunId", a_}}});
    ASSERT_TRUE(service_.update_run(b_, {"FINISHED", {}, kNow - kHourMs}));
    ASSERT_TRUE(service_.log_inputs(a_, {{"flights", "d1", "gyre", "", "", "", {{"mlflow.data.context", "train"}}}, {"extra", "d2", "gyre", "", "", "", {}}}));
    ASSERT_TRUE(service_.create_logged_model(
        {.id = {}, .experiment_id = "0", .name = "m", .type = "onnx", .source_run_id = b_, .status = {}, .artifact_uri = {}, .params = {}, .tags = {}}));
  }
  std::vector<std::string> found(std::string filter, std::vector<std::string> order = {}) {
    const Search search{.experiment_ids = {"0"}, .filter = std::move(filter), .order_by = std::move(order)};
    const auto page = service_.search_runs(search);
    if (!page) return {page.error().message};
    std::vector<std::string> names;
    for (const auto& run : page->rows) names.push_back(run.info.name);
    EXPECT_EQ(service_.count_runs(search).value(), static_cast<std::int64_t>(names.size()));
    return names;
  }

  std::string a_, b_, c_;
};

TEST_P(RunSearchTest, ConditionsJoin) {
  three_runs();
  EXPECT_THAT(found("metrics.loss < 0.3 OR run_name = 'c'"), UnorderedElementsAre("b", "c"));
  EXPECT_THAT(found("NOT (metrics.loss < 0.3 OR run_name = 'c')"), ElementsAre("a"));
  EXPECT_THAT(found("metrics.loss > 0 AND run_name = 'a' OR run_name = 'c'"), UnorderedElementsAre("a", "c"));
  EXPECT_THAT(found("metrics.loss > 0 AND (run_name = 'a' OR run_name = 'c')"), ElementsAre("a"));
  EXPECT_THAT(found("NOT run_name IN ('a', 'b')"), ElementsAre("c"));
  EXPECT_THAT(found("run_name NOT IN ('a', 'b') and not status = 'FINISHED'"), ElementsAre("c"));
}

TEST_P(RunSearchTest, WhatIsMissingMatchesOnlyNull) {
  three_runs();
  EXPECT_THAT(found("params.kind != 'tree'"), ElementsAre("b"));
  EXPECT_THAT(found("NOT params.kind = 'tree'"), ElementsAre("b"));
  EXPECT_THAT(found("params.kind IS NULL"), ElementsAre("c"));
  EXPECT_THAT(found("metrics.odd IS NOT NULL"), ElementsAre("b"));  // it is there, and no number
  EXPECT_THAT(found("metrics.odd = metrics.odd"), IsEmpty());
  EXPECT_THAT(found("dataset.name IS NULL"), UnorderedElementsAre("b", "c"));
}

TEST_P(RunSearchTest, ValuesAreReckonedWith) {
  three_runs();
  EXPECT_THAT(found("metrics.loss * metrics.size = 10"), ElementsAre("b"));
  EXPECT_THAT(found("metrics.size / 4 - -1 > 10.5"), ElementsAre("b"));
  EXPECT_THAT(found("(metrics.size + 2) * 2 = 24"), ElementsAre("a"));
  EXPECT_THAT(found("metrics.size / (metrics.loss - 0.5) > 0"), IsEmpty());  // by zero: nothing
  EXPECT_THAT(found("0.3 > metrics.loss"), ElementsAre("b"));
  EXPECT_THAT(found("metrics.loss IN (0.5, 7)"), ElementsAre("a"));
}

TEST_P(RunSearchTest, ParametersAreNumbersWhereAskedAsSuch) {
  three_runs();
  EXPECT_THAT(found("params.lr >= 0.1"), ElementsAre("a"));
  EXPECT_THAT(found("params.lr < 0.01"), ElementsAre("b"));
  EXPECT_THAT(found("params.lr * 1000 <= 1"), ElementsAre("b"));
  EXPECT_THAT(found("params.lr IN (0.1, 0.001)"), UnorderedElementsAre("a", "b"));
  EXPECT_THAT(found("params.lr = '0.1'"), ElementsAre("a"));
}

TEST_P(RunSearchTest, TextsHaveTheirPatterns) {
  three_runs();
  EXPECT_THAT(found("tags.team LIKE 'O%'"), ElementsAre("a"));
  EXPECT_THAT(found("tags.team LIKE 'o%'"), IsEmpty());
  EXPECT_THAT(found("tags.team ILIKE 'o%'"), ElementsAre("a"));
  EXPECT_THAT(found("tags.team NOT LIKE 'O%'"), ElementsAre("b"));
  EXPECT_THAT(found("tags.team LIKE '%\\%'"), IsEmpty());  // a backslash is a backslash
  EXPECT_THAT(found("tags.team RLIKE '^dev-[0-9]+$'"), ElementsAre("b"));
  EXPECT_THAT(found("params.kind NOT RLIKE 'e$'"), ElementsAre("b"));
  EXPECT_THAT(found("tags.team RLIKE '^[[:alpha:]]{1,3}[^a-z](7|[0-9]+)$'"), ElementsAre("b"));
  EXPECT_THAT(found("tags.team RLIKE '(((([0-9]+)+)+)+)$'"), ElementsAre("b"));
  EXPECT_THAT(found("tags.team RLIKE '(([0-9a-z-]?){50}x?){2}'"), UnorderedElementsAre("a", "b"));
  EXPECT_THAT(found("params.kind IN ('net', 'forest')"), ElementsAre("b"));
}

TEST_P(RunSearchTest, RegularExpressionsMeanTheSameOnBoth) {
  three_runs();
  for (const auto* pattern : {R"(^dev-\d$)", R"(^[\w.-]+\d$)", R"((?i)^DEV)", R"(^d.+?1$)", R"(^[^\s]+-)", R"(^(?:d|x)\S+$)", R"(^[[:alpha:]]{3}\-1$)",
                              R"(-[]a-c1]$)", R"(^\w{3}[-a][\d]$)", R"(dev(-|$))", R"(^(d|e|v)*\W)", R"(v-1{1,}$)"}) {
    EXPECT_THAT(found(fmt::format("tags.team RLIKE '{}'", pattern)), ElementsAre("b")) << pattern;
  }
  for (const auto* pattern : {R"(^ops$)", R"(\.)", R"(dev-1\$)", R"([{}])", "dev-1\n$"})
    EXPECT_THAT(found(fmt::format("tags.team RLIKE '{}'", pattern)), IsEmpty()) << pattern;
}

TEST_P(RunSearchTest, PatternsOverVeryMuchTextEndWithWhatToNarrow) {
  three_runs();
  for (int i = 0; i < 20; ++i) {
    const auto id = service_.create_run({"0", fmt::format("long{}", i), "me", 1, {{"text", std::string(5000, 'a')}}});
    ASSERT_TRUE(id);
  }
  Search search{.experiment_ids = {"0"}, .filter = "tags.text RLIKE '(a|aa|b)*0$'"};
  for (int i = 1; i < 30; ++i) search.filter += fmt::format(" OR tags.text RLIKE '(a|aa|b)*{}$'", i);  // none is found: each is tried on each text
  const auto expect_refused = [](const auto& outcome) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Code::invalid) << outcome.error().message << outcome.error().detail;
    EXPECT_THAT(outcome.error().message, testing::HasSubstr("regular expressions"));
    EXPECT_THAT(outcome.error().fix, testing::HasSubstr("fewer experiments"));
  };
  {
    const sql::LessPatternTime none(0);
    expect_refused(service_.search_runs(search));
    expect_refused(service_.count_runs(search));
    EXPECT_TRUE(service_.search_runs({.experiment_ids = {"0"}, .filter = "tags.text LIKE '%c'"})) << "nothing else has a bound";
  }
  EXPECT_EQ(service_.count_runs(search).value(), 0) << "the next one has all its time";
}

TEST_P(RunSearchTest, TimesAndDurationsAreWritten) {
  three_runs();
  EXPECT_THAT(found("start_time > '2027-01-10'"), UnorderedElementsAre("b", "c"));
  EXPECT_THAT(found("start_time < now() - '7d'"), ElementsAre("a"));
  EXPECT_THAT(found("start_time > now() - '90m'"), ElementsAre("c"));
  EXPECT_THAT(found("duration > '1h59m' AND status = 'FINISHED'"), ElementsAre("b"));
  EXPECT_THAT(found("duration > '1d'"), ElementsAre("a"));  // it still runs
  EXPECT_THAT(found("end_time - start_time = '2h'"), ElementsAre("b"));
  EXPECT_THAT(found("duration / 3600000 = 2"), ElementsAre("b"));
  EXPECT_THAT(found("start_time = " + std::to_string(kNow - kHourMs)), ElementsAre("c"));
}

TEST_P(RunSearchTest, NeighboursAreAsked) {
  three_runs();
  EXPECT_THAT(found("parent.run_name = 'a'"), ElementsAre("c"));
  EXPECT_THAT(found("child.run_id = '" + c_ + "'"), ElementsAre("a"));
  EXPECT_THAT(found("parent_run_id = '" + a_ + "'"), ElementsAre("c"));
  EXPECT_THAT(found("NOT child.status = 'RUNNING'"), UnorderedElementsAre("b", "c"));
  EXPECT_THAT(found("dataset.name = 'flights' AND dataset.digest = 'd2'"), ElementsAre("a"));
  EXPECT_THAT(found("datasets.context = 'train'"), ElementsAre("a"));
  EXPECT_THAT(found("dataset.name LIKE 'fl%'"), ElementsAre("a"));
  EXPECT_THAT(found("model.name = 'm'"), ElementsAre("b"));
}

TEST_P(RunSearchTest, OrdersByAnyValueAndMissingOnesLast) {
  three_runs();
  EXPECT_THAT(found("", {"metrics.loss * metrics.size"}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(found("", {"metrics.loss / metrics.size DESC"}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(found("", {"metrics.odd ASC"}), ElementsAre("b", "c", "a"));  // NaN, then those without; among them the youngest first
  EXPECT_THAT(found("", {"params.kind DESC"}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(found("", {"duration DESC"}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(found("", {"- metrics.size"}), ElementsAre("b", "a", "c"));
  EXPECT_THAT(found("", {"metrics.`a' --`"}), ElementsAre("c", "b", "a"));
}

TEST_P(RunSearchTest, PagesNeitherSkipNorRepeatWhileRunsArrive) {
  std::mt19937 random(4);
  std::set<std::string> before;
  const auto arrive = [&](int i) {
    Batch batch;
    if (random() % 5) batch.metrics.push_back({"m", random() % 7 ? static_cast<double>(random() % 4) : kNaN, 1, 1});
    if (random() % 3) batch.params.push_back({"p", std::string(1, static_cast<char>('a' + random() % 3))});
    return new_run("r" + std::to_string(i), kNow + static_cast<TimeMs>(random() % 5), batch);
  };
  for (int i = 0; i < 60; ++i) before.insert(arrive(i));
  const std::vector<std::vector<std::string>> orders{
      {}, {"metrics.m DESC"}, {"metrics.m"}, {"params.p", "metrics.m DESC"}, {"metrics.m * 2 ASC", "start_time"}};
  for (const auto& order : orders) {
    std::vector<std::string> seen;
    std::set<std::string> distinct;
    Search search{.experiment_ids = {"0"}, .filter = {}, .order_by = order, .limit = 7};
    for (int pages = 0; pages < 50; ++pages) {
      const auto page = service_.search_runs(search).value();
      EXPECT_LE(page.rows.size(), 7u);
      for (const auto& run : page.rows) {
        EXPECT_TRUE(distinct.insert(run.info.id).second) << "repeated";
        if (before.contains(run.info.id)) seen.push_back(run.info.id);
      }
      if (page.next.empty()) break;
      search.after = page.next;
      arrive(100 + pages);
    }
    EXPECT_EQ(seen.size(), before.size()) << "skipped";
    std::vector<std::string> whole;
    search.limit = 10'000;
    search.after.clear();
    for (const auto& run : service_.search_runs(search)->rows) {
      if (before.contains(run.info.id)) whole.push_back(run.info.id);
    }
    EXPECT_EQ(seen, whole);
  }
}

TEST_P(RunSearchTest, ACursorBelongsToItsSearch) {
  three_runs();
  const Search first{.experiment_ids = {"0"}, .filter = {}, .order_by = {"metrics.loss"}, .limit = 1};
  const auto next = service_.search_runs(first)->next;
  ASSERT_FALSE(next.empty());
  auto other = first;
  other.order_by = {"metrics.size"};
  other.after = next;
  EXPECT_THAT(service_.search_runs(other).error().message, HasSubstr("another search"));
  for (const auto& bad : {std::string("?"), next.substr(0, 4), next.substr(0, next.size() - 2), next.substr(1)}) {
    auto broken = first;
    broken.after = bad;
    EXPECT_EQ(service_.search_runs(broken).error().code, Code::invalid) << bad;
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, RunSearchTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::tracking
