// A process that is killed between any two steps of a commit leaves the commit whole or not there.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "base/file.h"
#include "datasets/datasets.h"
#include "governance/governance.h"
#include "storage/blob/faulty.h"
#include "storage/sql/faulty.h"
#include "storage/sql/outbox.h"
#include "storage/sql/sqlite.h"

namespace gyre::datasets {
namespace {

struct House {
  explicit House(const std::filesystem::path& folder)
      : db(sql::open_sqlite(folder / "a.db").value()),
        store(blob::open_local(folder / "blobs").value()),
        engine(query::open({})),
        service(*db, *store, *engine, clock, folder / "cache") {}
  bool prepare() {
    return sql::migrate(*db, governance::migrations()) && sql::migrate(*db, outbox::migrations()) && sql::migrate(*db, migrations()) &&
           service.create_repo("r", "user:a");
  }
  std::unique_ptr<sql::Db> db;
  std::unique_ptr<blob::Store> store;
  std::unique_ptr<query::Engine> engine;
  RealClock clock;
  Service service;
};

Result<Committed> commit_number(Service& service, std::int64_t n) {
  const auto text = "content " + std::to_string(n);
  StringSource source(text);
  const auto content = TRY(service.upload(source));
  return service.commit({.repo = "r",
                         .expected_head = {},
                         .message = text,
                         .author = "user:a",
                         .metadata = {},
                         .idempotency_key = std::to_string(n),
                         .changes = {Change::content("d" + std::to_string(n % 7) + "/" + std::to_string(n), content.sha256)},
                         .causes = {}});
}

[[noreturn]] void commit_until_killed(const std::filesystem::path& folder, std::int64_t first, int acknowledge) {
  House house(folder);
  for (std::int64_t n = first;; ++n) {
    if (!commit_number(house.service, n) || write(acknowledge, &n, sizeof n) != sizeof n) _exit(1);
  }
}

TEST(DatasetsDurability, KilledCommittersLoseAndDoubleNothing) {
  const ScratchFolder folder;
  ASSERT_TRUE(House(folder.path()).prepare());
  std::int64_t acknowledged = -1;
  for (int round = 0; round < 6; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) commit_until_killed(folder.path(), acknowledged + 1, ends[1]);  // the last under way is tried again
    close(ends[1]);
    const auto goal = acknowledged + 10;
    while (acknowledged < goal) ASSERT_EQ(read(ends[0], &acknowledged, sizeof acknowledged), static_cast<ssize_t>(sizeof acknowledged));
    std::this_thread::sleep_for(std::chrono::microseconds(700 * round));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    while (read(ends[0], &acknowledged, sizeof acknowledged) == static_cast<ssize_t>(sizeof acknowledged)) {
    }
    close(ends[0]);
  }
  House house(folder.path());
  ASSERT_TRUE(commit_number(house.service, acknowledged + 1));
  EXPECT_EQ(house.service.log("r", kMaxPage)->size(), static_cast<std::size_t>(acknowledged + 2));
  EXPECT_EQ(house.service.files("r")->size(), static_cast<std::size_t>(acknowledged + 2));
  EXPECT_EQ(house.service.verify()->problems, std::vector<std::string>());
  EXPECT_EQ(governance::Service(*house.db).verify()->problems, std::vector<std::string>());
}

TEST(DatasetsDurability, FaultsBelowAreToldAndATryAgainSucceeds) {
  const ScratchFolder folder;
  House house(folder.path());
  ASSERT_TRUE(house.prepare());
  auto db = sql::make_faulty(*house.db, {.seed = 11, .before = 0.03, .rolled_back = 0.03, .after = 0.03});
  auto store = blob::make_faulty(*house.store, {.seed = 12, .before = 0.03, .torn = 0.03, .after = 0.03});
  Service shaky(*db, *store, *house.engine, house.clock, folder.path() / "cache");
  int failures = 0;
  for (std::int64_t n = 0; n < 60; ++n) {
    while (!commit_number(shaky, n)) ASSERT_LT(++failures, 1000);
  }
  EXPECT_GT(failures, 10);
  EXPECT_EQ(house.service.log("r", kMaxPage)->size(), 60u);
  EXPECT_EQ(house.service.files("r")->size(), 60u);
  EXPECT_EQ(house.service.verify()->problems, std::vector<std::string>());
}

}  // namespace
}  // namespace gyre::datasets
