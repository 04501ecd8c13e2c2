// The server is killed again and again while runs go on. Jobs outlive it, so each step's command runs exactly once.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <random>
#include <thread>

#include "base/file.h"
#include "base/yaml.h"
#include "governance/governance.h"
#include "pipelines/pipelines.h"
#include "storage/sql/sqlite.h"

namespace gyre::pipelines {
namespace {

namespace fs = std::filesystem;

struct World {
  explicit World(const fs::path& folder) : folder(folder) {
    for (const auto all :
         {outbox::migrations(), governance::migrations(), tracking::migrations(), registry::migrations(), datasets::migrations(), migrations()}) {
      if (!sql::migrate(*db, all)) std::abort();
    }
    if (!tracking.prepare()) std::abort();
  }
  const fs::path folder;
  RealClock clock;
  std::unique_ptr<sql::Db> db = sql::open_sqlite(folder / "db").value();
  std::unique_ptr<blob::Store> blobs = blob::open_local(folder / "blobs").value();
  std::unique_ptr<query::Engine> engine = query::open({});
  tracking::Service tracking{*db, *blobs, clock};
  registry::Service registry{*db, *blobs, clock, tracking};
  datasets::Service datasets{*db, *blobs, *engine, clock, folder / "cache"};
  std::unique_ptr<exec::Launcher> launcher = exec::open_local(folder / "jobs", fs::read_symlink("/proc/self/exe")).value();
  Service service{*db,      *blobs,   clock,     tracking,
                  registry, datasets, *launcher, Options{.folder = folder / "work", .tracking_uri = "http://127.0.0.1:1", .cpus = 4}};
};

pid_t start_server(const fs::path& folder) {
  const auto self = fs::read_symlink("/proc/self/exe").string();
  char verb[] = "crash-server";
  std::string path = folder.string();
  char* argv[] = {const_cast<char*>(self.c_str()), verb, path.data(), nullptr};
  pid_t pid = 0;
  EXPECT_EQ(::posix_spawn(&pid, self.c_str(), nullptr, nullptr, argv, environ), 0);
  return pid;
}

}  // namespace

int crash_server(const fs::path& folder) {
  World world(folder);
  for (;;) {
    const auto state = world.service.run_due(world.clock.now_ms());
    if (!state) return 1;
    if (!state->worked) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

namespace {

constexpr int kChains = 4, kLinks = 5, kMostKills = 200;

TEST(Crash, KilledServersNeitherLoseNorRepeatAStep) {
  const ScratchFolder scratch;
  const auto count = scratch.path() / "count";
  std::string text = "steps:\n";
  for (int chain = 0; chain < kChains; ++chain) {
    for (int link = 0; link < kLinks; ++link) {
      const auto from = link == 0 ? "" : fmt::format("inputs: {{i: c{}_{}.o}}, ", chain, link - 1);
      text += fmt::format("  - {{name: c{}_{}, cache: false, {}command: 'echo c{}_{} >> {}; sleep 0.05; echo {} > $GYRE_OUTPUT_O', outputs: {{o: f}}}}\n",
                          chain, link, from, chain, link, count.string(), link);
    }
  }
  std::string id;
  {
    World world(scratch.path());
    fs::create_directories(scratch.path() / "code");
    ASSERT_TRUE(world.service.apply("p", yaml::parse(text).value(), scratch.path() / "code", "user:test"));
    id = world.service.start({"p", {}, "t", "k"}).value();
  }
  const auto seed = std::random_device()();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  int kills = 0;
  std::string status = "running";
  for (; status == "running" && kills < kMostKills; ++kills) {
    const auto server = start_server(scratch.path());
    std::this_thread::sleep_for(std::chrono::milliseconds(30 + random() % 120));
    ::kill(server, SIGKILL);
    ::waitpid(server, nullptr, 0);
    status = World(scratch.path()).service.run(id)->status;
  }
  // On a busy machine no server may have lived long enough: the last one lives on.
  World world(scratch.path());
  for (; world.service.run(id)->status == "running"; std::this_thread::sleep_for(std::chrono::milliseconds(2)))
    ASSERT_TRUE(world.service.run_due(world.clock.now_ms()));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(world.service.run_due(world.clock.now_ms()));  // tidies up
  EXPECT_EQ(world.service.run(id)->status, "succeeded") << "seed " << seed << ": " << world.service.run(id)->error;
  std::map<std::string, int> times;
  const auto lines = read_file(count).value();
  for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1) ++times[lines.substr(at, lines.find('\n', at) - at)];
  EXPECT_EQ(times.size(), static_cast<std::size_t>(kChains * kLinks));
  for (const auto& [step, n] : times) EXPECT_EQ(n, 1) << step << ", seed " << seed << ", " << kills << " kills";
  EXPECT_TRUE(world.service.verify()->problems.empty());
  EXPECT_TRUE(fs::is_empty(scratch.path() / "jobs"));
  RecordProperty("kills", std::to_string(kills));
}

}  // namespace
}  // namespace gyre::pipelines
