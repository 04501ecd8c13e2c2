// What every launcher promises, whatever stands behind it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/file.h"
#include "exec/counted.h"
#include "exec/fake.h"

namespace gyre::exec {
namespace {

// The same job for both: what the shell shall do, and what the script says that it did.
struct Play {
  std::string shell;
  Script script;
};

std::map<std::string, Play> plays() {
  return {{"good", {"echo hello", {.output = "hello\n"}}},
          {"bad", {"echo oops >&2; exit 7", {.output = "oops\n", .exit_code = 7}}},
          {"endless", {"echo on; sleep 1000", {.output = "on\n", .polls_before_end = kForever}}},
          {"killed", {"kill -9 $$", {.ending = Ending::signalled}}}};
}

struct Backend {
  std::string name;
  std::unique_ptr<Launcher> (*open)(const std::filesystem::path&);
};

std::unique_ptr<Launcher> open_real(const std::filesystem::path& folder) { return open_local(folder, std::filesystem::read_symlink("/proc/self/exe")).value(); }
std::unique_ptr<Launcher> open_fake(const std::filesystem::path&) {
  return std::make_unique<FakeLauncher>([](const Spec& spec) { return plays().at(spec.job.substr(0, spec.job.find('.'))).script; });
}

std::unique_ptr<Launcher> open_counted(const std::filesystem::path& folder) {
  static Counters counters;
  return make_counted(open_fake(folder), counters);
}

class LauncherContract : public testing::TestWithParam<Backend> {
 protected:
  void TearDown() override {
    for (const auto& job : started_) (void)launcher_->stop(job, 0);
  }
  // The play's name, with anything behind a point.
  Result<void> start(const std::string& job) {
    started_.push_back(job);
    return launcher_->start({job, {"sh", "-c", plays().at(job.substr(0, job.find('.'))).shell}, {{"PATH", "/usr/bin:/bin"}}, folder_.path(), {}});
  }
  State wait(std::string_view job) {
    for (int i = 0; i < 3000; ++i) {
      const auto state = launcher_->poll(job).value();
      if (state.phase != Phase::running) return state;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ADD_FAILURE() << "job did not end";
    return {};
  }
  const ScratchFolder folder_;
  std::unique_ptr<Launcher> launcher_ = GetParam().open(folder_.path() / "jobs");
  std::vector<std::string> started_;
};

TEST_P(LauncherContract, AnEndIsToldAgainAndAgain) {
  ASSERT_TRUE(start("bad"));
  for (int i = 0; i < 3; ++i) {
    const auto state = wait("bad");
    EXPECT_EQ(state.phase, Phase::finished);
    EXPECT_EQ(state.ending, Ending::exited);
    EXPECT_EQ(state.exit_code, 7);
    EXPECT_LE(state.started_ms, state.finished_ms);
  }
  ASSERT_TRUE(start("killed"));
  EXPECT_EQ(wait("killed").ending, Ending::signalled);
}

TEST_P(LauncherContract, ANameIsRunOnce) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(start("good"));
  wait("good");
  ASSERT_TRUE(start("good"));
  EXPECT_EQ(launcher_->poll("good")->phase, Phase::finished);
  EXPECT_EQ(launcher_->logs("good", 0)->text, "hello\n");
}

TEST_P(LauncherContract, LogsHaveOffsetsAndAnEnd) {
  ASSERT_TRUE(start("good"));
  wait("good");
  const auto all = launcher_->logs("good", 0).value();
  EXPECT_EQ(all.next_offset, 6);
  EXPECT_TRUE(all.complete);
  EXPECT_EQ(launcher_->logs("good", 2)->text, "llo\n");
  EXPECT_EQ(launcher_->logs("good", 6)->text, "");
  EXPECT_EQ(launcher_->logs("good", 6)->total_bytes, 6);
  EXPECT_EQ(launcher_->logs("good", -1).error().code, Code::invalid);
}

TEST_P(LauncherContract, StoppingEndsItAndMayBeSaidTwice) {
  ASSERT_TRUE(start("endless"));
  EXPECT_EQ(launcher_->poll("endless")->phase, Phase::running);
  EXPECT_FALSE(launcher_->logs("endless", 0)->complete);
  EXPECT_EQ(launcher_->remove("endless").error().code, Code::conflict);
  ASSERT_TRUE(launcher_->stop("endless", 1000));
  ASSERT_TRUE(launcher_->stop("endless", 1000));
  EXPECT_EQ(wait("endless").ending, Ending::stopped);
  ASSERT_TRUE(launcher_->stop("endless", 1000));
}

TEST_P(LauncherContract, ARemovedJobIsUnknownAndMayRunAgain) {
  ASSERT_TRUE(start("good"));
  wait("good");
  ASSERT_TRUE(launcher_->remove("good"));
  ASSERT_TRUE(launcher_->remove("good"));
  EXPECT_EQ(launcher_->poll("good").error().code, Code::not_found);
  EXPECT_EQ(launcher_->logs("good", 0).error().code, Code::not_found);
  EXPECT_EQ(launcher_->stop("good", 0).error().code, Code::not_found);
  ASSERT_TRUE(start("good"));
  EXPECT_EQ(wait("good").exit_code, 0);
}

TEST_P(LauncherContract, BadSpecsAreRefused) {
  EXPECT_EQ(launcher_->start({"", {"true"}, {}, folder_.path(), {}}).error().code, Code::invalid);
  EXPECT_EQ(launcher_->start({"a/../b", {"true"}, {}, folder_.path(), {}}).error().code, Code::invalid);
  EXPECT_EQ(launcher_->start({"good", {}, {}, folder_.path(), {}}).error().code, Code::invalid);
  EXPECT_EQ(launcher_->start({"good", {"true"}, {}, "/nowhere", {}}).error().code, Code::not_found);
  EXPECT_EQ(launcher_->poll("../good").error().code, Code::not_found);
}

TEST_P(LauncherContract, ManyThreadsMayAskAtOnce) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this, i] {
      for (int j = 0; j < 5; ++j) {
        const auto job = fmt::format("good.{}.{}", i, j % 3);
        const Spec spec{job, {"sh", "-c", "echo hello"}, {{"PATH", "/usr/bin:/bin"}}, folder_.path(), {}};
        EXPECT_TRUE(launcher_->start(spec));
        EXPECT_EQ(wait(job).exit_code, 0);
      }
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Launchers, LauncherContract,
                         testing::Values(Backend{"Local", open_real}, Backend{"Fake", open_fake}, Backend{"Counted", open_counted}),
                         [](const auto& info) { return info.param.name; });

TEST(FaultyLauncher, FailsInTheSamePlacesForTheSameSeed) {
  const auto run = [](std::uint64_t seed) {
    FakeLauncher inner([](const Spec&) { return Script{}; });
    const auto faulty = make_faulty(inner, {.seed = seed, .before = 0.3, .after = 0.3});
    std::string outcomes;
    for (int i = 0; i < 40; ++i) outcomes += faulty->start({fmt::format("j{}", i), {"x"}, {}, "/", {}}) ? '.' : 'x';
    return outcomes + std::to_string(inner.started().size());
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

}  // namespace
}  // namespace gyre::exec
