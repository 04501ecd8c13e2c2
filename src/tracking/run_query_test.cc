// Chosen columns, counts, groups and completions of runs, on both databases.
#include "tracking/run_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>

#include "base/file.h"
#include "base/named_by_build.h"
#include "tracking/group_figures.h"
#include "tracking/run_pages.h"
#include "tracking/testing.h"

namespace gyre::tracking {
namespace {

using testing::Contains;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kInf = std::numeric_limits<double>::infinity();
constexpr TimeMs kNow = 1'800'000'000'000;

class RunQueryTest : public ServiceTest {
 protected:
  RunQueryTest() : ServiceTest(kNow) {}
  std::string new_run(const std::string& name, const Batch& batch) {
    const auto id = service_.create_run({"0", name, "me", kNow, {}}).value().info.id;
    EXPECT_TRUE(service_.log_batch(id, batch));
    return id;
  }
  void four_runs() {
    new_run("a", {{{"auc", 0.5, 1, 1}, {"auc", 0.9, 2, 2}, {"auc", 0.75, 3, 3}}, {{"lr", "0.1"}, {"kind", "tree"}}, {}});
    new_run("b", {{{"auc", 0.25, 1, 1}}, {{"lr", "0.2"}, {"kind", "tree"}}, {}});
    new_run("c", {{{"auc", kNaN, 1, 1}}, {{"lr", "x"}, {"kind", "net"}}, {}});
    new_run("d", {{}, {}, {{"team", "o'ps"}}});
  }
  Search all(std::string filter = "", std::vector<std::string> order = {"run_name"}) {
    return {.experiment_ids = {"0"}, .filter = std::move(filter), .order_by = std::move(order)};
  }
  RunGroups grouped(std::vector<std::string> by, std::vector<std::string> figures, std::string order = "", std::string filter = "") {
    auto groups = queries_.groups({all(std::move(filter)), std::move(by), std::move(figures), std::move(order)});
    EXPECT_TRUE(groups) << groups.error().message << groups.error().detail;
    return groups.value_or(RunGroups{});
  }
  // "text" of each suggestion at the end of a filter.
  std::vector<std::string> completed(std::string text, Language language = Language::filter) {
    std::vector<std::string> texts;
    const auto size = text.size();
    const auto got = queries_.complete({{"0"}, language, std::move(text), size});
    if (!got) return {got.error().message};
    for (const auto& suggestion : got->suggestions) texts.push_back(suggestion.text);
    return texts;
  }

  RunQueries queries_{*db_, clock_};
};

TEST_P(RunQueryTest, ColumnsAreWhatWasChosen) {
  four_runs();
  const auto table = queries_
                         .rows(all(), {"metrics.auc", "min(metrics.auc)", "max(metrics.auc)", "count(metrics.auc)", "params.kind", "tags.team", "start_time",
                                       "metrics.auc * 2"})
                         .value();
  ASSERT_EQ(table.rows.size(), 4u);
  EXPECT_THAT(table.rows[0].cells, ElementsAre(Cell(0.75), Cell(0.5), Cell(0.9), Cell(3.0), Cell("tree"), Cell(), Cell(static_cast<double>(kNow)), Cell(1.5)));
  EXPECT_TRUE(std::isnan(std::get<double>(table.rows[2].cells[0])));  // it is there, and no number
  EXPECT_EQ(table.rows[2].cells[3], Cell(1.0));
  EXPECT_THAT(table.rows[3].cells, ElementsAre(Cell(), Cell(), Cell(), Cell(), Cell(), Cell("o'ps"), Cell(static_cast<double>(kNow)), Cell()));
  EXPECT_EQ(table.kinds[6], ColumnKind::time);
}

TEST_P(RunQueryTest, PagesOfColumnsGoOn) {
  four_runs();
  auto search = all("", {"metrics.auc DESC"});
  search.limit = 1;
  std::vector<std::string> names;
  do {
    const auto page = queries_.rows(search, {"metrics.auc"}).value();
    for (const auto& row : page.rows) names.push_back(row.info.name);
    search.after = page.next;
  } while (!search.after.empty());
  EXPECT_THAT(names, ElementsAre("a", "b", "c", "d"));
}

TEST_P(RunQueryTest, BadColumnsTellWhereTheirTroubleIs) {
  for (const char* bad : {"metrics.", "nothing", "'x'", "7", "metrics.a >", "dataset.name", "min(params.a)", "min(metrics.a", "max(metrics.a) + 1", ""}) {
    const auto got = queries_.rows(all(), {bad});
    ASSERT_FALSE(got) << bad;
    EXPECT_EQ(got.error().code, Code::invalid) << bad;
    EXPECT_THAT(got.error().message, HasSubstr("column ")) << bad;
  }
  EXPECT_EQ(queries_.rows(all(), std::vector<std::string>(kMaxColumns + 1, "status")).error().code, Code::invalid);
  std::string many = "metrics.a";
  for (int i = 1; i < 40; ++i) many += " + metrics.a";
  EXPECT_TRUE(queries_.rows(all(), std::vector<std::string>(6, many)));
  EXPECT_THAT(queries_.rows(all(), std::vector<std::string>(7, many)).error().message, HasSubstr("more than 256 fields"));
  EXPECT_THAT(queries_.rows(all("max(metrics.a) > 1"), {}).error().message, HasSubstr("column 1: max(...) is for columns"));
}

TEST_P(RunQueryTest, GroupsAreReckonedOverAllRuns) {
  four_runs();
  const auto groups = grouped({"params.kind"}, {"metrics.auc", "params.lr"});
  ASSERT_EQ(groups.rows.size(), 3u);
  EXPECT_EQ(groups.runs, 4);
  EXPECT_THAT(groups.rows[0].keys, ElementsAre(Cell("tree")));
  const auto& auc = groups.rows[0].figures[0];
  EXPECT_EQ(auc.n, 2);
  EXPECT_EQ(auc.mean, 0.5);
  EXPECT_THAT(*auc.deviation, DoubleNear(0.35355339059327379, 1e-15));
  EXPECT_THAT(*auc.high, DoubleNear(0.5 + 12.706204736174698 * 0.25, 1e-12));  // Student's t of one degree
  EXPECT_EQ(*auc.min, 0.25);
  EXPECT_THAT(*groups.rows[0].figures[1].mean, DoubleNear(0.15, 1e-15));  // a parameter as a number
  EXPECT_THAT(groups.rows[1].keys, ElementsAre(Cell("net")));
  EXPECT_EQ(groups.rows[1].figures[0].nan, 1);
  EXPECT_EQ(groups.rows[1].figures[0].mean, std::nullopt);
  EXPECT_THAT(groups.rows[2].keys, ElementsAre(Cell()));  // missing is a group of its own
}

TEST_P(RunQueryTest, AGroupIsFoundByItsCondition) {
  four_runs();
  for (const auto& by : {std::vector<std::string>{"params.kind", "tags.team"}, {"metrics.auc * 2"}, {"start_time"}, {"duration"}}) {
    for (const auto& row : grouped(by, {}).rows) {
      const auto condition = condition_of(row, by);
      if (condition) EXPECT_EQ(queries_.count(all(*condition)).value_or(-1), row.runs) << *condition;
    }
  }
}

TEST_P(RunQueryTest, GroupsAreSortedByAFigure) {
  for (int i = 0; i < 12; ++i)
    new_run("r", {{{"m", static_cast<double>(i), 1, 1}}, {{"p", std::string(1, static_cast<char>('a' + i % 3))}, {"q", std::to_string(i % 2)}}, {}});
  new_run("r", {{}, {{"p", "none"}}, {}});
  const auto first = [&](const std::string& order) { return std::get<std::string>(grouped({"params.p"}, {"metrics.m"}, order).rows.front().keys.front()); };
  EXPECT_EQ(first(""), "a");
  EXPECT_EQ(first("metrics.m DESC"), "c");
  EXPECT_EQ(first("max(metrics.m)"), "a");
  EXPECT_EQ(first("params.p DESC"), "none");
  EXPECT_EQ(first("runs"), "none");
  EXPECT_EQ(std::get<std::string>(grouped({"params.p"}, {"metrics.m"}, "metrics.m").rows.back().keys.front()), "none");  // without the figure: last
  EXPECT_EQ(grouped({"params.p", "params.q"}, {}).total, 7);
  auto few = queries_.groups({all(), {"params.p", "params.q"}, {}, "", 2}).value();
  EXPECT_EQ(few.rows.size(), 2u);
  EXPECT_EQ(few.total, 7);
  EXPECT_EQ(queries_.groups({all(), {"params.p"}, {"metrics.m"}, "metrics.x", 5}).error().code, Code::invalid);
  EXPECT_EQ(queries_.groups({all(), {}, {"metrics.m"}, "", 5}).error().code, Code::invalid);
}

TEST_P(RunQueryTest, ABlockOfRowsIsNotTheEnd) {
  // More runs than a block of the stream, put in as the service would: the sums must see them all.
  const auto rows = static_cast<std::int64_t>(5001);
  ASSERT_TRUE(db_->write([&](sql::Tx& tx) -> Result<void> {
    std::vector<std::string> ids;
    std::vector<sql::Value> values;
    for (std::int64_t i = 0; i < rows; ++i) ids.push_back(fmt::format("{:032x}", i));
    for (const auto& id : ids)
      for (const sql::Value& value : {sql::to_value(id), sql::to_value(std::int64_t{0}), sql::to_value("n"), sql::to_value("u"), sql::to_value("RUNNING"),
                                      sql::to_value(kNow), sql::to_value("active"), sql::to_value("x")})
        values.push_back(value);
    constexpr std::string_view kColumns[] = {"id", "experiment_id", "name", "user_name", "status", "start_ms", "lifecycle", "artifact_uri"};
    return tx.insert_many("runs", kColumns, values);
  }));
  EXPECT_EQ(grouped({"status"}, {"start_time"}).rows.at(0).runs, rows);
}

TEST_P(RunQueryTest, AFilterThatMatchesLittleIsAnsweredBeyondTheWalk) {
  // More entries of the index than one walk looks at, all but the last refused by the filter; then equal ones at the walk's end.
  const auto rows = kMaxWalked + 50;
  ASSERT_TRUE(db_->write([&](sql::Tx& tx) -> Result<void> {  // made by the database: so many would take seconds to hand over
    constexpr auto kNumbers = "WITH RECURSIVE n(i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1) ";
    const auto id = db_->dialect() == sql::Dialect::postgres ? "LPAD(CAST(i AS TEXT), 32, '0')" : "printf('%032d', i)";
    TRY(tx.exec(fmt::format("{}INSERT INTO runs (id, experiment_id, name, user_name, status, start_ms, lifecycle, artifact_uri) SELECT {}, 0, CASE WHEN i = "
                            "$1 - 1 THEN 'last' ELSE 'n' END, 'u', 'RUNNING', $2 + i % 7, 'active', 'x' FROM n",
                            kNumbers, id),
                rows, kNow));
    return tx.exec(
        fmt::format(
            "{}INSERT INTO metric_series (id, run_id, key, points, latest_step, latest_at_ms, latest_value) SELECT i + 1, {}, 'm', 1, 1, CAST($2 AS BIGINT), "
            "i / 100 FROM n",
            kNumbers, id),
        rows, kNow);
  }));
  const auto last = queries_.rows(all("run_name = 'last'", {"metrics.m"}), {"metrics.m"}).value();
  ASSERT_EQ(last.rows.size(), 1u);
  EXPECT_EQ(last.rows[0].cells[0], Cell(static_cast<double>((rows - 1) / 100)));
  // Few of a metric are found by its index: the same runs, counts and groups as without it.
  const auto few = "metrics.m >= " + std::to_string((rows - 1) / 100);
  const auto narrow = queries_.rows(all(few, {"metrics.m DESC", "run_id"}), {"metrics.m"}).value();
  const auto plain = queries_.rows(all("NOT NOT (" + few + ")", {"metrics.m DESC", "run_id"}), {"metrics.m"}).value();
  ASSERT_EQ(narrow.rows.size(), static_cast<std::size_t>(rows % 100));
  for (std::size_t i = 0; i < narrow.rows.size(); ++i) EXPECT_EQ(narrow.rows[i].info.id, plain.rows[i].info.id);
  EXPECT_EQ(queries_.count(all(few + " AND run_name = 'last'")).value(), 1);
  EXPECT_EQ(grouped({"run_name"}, {"metrics.m"}, "", few).runs, rows % 100);
  auto search = all("", {"metrics.m"});
  for (const std::int64_t limit : {990, 1000, 19'990, 20'010}) {  // ends among equal values, within each walk and beyond them
    search.limit = limit;
    const auto page = queries_.rows(search, {"metrics.m"}).value();
    ASSERT_EQ(page.rows.size(), static_cast<std::size_t>(limit));
    EXPECT_TRUE(std::ranges::is_sorted(page.rows, {}, [](const RunTable::Row& row) { return std::pair(std::get<double>(row.cells[0]), -row.info.start_ms); }));
  }
}

TEST_P(RunQueryTest, CompletionTellsWhatTheGrammarAsksFor) {
  four_runs();
  EXPECT_THAT(completed(""), testing::IsSupersetOf({"NOT", "metrics.", "status", "duration"}));
  EXPECT_THAT(completed("sta"), ElementsAre("status", "start_time", "lifecycle_stage"));
  EXPECT_THAT(completed("metrics."), ElementsAre("auc"));
  EXPECT_THAT(completed("metrics.u"), ElementsAre("auc"));  // within the key, too
  EXPECT_THAT(completed("au"), Contains("metrics.auc"));
  EXPECT_THAT(completed("metrics.auc "), testing::IsSupersetOf({">", "=", "IN", "IS", "NOT"}));
  EXPECT_THAT(completed("metrics.auc "), Not(Contains("AND")));
  EXPECT_THAT(completed("metrics.auc > 0.5 "), ElementsAre("AND", "OR"));
  EXPECT_THAT(completed("(metrics.auc > 0.5 "), ElementsAre("AND", "OR", ")"));
  EXPECT_THAT(completed("metrics.auc > 0.5 AN"), ElementsAre("AND"));
  EXPECT_THAT(completed("params.kind = "), ElementsAre("tree", "net"));
  EXPECT_THAT(completed("params.kind = 'n"), ElementsAre("net"));
  EXPECT_THAT(completed("params.kind IN ('net', "), ElementsAre("tree", "net"));
  EXPECT_THAT(completed("status = 'FI"), ElementsAre("FINISHED"));
  EXPECT_THAT(completed("start_time > "), Contains("now() - '7d'"));
  EXPECT_THAT(completed("status IS "), ElementsAre("NOT", "NULL"));
  EXPECT_THAT(completed("dataset."), ElementsAre("context", "digest", "name"));
  EXPECT_THAT(completed("metrics.auc ", Language::order), testing::IsSupersetOf({"ASC", "DESC"}));
  EXPECT_THAT(completed("mi", Language::column), Contains("min(metrics."));
  EXPECT_THAT(completed("~ "), IsEmpty());
}

TEST_P(RunQueryTest, CompletionReplacesWhatIsWritten) {
  four_runs();
  new_run("e", {{{"val loss", 1, 1, 1}}, {}, {}});
  const std::string text = "metrics.`val";
  const auto got = queries_.complete({{"0"}, Language::filter, text, text.size()}).value();
  ASSERT_EQ(got.suggestions.size(), 1u);
  EXPECT_EQ(text.substr(0, got.from) + got.suggestions[0].insert, "metrics.`val loss` ");
  const std::string quoted = "tags.team = ";
  EXPECT_EQ(queries_.complete({{"0"}, Language::filter, quoted, quoted.size()})->suggestions.at(0).insert, "\"o'ps\" ");
  const auto broken = queries_.complete({{"0"}, Language::filter, "metrics.auc > 'x' AND status", 7}).value();
  ASSERT_TRUE(broken.trouble);
  EXPECT_EQ(broken.trouble->column, 15u);
  EXPECT_THAT(broken.trouble->what, HasSubstr("expected a number"));
  for (const auto language : {Language::column, Language::order}) {
    const auto sum = queries_.complete({{"0"}, language, "metrics.auc + 'column 7'", 7}).value();
    ASSERT_TRUE(sum.trouble);
    EXPECT_EQ(sum.trouble->column, 15u);
    EXPECT_THAT(sum.trouble->what, StartsWith("expected a number, found 'column 7'"));
  }
  EXPECT_EQ(queries_.complete({{"0"}, Language::filter, "metrics.auc > 1", 3})->trouble.has_value(), false);
}

TEST_P(RunQueryTest, ManyKeysAreSearchedByWhatTheyHold) {
  for (int b = 0; b < 3; ++b) {
    Batch batch;
    for (int i = 0; i < 1000; ++i) batch.metrics.push_back({fmt::format("layer{}/grad{}", b, i), 1, 1, 1});
    new_run("wide", batch);
  }
  const auto got = queries_.complete({{"0"}, Language::filter, "metrics.grad99", 14}).value();
  EXPECT_EQ(got.suggestions.size(), 33u);  // 99 and 990 .. 999, of three layers
  const auto all_keys = queries_.complete({{"0"}, Language::filter, "metrics.", 8}).value();
  EXPECT_EQ(all_keys.suggestions.size(), kMaxSuggestions);
  EXPECT_EQ(all_keys.more, 3000 - static_cast<std::int64_t>(kMaxSuggestions));
}

// Lines of the guide that are indented by four, under a heading.
std::vector<std::string> examples(std::string_view heading) {
  const auto guide = read_file(named_by_build("GYRE_OPENAPI") / "../../docs/guide/searching-runs.md").value();
  std::vector<std::string> lines;
  for (auto rest = std::string_view(guide).substr(guide.find(heading) + heading.size()); !rest.empty() && !rest.starts_with("\n## ");) {
    const auto end = std::min(rest.find('\n', 1), rest.size());
    if (const auto line = rest.substr(0, end); line.starts_with("\n    ")) lines.emplace_back(line.substr(5));
    rest.remove_prefix(end);
  }
  return lines;
}

TEST_P(RunQueryTest, TheGuideIsRight) {
  four_runs();
  const auto conditions = examples("## Conditions"), columns = examples("## Order and columns");
  ASSERT_GE(conditions.size(), 15u);
  ASSERT_GE(columns.size(), 8u);
  for (const auto& condition : conditions) EXPECT_TRUE(queries_.count(all(condition))) << condition;
  for (const auto& column : columns) {
    const bool order = column == columns[0];
    EXPECT_TRUE(queries_.rows(all("", {order ? column : "run_name"}), order ? std::vector<std::string>{} : std::vector{column})) << column;
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, RunQueryTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

TEST(GroupFigures, AreThoseOfTheBooks) {
  FigureSum sum;
  for (const double value : {2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0, kNaN}) sum.add(value);
  const auto figure = sum.figure();
  EXPECT_EQ(figure.n, 8);
  EXPECT_EQ(figure.nan, 1);
  EXPECT_EQ(*figure.mean, 5.0);
  EXPECT_THAT(*figure.deviation, DoubleNear(2.1380899352993952, 1e-15));
  EXPECT_THAT(*figure.low, DoubleNear(5 - 2.364624251592785 * 2.1380899352993952 / std::sqrt(8.0), 1e-12));
  EXPECT_EQ(confidence(1, 1.0), std::nullopt);
}

TEST(GroupFigures, StayExactFarFromZeroAndTellInfinities) {
  FigureSum far;
  for (const double value : {1e15, 1e15 + 2, 1e15 + 4}) far.add(value);
  EXPECT_EQ(*far.figure().deviation, 2.0);
  FigureSum above;
  above.add(1);
  above.add(kInf);
  EXPECT_EQ(*above.figure().mean, kInf);
  EXPECT_EQ(above.figure().deviation, std::nullopt);
  above.add(-kInf);
  EXPECT_EQ(above.figure().mean, std::nullopt);
  EXPECT_EQ(*above.figure().min, -kInf);
}

}  // namespace
}  // namespace gyre::tracking
