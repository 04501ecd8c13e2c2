// Nested runs as trees, whatever their tags say.
#include "app/cli/run_tree.h"

#include <gmock/gmock.h>

namespace gyre::cli {
namespace {

using testing::ElementsAre;

json::Array rows_of(const std::vector<std::pair<std::string, std::string>>& parents) {
  json::Array rows;
  for (const auto& [id, parent] : parents) rows.push_back(json::Object{{"id", id}, {"parent", parent}});
  return rows;
}

std::vector<TreeRow> tree(const json::Array& rows) {
  return as_tree(rows, [](const json::Value& row) { return row["parent"].string_or(""); }, false);
}

std::vector<std::string> drawn(const std::vector<std::pair<std::string, std::string>>& parents) {
  const auto rows = rows_of(parents);
  std::vector<std::string> lines;
  for (const auto& [row, branch] : tree(rows)) lines.push_back(branch + (*row)["id"].string_or(""));
  return lines;
}

TEST(RunTree, ChildrenStandBelowTheirParentsInTheirOrder) {
  EXPECT_THAT(drawn({{"fold", "trial"}, {"trial", "sweep"}, {"other", ""}, {"trial2", "sweep"}, {"sweep", ""}, {"stray", "elsewhere"}}),
              ElementsAre("sweep", "|- trial", "|  `- fold", "`- trial2", "other", "stray"));
}

TEST(RunTree, CirclesAreThereOnceEach) {
  EXPECT_THAT(drawn({{"a", "b"}, {"b", "a"}, {"c", "c"}}), ElementsAre("a", "`- b", "c"));
  EXPECT_THAT(drawn({{"x", "b"}, {"a", "b"}, {"b", "a"}}), ElementsAre("b", "|- x", "`- a"));
}

// Newest first, as runs are listed: the deepest is met first. Recursive it took the stack, and the square of the runs in time.
TEST(RunTree, RunsMayBeNestedAsDeepAsTheirTagsSay) {
  constexpr std::size_t kRuns = 20'000, kWidest = 16 * 3;
  for (const auto& top : {std::string(), std::to_string(kRuns)}) {  // a chain, and a circle
    std::vector<std::pair<std::string, std::string>> chain;
    for (auto i = kRuns; i > 0; --i) chain.emplace_back(std::to_string(i), i > 1 ? std::to_string(i - 1) : top);
    const auto rows = rows_of(chain);
    const auto all = tree(rows);
    ASSERT_EQ(all.size(), kRuns);
    for (const auto& one : all) ASSERT_LE(one.branch.size(), kWidest);
  }
}

}  // namespace
}  // namespace gyre::cli
