// Folders of runs, as they are written and read.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "app/runs/child.h"
#include "app/runs/git_facts.h"
#include "app/runs/lines_reader.h"
#include "app/runs/passing.h"
#include "app/runs/run_folder.h"

namespace gyre::runs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

void put(const std::filesystem::path& file, std::string_view text) { std::ofstream(file, std::ios::binary | std::ios::app) << text; }

std::vector<std::string> lines(const LinesReader::Batch& batch) { return {batch.lines.begin(), batch.lines.end()}; }

TEST(LinesReader, ATornLineIsNotThereUntilItIsWhole) {
  const ScratchFolder scratch;
  const auto file = scratch.path() / "log-w-000001.ndjson";
  LinesReader reader(scratch.path(), "log-w", "n");
  EXPECT_TRUE(reader.peek()->lines.empty());
  put(file, "{\"n\":0}\n{\"n\":1");
  EXPECT_THAT(lines(*reader.peek()), ElementsAre("{\"n\":0}"));
  EXPECT_THAT(lines(*reader.peek()), ElementsAre("{\"n\":0}")) << "what is not accepted comes again";
  reader.accept();
  EXPECT_TRUE(reader.peek()->lines.empty());
  put(file, "}\n");
  const auto batch = reader.peek().value();
  EXPECT_EQ(batch.first, 1);
  EXPECT_THAT(lines(batch), ElementsAre("{\"n\":1}"));
  reader.accept();
  put(scratch.path() / "log-w-000002.ndjson", "{\"n\":2}\n");
  EXPECT_EQ(reader.peek()->first, 2);
}

TEST(LinesReader, GoesOnWhereTheServerStands) {
  const ScratchFolder scratch;
  for (int n = 0; n < 10; ++n) put(scratch.path() / fmt::format("log-w-00000{}.ndjson", 1 + n / 4), fmt::format("{{\"n\":{}}}\n", n));
  put(scratch.path() / "log-w-000004.ndjson", "{\"n\":10");
  for (int n = 0; n < 10; ++n) {
    LinesReader reader(scratch.path(), "log-w", "n");
    ASSERT_TRUE(reader.seek(n));
    EXPECT_EQ(reader.peek()->first, n);
  }
  LinesReader beyond(scratch.path(), "log-w", "n");
  ASSERT_TRUE(beyond.seek(77));
  EXPECT_EQ(beyond.peek()->first, 9) << "the last again: the server knows it";
}

TEST(LinesReader, BatchesAreBounded) {
  const ScratchFolder scratch;
  for (int n = 0; n < 100; ++n) put(scratch.path() / "log-w-000001.ndjson", fmt::format("{{\"n\":{},\"values\":{{\"a\":1,\"b\":2}}}}\n", n));
  LinesReader reader(scratch.path(), "log-w", "n");
  EXPECT_EQ(reader.peek({.lines = 7})->lines.size(), 7u);
  EXPECT_EQ(reader.peek({.members = 8})->lines.size(), 2u);
  EXPECT_LT(reader.peek({.bytes = 100})->lines.size(), 4u);
  put(scratch.path() / "log-v-000001.ndjson", "nonsense\n");
  LinesReader broken(scratch.path(), "log-v", "n");
  EXPECT_THAT(broken.peek().error().message, HasSubstr("log-v-000001.ndjson"));
}

TEST(RunFolder, IsReadBackAsItWasWritten) {
  const ScratchFolder scratch;
  const RunHead head{.id = "r1", .experiment = "churn", .name = "heron", .user = "ada", .started_ms = 1700000000000, .tags = {{"k", "v"}}};
  {
    auto folder = RunFolder::create(scratch.path() / "run", head, "wrapper").value();
    const std::pair<std::string, double> figures[] = {{"loss", 0.1}, {"auc", std::nan("")}};
    const std::pair<std::string, std::string> texts[] = {{"lr", "\"1\""}};
    ASSERT_TRUE(folder->metrics(5, 0.5, figures));
    ASSERT_TRUE(folder->params(texts));
    ASSERT_TRUE(folder->end(9, "FINISHED"));
    ASSERT_TRUE(folder->console(6, Output::out, "a\xC3\xA4\n"));
    ASSERT_TRUE(folder->console(7, Output::err, std::string(kMaxPieceBytes + 10, 'x')));
    ASSERT_TRUE(folder->file("code/diff.patch", "+1"));
    ASSERT_TRUE(folder->sync());
  }
  const auto read = read_head(scratch.path() / "run").value();
  EXPECT_EQ(read.id, "r1");
  EXPECT_EQ(read.experiment, "churn");
  EXPECT_EQ(read.tags.at("k"), "v");
  LinesReader events(scratch.path() / "run", "log-wrapper", "n"), console(scratch.path() / "run", "console", "offset");
  EXPECT_THAT(lines(*events.peek()), ElementsAre(R"({"n":0,"type":"metrics","at":5,"step":0.5,"values":{"loss":0.1,"auc":"NaN"}})",
                                                 R"({"n":1,"type":"params","values":{"lr":"\"1\""}})", R"({"n":2,"type":"end","at":9,"status":"FINISHED"})"));
  const auto pieces = console.peek().value();
  ASSERT_EQ(pieces.lines.size(), 3u) << "a long piece is several";
  EXPECT_THAT(std::string(pieces.lines[1]), HasSubstr("\"offset\":4,"));
  EXPECT_EQ(read_file(scratch.path() / "run/files/code/diff.patch").value(), "+1");
  EXPECT_EQ(RunFolder::create(scratch.path() / "run", head, "wrapper").error().code, Code::conflict);
  put(scratch.path() / "other/run.json", "");
  EXPECT_FALSE(read_head(scratch.path()));
}

TEST(Utf8Stream, CharactersAreWholeWhereverTheyAreCut) {
  const std::string text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Utf8Stream stream;
    const auto first = stream.feed(std::string_view(text).substr(0, cut));
    EXPECT_EQ(first + stream.feed(std::string_view(text).substr(cut)) + stream.finish(), text) << cut;
  }
  Utf8Stream stream;
  EXPECT_EQ(stream.feed("\xFFz\x80"), "\xEF\xBF\xBDz\xEF\xBF\xBD");
  EXPECT_EQ(stream.feed("\xE2\x82"), "");
  EXPECT_EQ(stream.finish(), "\xEF\xBF\xBD");
  EXPECT_EQ(stream.feed(std::string("\0b", 2)), std::string("\0b", 2));
}

TEST(GitFacts, AnAddressIsKeptWithoutItsSecrets) {
  EXPECT_EQ(without_credentials("https://ada:s3cret@host/x.git"), "https://host/x.git");
  EXPECT_EQ(without_credentials("https://ghp_token@host/x@y.git"), "https://host/x@y.git");
  EXPECT_EQ(without_credentials("git@host:x.git"), "git@host:x.git");
  EXPECT_EQ(without_credentials("/srv/x.git"), "/srv/x.git");
}

TEST(Ending, IsAsAShellTellsIt) {
  EXPECT_EQ(status_of({0, 0}), "FINISHED");
  EXPECT_EQ(status_of({3, 0}), "FAILED");
  EXPECT_EQ(status_of(ending_of(SIGSEGV)), "FAILED");
  EXPECT_EQ(status_of(ending_of(SIGTERM)), "KILLED");
  EXPECT_EQ(ending_of(SIGKILL).code, 137);
}

}  // namespace
}  // namespace gyre::runs
