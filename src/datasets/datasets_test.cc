#include "datasets/datasets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "base/hash.h"
#include "governance/governance.h"
#include "storage/sql/outbox.h"
#include "storage/sql/testing.h"

namespace gyre::datasets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DatasetsTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!database_.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
    ASSERT_TRUE(sql::migrate(*db_, governance::migrations()));
    ASSERT_TRUE(sql::migrate(*db_, outbox::migrations()));
    ASSERT_TRUE(sql::migrate(*db_, migrations()));
    ASSERT_TRUE(service_.create_repo("r", "user:a"));
  }

  Change put(std::string path, std::string_view bytes) {
    StringSource source(bytes);
    return Change::content(std::move(path), service_.upload(source).value().sha256);
  }
  Result<Committed> commit(std::vector<Change> changes, std::string key = "", std::optional<std::string> expected = {}) {
    clock_.advance_to(clock_.now_ms() + 1000);
    return service_.commit({.repo = "r",
                            .expected_head = std::move(expected),
                            .message = "m",
                            .author = "user:a",
                            .metadata = {},
                            .idempotency_key = std::move(key),
                            .changes = std::move(changes),
                            .causes = {}});
  }
  std::string text(std::string_view ref, blob::Range range = {}) {
    StringSink sink;
    const auto got = service_.get(ref, range, sink);
    return got ? sink.text : got.error().message;
  }
  std::vector<std::string> paths(std::string_view ref) {
    std::vector<std::string> out;
    for (const auto& file : service_.files(ref).value()) out.push_back(file.path);
    return out;
  }
  struct Count {
    std::int64_t n;
  };
  std::int64_t count(std::string_view table) {
    return db_->read([&](sql::Tx& tx) { return tx.select<Count>("SELECT COUNT(*) FROM " + std::string(table)); }).value().front().n;
  }

  const ScratchFolder folder_;
  sql::TestDatabase database_{GetParam()};
  sql::Db* db_ = database_.db();
  std::unique_ptr<blob::Store> store_ = blob::open_local(folder_.path() / "blobs").value();
  std::unique_ptr<query::Engine> engine_ = query::open({});
  VirtualClock clock_{kDayMs};
  Service service_{*db_, *store_, *engine_, clock_, folder_.path() / "cache"};
};

TEST_P(DatasetsTest, WhatIsCommittedIsReadBackAtEachCommit) {
  const auto first = commit({put("a/x", "one"), put("b", "two")}).value();
  const auto second = commit({put("a/x", "ONE"), put("a/y", "three"), Change::removal("b")}).value();
  EXPECT_TRUE(second.created);
  EXPECT_EQ(second.commit.parent, first.commit.id);
  EXPECT_EQ(second.commit.added, 1);
  EXPECT_EQ(second.commit.changed, 1);
  EXPECT_EQ(second.commit.removed, 1);
  EXPECT_EQ(second.commit.objects, 2);
  EXPECT_EQ(second.commit.size_bytes, 8);
  EXPECT_EQ(text("r@main/a/x"), "ONE");
  EXPECT_EQ(text("r@main~1/a/x"), "one");
  EXPECT_EQ(text("r@" + first.commit.id.substr(0, 9) + "/b"), "two");
  EXPECT_EQ(text("r/a/y", {1, 3}), "hre");
  EXPECT_THAT(paths("r"), ElementsAre("a/x", "a/y"));
  EXPECT_THAT(paths("r@main~/b"), ElementsAre("b"));
  EXPECT_EQ(service_.files("r/a").value()[1].relative, "y");
  EXPECT_EQ(service_.stat("r/b").error().code, Code::not_found);
  EXPECT_EQ(service_.stat("r/a").error().code, Code::invalid);
  EXPECT_EQ(service_.resolve("r@main~2").error().code, Code::not_found);
  EXPECT_THAT(service_.resolve("r@nope").error().fix, HasSubstr("main"));
  EXPECT_THAT(service_.resolve("other").error().fix, HasSubstr("r"));
}

TEST_P(DatasetsTest, FoldersComeFirstAndKnowWhatIsBelow) {
  ASSERT_TRUE(commit({put("z/1/x", "a"), put("z/2", "bb"), put("a", "ccc"), put("m/x", "d")}));
  const auto root = service_.list("r").value();
  EXPECT_EQ(root.total, 3u);
  EXPECT_EQ(root.entries[0].name, "m");
  EXPECT_EQ(root.entries[1].name, "z");
  EXPECT_EQ(root.entries[1].objects, 2);
  EXPECT_EQ(root.entries[1].size_bytes, 3);
  EXPECT_EQ(root.entries[2].path, "a");
  EXPECT_EQ(service_.list("r", 2, 5)->entries.size(), 1u);
  EXPECT_EQ(service_.list("r/z/1")->entries[0].path, "z/1/x");
  EXPECT_EQ(service_.list("r/a").error().code, Code::invalid);
}

TEST_P(DatasetsTest, AnUnexpectedHeadIsAConflict) {
  EXPECT_EQ(commit({put("a", "1")}, "", "0123").error().code, Code::conflict);
  const auto first = commit({put("a", "1")}, "", "").value();
  EXPECT_EQ(commit({put("a", "2")}, "", "").error().code, Code::conflict);
  EXPECT_TRUE(commit({put("a", "2")}, "", first.commit.id));
  EXPECT_EQ(commit({put("a", "3")}, "", first.commit.id).error().code, Code::conflict);
  EXPECT_EQ(text("r/a"), "2");
}

TEST_P(DatasetsTest, TheSameKeyIsTheSameCommit) {
  const auto first = commit({put("a", "1")}, "k").value();
  ASSERT_TRUE(commit({put("a", "2")}));
  const auto again = commit({put("a", "1")}, "k").value();
  EXPECT_FALSE(again.created);
  EXPECT_EQ(again.commit.id, first.commit.id);
  EXPECT_EQ(text("r/a"), "2");
  EXPECT_EQ(commit({put("a", "3")}, "k").error().code, Code::conflict);
  EXPECT_EQ(count("dataset_commits"), 2);
}

TEST_P(DatasetsTest, WhatChangesNothingMakesNoCommit) {
  const auto first = commit({put("a", "1")}).value();
  const auto again = commit({put("a", "1")}).value();
  EXPECT_FALSE(again.created);
  EXPECT_EQ(again.commit.id, first.commit.id);
}

TEST_P(DatasetsTest, ConcurrentCommitsAllStand) {
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i) {
        const auto name = std::to_string(t) + "/" + std::to_string(i);
        if (!service_.commit({.repo = "r",
                              .expected_head = {},
                              .message = name,
                              .author = "user:a",
                              .metadata = {},
                              .idempotency_key = {},
                              .changes = {put(name, name)},
                              .causes = {}}))
          ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(paths("r").size(), 20u);
  EXPECT_EQ(service_.log("r", 100)->size(), 20u);
  EXPECT_EQ(service_.resolve("r")->commit.number, 19);
  EXPECT_TRUE(service_.verify()->problems.empty());
}

TEST_P(DatasetsTest, AFileAndAFolderTakeEachOthersPlaceOnlyWhenAsked) {
  ASSERT_TRUE(commit({put("a", "1"), put("b/c", "2")}));
  EXPECT_EQ(commit({put("a/x", "3")}).error().code, Code::invalid);
  EXPECT_EQ(commit({put("b", "3")}).error().code, Code::invalid);
  EXPECT_EQ(commit({put("c", "3"), put("c/d", "3")}).error().code, Code::invalid);
  EXPECT_EQ(commit({Change::removal("b")}).error().code, Code::not_found);
  EXPECT_EQ(commit({Change::removal("nope")}).error().code, Code::not_found);
  ASSERT_TRUE(commit({Change::removal("a"), put("a/x", "3"), Change::folder_removal("b"), put("b", "4")}));
  EXPECT_THAT(paths("r"), ElementsAre("a/x", "b"));
  ASSERT_TRUE(commit({Change::removal("a/x"), Change::removal("b")}));
  EXPECT_TRUE(paths("r").empty());
  EXPECT_EQ(service_.list("r")->total, 0u);
}

TEST_P(DatasetsTest, DifferencesAndLogsArePerPath) {
  ASSERT_TRUE(commit({put("a/1", "1"), put("b/1", "1")}));
  ASSERT_TRUE(commit({put("a/2", "2")}));
  ASSERT_TRUE(commit({put("b/1", "x"), Change::removal("a/1")}));
  const auto all = service_.diff("r@main~2", "r").value();
  ASSERT_EQ(all.paths.size(), 3u);
  EXPECT_EQ(all.paths[0].kind, Difference::Kind::removed);
  EXPECT_EQ(all.paths[1].kind, Difference::Kind::added);
  EXPECT_EQ(all.paths[2].kind, Difference::Kind::changed);
  EXPECT_EQ(all.paths[2].after, sha256_hex("x"));
  EXPECT_EQ(service_.diff("r@main~2/b", "r@main/b")->paths.size(), 1u);
  EXPECT_EQ(service_.diff("r@main~2/b/1", "r@main/b/1")->paths.size(), 1u);
  EXPECT_TRUE(service_.diff("r@main~2", "r", 2)->cut);
  EXPECT_EQ(service_.log("r", 2)->size(), 2u);
  EXPECT_EQ(service_.log("r/a", 10)->size(), 3u);
  EXPECT_EQ(service_.log("r/b", 10)->size(), 2u);
  EXPECT_EQ(service_.log("r/a/2", 10)->front().number, 1);
}

TEST_P(DatasetsTest, TagsStayBranchesMove) {
  const auto first = commit({put("a", "1")}).value();
  ASSERT_TRUE(service_.tag("v1", "r", "user:a"));
  ASSERT_TRUE(service_.create_branch("try", "r", "user:a"));
  ASSERT_TRUE(commit({put("a", "2")}));
  EXPECT_TRUE(service_.tag("v1", "r@main~1", "user:a"));
  EXPECT_EQ(service_.tag("v1", "r", "user:a").error().code, Code::conflict);
  EXPECT_EQ(service_.tag("main", "r", "user:a").error().code, Code::conflict);
  EXPECT_EQ(text("r@v1/a"), "1");
  EXPECT_EQ(service_.resolve("r@try")->commit.id, first.commit.id);
  const auto repo = service_.repo("r").value();
  EXPECT_THAT(repo.branches, ElementsAre("main", "try"));
  EXPECT_THAT(repo.tags, ElementsAre("v1"));
  EXPECT_EQ(repo.commits, 2);
  EXPECT_EQ(repo.objects, 1);
}

TEST_P(DatasetsTest, TablesAreReadOnceAndInPlace) {
  const auto file = folder_.path() / "t.parquet";
  ASSERT_TRUE(query::execute(*engine_, "COPY (SELECT range AS n, 'x' AS s FROM range(10)) TO " + query::quote(file.string()) + " (FORMAT parquet)"));
  const auto one = commit({Change::from_file("t/1.parquet", file), put("c.csv", "a,b\n1,2\n3,4\n"), put("note.txt", "hello")}).value();
  EXPECT_EQ(one.commit.rows, 12);
  EXPECT_EQ(service_.stat("r/t/1.parquet")->rows, 10);
  EXPECT_EQ(service_.list("r")->entries[0].rows, 10);
  ASSERT_TRUE(query::execute(*engine_, "COPY (SELECT range AS n, 'y' AS s FROM range(5)) TO " + query::quote(file.string()) + " (FORMAT parquet)"));
  ASSERT_TRUE(commit({Change::from_file("t/2.parquet", file)}));
  const auto rows = query::fetch(*engine_, "SELECT SUM(n)::BIGINT, COUNT(*) FROM " + service_.relation("r/t").value()).value().rows;
  EXPECT_EQ(rows[0][0].int_or(0), 55);
  EXPECT_EQ(rows[0][1].int_or(0), 15);
  EXPECT_EQ(service_.columns("r/t")->at(1).sql_type, "VARCHAR");
  EXPECT_EQ(service_.relation("r").error().code, Code::invalid);
  EXPECT_EQ(service_.preview("r/c.csv", 1)->table.rows.size(), 1u);
  EXPECT_EQ(service_.preview("r/c.csv", 1)->total_rows, 2);
  EXPECT_EQ(service_.preview("r/note.txt", 1)->text, "hello");
}

TEST_P(DatasetsTest, ABrokenParquetFileIsRefusedByName) {
  const auto outcome = commit({put("bad.parquet", "this is not parquet")});
  EXPECT_EQ(outcome.error().code, Code::invalid);
  EXPECT_THAT(outcome.error().message, HasSubstr("bad.parquet"));
  EXPECT_EQ(count("dataset_commits"), 0);
}

TEST_P(DatasetsTest, BadRequestsAreRefusedBeforeAnythingHappens) {
  EXPECT_EQ(commit({put("../x", "1")}).error().code, Code::invalid);
  EXPECT_EQ(commit({put("x", "1"), put("x", "2")}).error().code, Code::invalid);
  EXPECT_EQ(commit({Change::content("x", "nonsense")}).error().code, Code::invalid);
  EXPECT_EQ(commit({Change::content("x", std::string(64, '0'))}).error().code, Code::not_found);
  EXPECT_EQ(commit({Change::from_file("x", "/nowhere")}).error().code, Code::not_found);
  EXPECT_EQ(service_.create_repo("a/b", "user:a").error().code, Code::invalid);
  EXPECT_EQ(count("dataset_commits"), 0);
}

TEST_P(DatasetsTest, AFolderOfLinksIsReadOnlyAndMayBeMadeAgain) {
  ASSERT_TRUE(commit({put("in/a/x", "1"), put("in/y", "22")}));
  const auto place = folder_.path() / "work";
  for (int i = 0; i < 2; ++i) {
    const auto made = service_.materialize("r/in", place).value();
    EXPECT_EQ(made.files, 2);
    EXPECT_EQ(made.size_bytes, 3);
  }
  EXPECT_EQ(read_file(place / "a" / "x").value(), "1");
  struct stat found{};
  ASSERT_EQ(::stat((place / "y").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0222, 0u);
  ASSERT_TRUE(service_.materialize("r/in/y", folder_.path() / "one"));
  EXPECT_EQ(read_file(folder_.path() / "one" / "y").value(), "22");
}

TEST_P(DatasetsTest, ACommitIsToldToTheGraphTheLogAndTheOthers) {
  const auto one = commit({put("a.csv", "n\n1\n2\n")}).value();
  ASSERT_TRUE(commit({put("b", "2")}));
  governance::Service governance(*db_);
  EXPECT_EQ(governance.lineage(commit_urn("r", one.commit.id), 1, 1)->nodes.size(), 3u);
  EXPECT_TRUE(governance.verify()->problems.empty());
  outbox::Dispatcher dispatcher(*db_);
  std::vector<json::Value> heard;
  dispatcher.subscribe("test", "commit.", [&](const outbox::Event& event) -> Result<void> {
    heard.push_back(event.payload);
    return {};
  });
  EXPECT_EQ(dispatcher.deliver().value(), 2u);
  EXPECT_EQ(heard[0]["commit"].string_or(""), one.commit.id);
  EXPECT_EQ(heard[0]["rows"].int_or(0), 2);
  EXPECT_EQ(heard[0]["paths"].if_array()->front().string_or(""), "a.csv");
}

TEST_P(DatasetsTest, DamageIsFound) {
  ASSERT_TRUE(commit({put("a/b", "good"), put("c", "gone")}));
  EXPECT_TRUE(service_.verify()->problems.empty());
  StringSource evil("evil");
  ASSERT_TRUE(store_->put(blob::content_key(sha256_hex("good")), evil));
  ASSERT_TRUE(store_->remove(blob::content_key(sha256_hex("gone"))));
  const auto damaged = service_.verify().value().problems;
  ASSERT_EQ(damaged.size(), 2u);
  EXPECT_THAT(damaged[0], HasSubstr("/a/b"));
  ASSERT_TRUE(db_->write([](sql::Tx& tx) { return tx.exec("UPDATE dataset_commits SET author = 'user:b'"); }));
  EXPECT_EQ(service_.verify().value().problems.size(), 3u);
}

TEST_P(DatasetsTest, ADailyCommitWritesOnlyTheFoldersAboveIt) {
  std::vector<Change> many;
  for (int i = 0; i < 50; ++i) many.push_back(put("d" + std::to_string(i) + "/x", std::to_string(i)));
  ASSERT_TRUE(commit(std::move(many)));
  const auto before = store_->list("sha256/", "", 1000)->size();
  ASSERT_TRUE(commit({put("d7/y", "new")}));
  EXPECT_EQ(store_->list("sha256/", "", 1000)->size(), before + 3);  // the content, its folder, the root
}

TEST_P(DatasetsTest, AStoreWithoutFilesOfItsOwnServesFromCopies) {
  auto memory = blob::open_memory();
  Service service(*db_, *memory, *engine_, clock_, folder_.path() / "cache");
  StringSource source("n\n1\n");
  const auto content = service.upload(source).value();
  ASSERT_TRUE(service.commit({.repo = "r",
                              .branch = "m",
                              .expected_head = {},
                              .message = "m",
                              .author = "user:a",
                              .metadata = json::Object{{"k", "v"}},
                              .idempotency_key = {},
                              .changes = {Change::content("x.csv", content.sha256)},
                              .causes = {}}));
  EXPECT_EQ(read_file(service.files("r@m").value()[0].local).value(), "n\n1\n");
  EXPECT_EQ(query::fetch(*engine_, "SELECT COUNT(*) FROM " + service.relation("r@m").value())->rows[0][0].int_or(0), 1);
}

INSTANTIATE_TEST_SUITE_P(Backends, DatasetsTest, testing::Values("SqliteFile", "SqliteMemory", "Postgres"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::datasets
