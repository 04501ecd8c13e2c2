// Words on the command line: nearest names, help, completion; what a server's refusal becomes.
#include <gmock/gmock.h>

#include <set>

#include "app/cli/complete.h"
#include "app/cli/frame.h"
#include "app/cli/help.h"
#include "app/cli/remote.h"
#include "app/cli/terminal.h"
#include "base/nearest.h"

namespace gyre::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST(Nearest, SwappedLettersAreOneStep) {
  EXPECT_EQ(spelling_distance("repo", "rpeo"), 1u);
  EXPECT_EQ(spelling_distance("", "abc"), 3u);
  EXPECT_EQ(spelling_distance("kitten", "sitting"), 3u);
}

TEST(Nearest, ABeginningIsNearest) {
  EXPECT_EQ(nearest("ver", {"get", "cat", "versions", "server"}), "versions, get, cat");
  EXPECT_EQ(nearest("x", {}), "");
}

std::vector<std::string> texts(const std::vector<Candidate>& all) {
  std::vector<std::string> found;
  for (const auto& candidate : all) found.push_back(candidate.text);
  return found;
}

TEST(Completion, NounsVerbsFlags) {
  EXPECT_THAT(texts(candidates({"rep"})), ElementsAre("repo"));
  EXPECT_THAT(texts(candidates({""})), Contains("help"));
  EXPECT_THAT(texts(candidates({"repo", "p"})), ElementsAre("put", "preview"));
  EXPECT_THAT(texts(candidates({"repo", "put", "--re"})), ElementsAre("--replace"));
  EXPECT_THAT(texts(candidates({"repo", "put", "flights", "--me"})), ElementsAre("--message", "--metadata"));
  EXPECT_THAT(texts(candidates({"nonsense", ""})), IsEmpty());
  EXPECT_THAT(texts(candidates({"server", "m"})), ElementsAre("migrate")) << "a word of its own may have verbs, too";
  EXPECT_THAT(texts(candidates({"server", "--lis"})), ElementsAre("--listen"));
  EXPECT_THAT(texts(candidates({"server", "migrate", "--f"})), ElementsAre("--from"));
}

TEST(Completion, ValuesAndFiles) {
  EXPECT_THAT(texts(candidates({"repo", "put", "flights", ""})), ElementsAre(":file"));
  EXPECT_THAT(texts(candidates({"pipe", "apply", ""})), ElementsAre(":file"));
  EXPECT_THAT(texts(candidates({"completion", ""})), ElementsAre("bash", "zsh"));
  EXPECT_THAT(texts(candidates({"repo", "ls", "--color", "a"})), ElementsAre("auto", "always"));
  EXPECT_THAT(texts(candidates({"repo", "put", "-m", ""})), IsEmpty()) << "a message is nobody's to guess";
  EXPECT_THAT(texts(candidates({"repo", "put", "-m", "text", "flights", ""})), ElementsAre(":file")) << "a value that is written is no positional";
  EXPECT_THAT(texts(candidates({"help", "exit"})), ElementsAre("exit-codes"));
  EXPECT_THAT(texts(candidates({"help", "repo", "pu"})), ElementsAre("put"));
}

TEST(Commands, EachHasHelpWithinTheWidthAndAnExampleOfItself) {
  std::set<std::string> seen;
  for (const auto* command : all_commands()) {
    if (command->hidden) continue;
    const auto name = std::string(command->noun) + " " + std::string(command->verb);
    EXPECT_TRUE(seen.insert(name).second) << name << " stands twice";
    EXPECT_THAT(command->summary, Not(IsEmpty())) << name;
    EXPECT_THAT(command->example, HasSubstr("gyre ")) << name;
    const auto help = help_for_command(*command);
    EXPECT_THAT(help, StartsWith(std::string(command->summary)));
    for (std::size_t from = 0; from < help.size();) {
      const auto end = std::min(help.find('\n', from), help.size());
      EXPECT_LE(display_width(std::string_view(help).substr(from, end - from)), 100u) << name << ": " << help.substr(from, end - from);
      from = end + 1;
    }
  }
}

TEST(Help, NamesWhatIsNearest) {
  ASSERT_TRUE(help_on({"exit-codes"}));
  EXPECT_THAT(*help_on({"exit-codes"}), HasSubstr("7    the server cannot be reached"));
  EXPECT_THAT(*help_on({"repo"}), HasSubstr("preview"));
  ASSERT_FALSE(help_on({"repos"}));
  EXPECT_THAT(help_on({"repos"}).error().fix, HasSubstr("repo"));
  EXPECT_EQ(help_on({"repo", "putt"}).error().code, Code::not_found);
}

TEST(Refusal, OursIsTakenOverWhole) {
  const auto error =
      refusal(409, R"({"error":{"code":"conflict","what":"moved on","why":"main is at b","fix":"read again","request_id":"req_1"}})", "http://x");
  EXPECT_EQ(error.code, Code::conflict);
  EXPECT_EQ(error.message, "moved on");
  EXPECT_EQ(error.detail, "main is at b");
  EXPECT_EQ(error.fix, "read again");
}

TEST(Refusal, AFailureNamesItsRequest) {
  EXPECT_THAT(refusal(500, R"({"error":{"code":"internal","what":"failed","why":"","fix":"","request_id":"req_9"}})", "http://x").detail, HasSubstr("req_9"));
}

TEST(Refusal, ScoringNamesTheCells) {
  const auto error = refusal(
      422,
      R"({"message":"2 rows are refused","reason":"unknown category","fix":"","details":[{"row":3,"column":"origin","value":"XYZ"},{"row":9,"column":"origin","value":"QQQ"}]})",
      "http://x");
  EXPECT_EQ(error.code, Code::invalid);
  EXPECT_EQ(error.detail, "unknown category: row 3 origin XYZ, row 9 origin QQQ");
  EXPECT_EQ(
      refusal(
          422,
          R"({"message":"row 3, column 'origin': the model has not learned 'XYZ'","reason":"unknown category","details":[{"row":3,"column":"origin","value":"XYZ"}]})",
          "http://x")
          .detail,
      "")
      << "the message says it";
}

TEST(Refusal, AnythingElseIsToldByItsStatus) {
  EXPECT_EQ(refusal(404, "<html>nothing\x1b[2J</html>", "http://x").code, Code::not_found);
  EXPECT_EQ(refusal(403, "", "http://x").code, Code::denied);
  EXPECT_EQ(refusal(503, "", "http://x").code, Code::unavailable);
  EXPECT_THAT(refusal(418, "teapot", "http://x/y").message, HasSubstr("http://x/y answered 418"));
  EXPECT_EQ(refusal(502, "\x1b[2J", "http://x").detail.find('\x1b'), std::string::npos);
}

TEST(Paths, SegmentsAreEncoded) {
  EXPECT_EQ(api("repos", "a b/c", "tree"), "/api/v1/repos/a%20b%2Fc/tree");
  EXPECT_EQ(segment("flights-late@3"), "flights-late%403");
}

TEST(Csv, QuotesLineEndsAndEmptyFields) {
  const auto lines = parse_csv("id,name\r\n1,\"Smith, \"\"J\"\"\"\n2,\n\n3,\"two\nlines\"\n");
  ASSERT_TRUE(lines);
  EXPECT_THAT(*lines, ElementsAre(ElementsAre("id", "name"), ElementsAre("1", "Smith, \"J\""), ElementsAre("2", ""), ElementsAre("3", "two\nlines")));
  ASSERT_FALSE(parse_csv("a\n\"open\n"));
  EXPECT_THAT(parse_csv("a\n\"open\n").error().message, HasSubstr("line 2"));
  EXPECT_THAT(*parse_csv("\xef\xbb\xbfid\n1"), ElementsAre(ElementsAre("id"), ElementsAre("1"))) << "a byte order mark is no part of the name";
}

TEST(Frames, FromCsvJsonAndLines) {
  const auto csv = read_frame("id,late\nf1,true\n");
  ASSERT_TRUE(csv);
  EXPECT_THAT(csv->columns, ElementsAre("id", "late"));
  EXPECT_EQ(csv->rows.size(), 1u);
  const auto list = read_frame(R"([{"a":1},{"b":2,"a":3}])");
  ASSERT_TRUE(list);
  EXPECT_THAT(list->columns, ElementsAre("a", "b"));
  EXPECT_TRUE(list->rows[0][1].is_null()) << "what a row does not have is null";
  const auto lines = read_frame("{\"a\":1}\n{\"a\":2}\n");
  ASSERT_TRUE(lines);
  EXPECT_EQ(lines->rows.size(), 2u);
}

TEST(Frames, WhatIsWrongIsToldWithItsPlace) {
  EXPECT_THAT(read_frame("a,b\n1,2\n3\n").error().message, HasSubstr("row 2 has 1 fields"));
  EXPECT_THAT(read_frame("{\"a\":1}\n{\"a\":\n").error().message, HasSubstr("line 2"));
  EXPECT_THAT(read_frame("[1,2]").error().message, HasSubstr("row 1"));
  EXPECT_FALSE(read_frame("  \n"));
}

TEST(Frames, NumbersAreThoseThatAreWholly) {
  EXPECT_EQ(*numeric(json::Value("12")).if_int(), 12);
  EXPECT_DOUBLE_EQ(*numeric(json::Value("1.5e3")).if_double(), 1500);
  EXPECT_TRUE(numeric(json::Value("12a")).if_string());
  EXPECT_TRUE(numeric(json::Value("")).if_string());
  EXPECT_TRUE(numeric(json::Value(" 1")).if_string());
}

}  // namespace
}  // namespace gyre::cli
