// What is acknowledged stays, whatever happens to the process or the disk.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "base/file.h"
#include "base/small_file_system.h"
#include "storage/sql/faulty.h"
#include "storage/sql/sqlite.h"
#include "storage/sql/sqlite_checkpoints.h"

namespace gyre::sql {
namespace {

constexpr int kWriters = 8;

struct Number {
  std::int64_t n;
};

Result<void> insert(Db& db, std::int64_t n) {
  return db.write([n](Tx& tx) { return tx.exec("INSERT INTO t (n, pad) VALUES ($1, $2)", n, std::string(200, 'x')); });
}

Result<void> create(Db& db) {
  return db.write([](Tx& tx) { return tx.exec("CREATE TABLE t (n BIGINT PRIMARY KEY, pad TEXT)"); });
}

std::set<std::int64_t> kept(Db& db) {
  std::set<std::int64_t> all;
  for (const auto& row : db.read([](Tx& tx) { return tx.select<Number>("SELECT n FROM t"); }).value()) all.insert(row.n);
  return all;
}

// Writes from several threads, so that commits are grouped, and acknowledges each on the pipe.
[[noreturn]] void write_until_killed(const std::filesystem::path& file, int acknowledge) {
  auto db = open_sqlite(file).value();
  std::vector<std::thread> threads;
  for (std::int64_t t = 0; t < kWriters; ++t) {
    threads.emplace_back([&, t] {
      for (std::int64_t n = t;; n += kWriters) {
        if (!insert(*db, n) || write(acknowledge, &n, sizeof n) != sizeof n) _exit(1);
      }
    });
  }
  for (;;) pause();
}

TEST(SqliteDurability, NothingAcknowledgedIsLostByKill) {
  for (int round = 0; round < 5; ++round) {
    const ScratchFolder folder;
    const auto file = folder.path() / "a.db";
    ASSERT_TRUE(create(*open_sqlite(file).value()));
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) write_until_killed(file, ends[1]);
    close(ends[1]);
    std::vector<std::int64_t> acknowledged;
    std::int64_t n = 0;
    while (acknowledged.size() < 300u + 77u * static_cast<unsigned>(round)) {
      ASSERT_EQ(read(ends[0], &n, sizeof n), static_cast<ssize_t>(sizeof n));
      acknowledged.push_back(n);
    }
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    while (read(ends[0], &n, sizeof n) == static_cast<ssize_t>(sizeof n)) acknowledged.push_back(n);
    close(ends[0]);
    auto db = open_sqlite(file).value();
    const auto there = kept(*db);
    for (const auto one : acknowledged) EXPECT_TRUE(there.contains(one)) << one;
    EXPECT_LE(there.size(), acknowledged.size() + kWriters);  // at most what was under way
    EXPECT_TRUE(db->verify());
  }
}

bool survives_a_full_disk(const std::filesystem::path& folder) {
  if (!write_file_durably(folder / "filler", std::string(1 << 20, 'x'))) return false;
  std::set<std::int64_t> acknowledged;
  std::optional<Error> refusal;
  {
    auto db = open_sqlite(folder / "a.db").value();
    if (!create(*db)) return false;
    for (std::int64_t n = 0; n < 100'000 && !refusal; ++n) {
      const auto done = insert(*db, n);
      if (done) acknowledged.insert(n);
      if (!done) refusal = done.error();
    }
    if (!refusal || refusal->code != Code::unavailable || !refusal->fix.contains("space")) return false;
    if (kept(*db) != acknowledged) return false;
    std::filesystem::remove(folder / "filler");
    if (!insert(*db, -1)) return false;
    acknowledged.insert(-1);
  }
  auto db = open_sqlite(folder / "a.db").value();
  return kept(*db) == acknowledged && db->verify();
}

TEST(SqliteDurability, AFullDiskIsSaidAndDamagesNothing) {
  const ScratchFolder folder;
  const auto outcome = in_small_file_system(folder.path(), 4 << 20, [&] { return survives_a_full_disk(folder.path()); });
  if (outcome == InSmall::not_allowed) GTEST_SKIP() << "SKIPPED: no right to mount a small file system, so a full disk was not tested";
  EXPECT_EQ(outcome, InSmall::passed);
}

TEST(SqliteDurability, AFolderThatCannotBeWrittenIsSaid) {
  const ScratchFolder folder;
  const auto outcome = in_small_file_system(folder.path(), 4 << 20, [&] {
    // Closed first: a file system with a file open for writing cannot become read-only.
    if (!create(*open_sqlite(folder.path() / "a.db").value())) return false;
    if (!make_read_only(folder.path())) return false;
    const auto opened = open_sqlite(folder.path() / "a.db");
    const auto fresh = open_sqlite(folder.path() / "b.db");
    const bool refused = !opened || !insert(**opened, 1);
    return refused && !fresh && fresh.error().code == Code::denied && !fresh.error().fix.empty();
  });
  if (outcome == InSmall::not_allowed) GTEST_SKIP() << "SKIPPED: no right to mount a small file system, so a read-only one was not tested";
  EXPECT_EQ(outcome, InSmall::passed);
}

// An answer that says no may still have happened (it was lost on the way), but one that says yes has.
TEST(FaultyDb, WhatIsAcknowledgedHasHappened) {
  auto inner = open_sqlite(":memory:").value();
  ASSERT_TRUE(create(*inner));
  const Faults faults{.seed = 7, .before = 0.1, .rolled_back = 0.1, .after = 0.1};
  auto db = make_faulty(*inner, faults);
  std::set<std::int64_t> yes, no;
  for (std::int64_t n = 0; n < 500; ++n) (insert(*db, n) ? yes : no).insert(n);
  const auto there = kept(*inner);
  for (const auto n : yes) EXPECT_TRUE(there.contains(n)) << n << ", seed " << faults.seed;
  std::size_t lost_answers = 0;
  for (const auto n : no) lost_answers += there.contains(n) ? 1 : 0;
  EXPECT_GT(no.size(), 100u);
  EXPECT_GT(lost_answers, 20u);
}

// Who copies the log beside the writer never gets to its end while that one goes on.
TEST(SqliteDurability, TheLogBeginsAnewUnderSteadyWriting) {
  constexpr std::int64_t kRows = 64, kRowBytes = 1 << 20;  // four times as much as the log may hold
  constexpr auto kMostLogBytes = 2 * SqliteCheckpoints::kMostPages * 4096;
  const ScratchFolder folder;
  const auto file = folder.path() / "a.db";
  {
    auto db = open_sqlite(file).value();
    ASSERT_TRUE(create(*db));
    for (std::int64_t n = 0; n < kRows; ++n) {
      ASSERT_TRUE(db->write([n](Tx& tx) { return tx.exec("INSERT INTO t (n, pad) VALUES ($1, $2)", n, std::string(kRowBytes, 'x')); }));
    }
    EXPECT_LT(std::filesystem::file_size(file.string() + "-wal"), kMostLogBytes);
    EXPECT_EQ(kept(*db).size(), kRows);
  }
  EXPECT_EQ(kept(*open_sqlite(file).value()).size(), kRows);
}

}  // namespace
}  // namespace gyre::sql
