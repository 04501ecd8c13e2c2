// The local launcher against real processes. The test program is its own shim.
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "base/file.h"
#include "exec/spec_file.h"

namespace gyre::exec {
namespace {

class LauncherTest : public testing::Test {
 protected:
  Spec shell(std::string job, std::string script, Limits limits = {}) {
    return {std::move(job), {"sh", "-c", std::move(script)}, {{"PATH", "/usr/bin:/bin"}, {"WORD", "hello"}}, folder_.path(), limits};
  }
  State wait(std::string_view job) {
    for (int i = 0; i < 1500; ++i) {
      const auto state = launcher_->poll(job).value();
      if (state.phase != Phase::running) return state;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ADD_FAILURE() << "job did not end";
    return {};
  }
  std::unique_ptr<Launcher> open() { return open_local(folder_.path() / "jobs", "/proc/self/exe").value(); }

  const ScratchFolder folder_;
  std::unique_ptr<Launcher> launcher_ = open_local(folder_.path() / "jobs", std::filesystem::read_symlink("/proc/self/exe")).value();
};

TEST_F(LauncherTest, TellsTheExitCodeAndKeepsTheOutput) {
  ASSERT_TRUE(launcher_->start(shell("a", "echo $WORD; echo oops >&2; exit 7")));
  const auto state = wait("a");
  EXPECT_EQ(state.ending, Ending::exited);
  EXPECT_EQ(state.exit_code, 7);
  const auto log = launcher_->logs("a", 0).value();
  EXPECT_EQ(log.text, "hello\noops\n");
  EXPECT_TRUE(log.complete);
  EXPECT_EQ(launcher_->logs("a", 6)->text, "oops\n");
}

TEST_F(LauncherTest, InheritsNothingFromTheServer) {
  setenv("GYRE_TEST_SECRET", "1", 1);
  ASSERT_TRUE(launcher_->start(shell("a", "env | sort")));
  wait("a");
  EXPECT_EQ(launcher_->logs("a", 0)->text.find("SECRET"), std::string::npos);
}

TEST_F(LauncherTest, TimeAndMemoryAreLimited) {
  ASSERT_TRUE(launcher_->start(shell("slow", "sleep 60", {.timeout_ms = 200})));
  ASSERT_TRUE(launcher_->start(shell("fat", "head -c 300000000 /dev/zero | tail", {.memory_bytes = 50 << 20})));
  EXPECT_EQ(wait("slow").ending, Ending::timed_out);
  EXPECT_EQ(wait("fat").ending, Ending::out_of_memory);
}

TEST_F(LauncherTest, SignalsAreTold) {
  ASSERT_TRUE(launcher_->start(shell("a", "kill -9 $$")));
  const auto state = wait("a");
  EXPECT_EQ(state.ending, Ending::signalled);
  EXPECT_EQ(state.signal, SIGKILL);
}

TEST_F(LauncherTest, StoppingEndsGrandchildrenToo) {
  ASSERT_TRUE(launcher_->start(shell("a", "trap '' TERM; setsid sleep 1000 & echo $! > child; sleep 1000; sleep 1000")));
  while (read_file(folder_.path() / "child").value_or("").empty()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  ASSERT_TRUE(launcher_->stop("a", 0));
  EXPECT_EQ(wait("a").ending, Ending::stopped);
  const auto child = std::stoll(read_file(folder_.path() / "child").value());
  EXPECT_FALSE(start_ticks_of(child));
}

TEST_F(LauncherTest, AJobOutlivesTheLauncherAndIsFoundAgain) {
  ASSERT_TRUE(launcher_->start(shell("a", "sleep 0.4; exit 3")));
  launcher_.reset();
  launcher_ = open();
  EXPECT_EQ(launcher_->poll("a")->phase, Phase::running);
  EXPECT_EQ(wait("a").exit_code, 3);
}

TEST_F(LauncherTest, StartingTwiceRunsOnce) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(launcher_->start(shell("a", "echo x >> " + (folder_.path() / "count").string())));
  wait("a");
  ASSERT_TRUE(launcher_->start(shell("a", "echo x >> " + (folder_.path() / "count").string())));
  EXPECT_EQ(read_file(folder_.path() / "count").value(), "x\n");
}

TEST_F(LauncherTest, AKilledShimTakesItsJobAlong) {
  ASSERT_TRUE(launcher_->start(shell("a", "sh -c 'echo $$ > grandchild; sleep 1000' & setsid sleep 1000 & echo $! > loner; echo $$ > child; sleep 1000")));
  for (const char* name : {"child", "grandchild", "loner"}) {
    while (read_file(folder_.path() / name).value_or("").empty()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const auto shim = read_identity(folder_.path() / "jobs" / "a").value();
  kill(static_cast<pid_t>(shim.pid), SIGKILL);
  const auto state = wait("a");
  EXPECT_EQ(state.phase, Phase::lost);
  EXPECT_NE(state.reason.find("vanished"), std::string::npos);
  for (const char* name : {"child", "grandchild", "loner"}) {
    EXPECT_FALSE(start_ticks_of(std::stoll(read_file(folder_.path() / name).value()))) << name;
  }
  ASSERT_TRUE(launcher_->start(shell("a", "echo again")));  // it stays lost
  EXPECT_EQ(launcher_->poll("a")->phase, Phase::lost);
}

TEST_F(LauncherTest, AShimWhoseFolderIsTakenAwayDoesNotStay) {
  ASSERT_TRUE(launcher_->start(shell("a", "touch ready; while [ -e ready ]; do sleep 0.01; done")));
  while (!std::filesystem::exists(folder_.path() / "ready")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const auto shim = read_identity(folder_.path() / "jobs" / "a").value();
  std::filesystem::remove_all(folder_.path() / "jobs" / "a");
  std::filesystem::remove(folder_.path() / "ready");
  for (int i = 0; i < 500 && start_ticks_of(shim.pid); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_FALSE(start_ticks_of(shim.pid));
}

TEST_F(LauncherTest, StoppingGivesTheGraceThatWasAsked) {
  ASSERT_TRUE(launcher_->start(shell("polite", "trap 'echo bye; exit 4' TERM; touch ready; while :; do sleep 0.01; done")));
  while (!std::filesystem::exists(folder_.path() / "ready")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  ASSERT_TRUE(launcher_->stop("polite", 5000));
  ASSERT_TRUE(launcher_->stop("polite", 0));  // the first grace counts
  const auto state = wait("polite");
  EXPECT_EQ(state.ending, Ending::stopped);
  EXPECT_EQ(state.exit_code, 4);
  EXPECT_TRUE(launcher_->logs("polite", 0)->text.ends_with("bye\n"));  // the shell may tell of its own child before
}

TEST_F(LauncherTest, AJobThatEndsLeavesNothingBehind) {
  ASSERT_TRUE(launcher_->start(shell("a", "for i in 1 2 3 4 5; do (setsid sh -c 'sleep 1000 & sleep 1000' &) ; done; exit 0")));
  EXPECT_EQ(wait("a").exit_code, 0);
  EXPECT_TRUE(with_setting(job_setting(folder_.path() / "jobs" / "a")).empty());
}

TEST_F(LauncherTest, AnAcceptedJobIsBegunByTheNextServer) {
  const auto job = folder_.path() / "jobs" / "a";
  ASSERT_TRUE(make_folders(job));
  ASSERT_TRUE(write_spec(job, shell("a", "exit 9")));  // killed before the shim was started
  launcher_ = open_local(folder_.path() / "jobs", std::filesystem::read_symlink("/proc/self/exe")).value();
  EXPECT_EQ(wait("a").exit_code, 9);
}

TEST_F(LauncherTest, ARemovalThatWasCutOffIsFinishedByTheNext) {
  const auto job = folder_.path() / "jobs" / "a";
  ASSERT_TRUE(launcher_->start(shell("a", "true")));
  wait("a");
  std::filesystem::remove(job / kSpecFile);
  EXPECT_EQ(launcher_->poll("a").error().code, Code::not_found);
  ASSERT_TRUE(launcher_->remove("a"));
  EXPECT_FALSE(std::filesystem::exists(job));
}

TEST_F(LauncherTest, ALargeLogIsReadInPieces) {
  ASSERT_TRUE(launcher_->start(shell("a", "head -c 10485760 /dev/zero | tr '\\0' 'x'; echo; echo end")));
  wait("a");
  std::string text;
  for (LogChunk chunk; !chunk.complete;) {
    chunk = launcher_->logs("a", static_cast<std::int64_t>(text.size())).value();
    ASSERT_LE(chunk.text.size(), kMaxLogChunkBytes);
    text += chunk.text;
    ASSERT_EQ(chunk.next_offset, static_cast<std::int64_t>(text.size()));
  }
  EXPECT_EQ(text.size(), (10u << 20) + 5);
  EXPECT_TRUE(text.ends_with("x\nend\n"));
  EXPECT_TRUE(launcher_->logs("a", 1 << 30)->text.empty());
  EXPECT_EQ(launcher_->logs("a", -1).error().code, Code::invalid);
}

TEST_F(LauncherTest, StartingWaitsForNoJob) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(launcher_->start(shell("job" + std::to_string(i), "until [ -e go ]; do sleep 0.01; done")));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(launcher_->poll("job" + std::to_string(i))->phase, Phase::running);
  ASSERT_TRUE(write_file_durably(folder_.path() / "go", ""));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(wait("job" + std::to_string(i)).exit_code, 0);
}

TEST_F(LauncherTest, AMissingProgramAndFolderAreTold) {
  auto spec = shell("a", "");
  spec.argv = {"no-such-program"};
  ASSERT_TRUE(launcher_->start(spec));
  const auto state = wait("a");
  EXPECT_EQ(state.exit_code, 127);
  EXPECT_NE(state.reason.find("cannot run 'no-such-program'"), std::string::npos);
  EXPECT_NE(launcher_->logs("a", 0)->text.find("cannot run 'no-such-program'"), std::string::npos);
  spec.job = "b";
  spec.folder = "/nowhere";
  EXPECT_EQ(launcher_->start(spec).error().code, Code::not_found);
  spec.job = "../b";
  EXPECT_EQ(launcher_->start(spec).error().code, Code::invalid);
  EXPECT_EQ(launcher_->poll("nope").error().code, Code::not_found);
}

}  // namespace
}  // namespace gyre::exec

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "exec-shim") return gyre::exec::shim_main(argv[2]);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
