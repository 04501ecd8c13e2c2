#include "pipelines/pipelines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "base/file.h"
#include "base/yaml.h"
#include "governance/governance.h"
#include "pipelines/cron.h"
#include "storage/sql/sqlite.h"

namespace gyre::pipelines {
namespace {

TEST(Definition, CirclesAndUnknownNamesAreToldWithTheirLine) {
  const auto read = [](std::string_view text) { return read_definition(yaml::parse(text).value()); };
  const auto circle = read("steps:\n  - {name: a, command: x, after: [b]}\n  - {name: b, command: x, after: [a]}\n");
  EXPECT_EQ(circle.error().message, "line 2, column 3: these steps wait for each other in a circle: a, b");
  EXPECT_NE(read("steps:\n  - {name: a, command: x, after: [c]}\n").error().message.find("needs 'c'"), std::string::npos);
  EXPECT_NE(read("steps:\n  - {name: a, comand: x}\n").error().message.find("line 2"), std::string::npos);
  EXPECT_FALSE(read("steps:\n  - {name: a, command: x, outputs: {o: ../../etc}}\n"));
  EXPECT_FALSE(read("steps: []\n"));
}

TEST(Cron, FindsTheNextMoment) {
  EXPECT_EQ(to_iso(next_cron("0 3 * * MON", from_iso("2001-04-01T12:00:00Z").value()).value()), "2001-04-02T03:00:00.000Z");
  EXPECT_EQ(to_iso(next_cron("*/15 * * * *", from_iso("2001-04-01T12:14:59Z").value()).value()), "2001-04-01T12:15:00.000Z");
  EXPECT_EQ(to_iso(next_cron("0 0 29 2 *", from_iso("2001-04-01").value()).value()), "2004-02-29T00:00:00.000Z");
  EXPECT_FALSE(next_cron("0 0 30 2 *", 0));
  EXPECT_FALSE(next_cron("every day", 0));
}

class PipelinesTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto all : {outbox::migrations(), governance::migrations(), tracking::migrations(), registry::migrations(), datasets::migrations(), migrations()}) {
      ASSERT_TRUE(sql::migrate(*db_, all));
    }
    ASSERT_TRUE(tracking_.prepare());
    open();
  }
  void open() {
    launcher_ = exec::open_local(folder_.path() / "jobs", std::filesystem::read_symlink("/proc/self/exe")).value();
    service_ = std::make_unique<Service>(*db_, *blobs_, clock_, tracking_, registry_, datasets_, *launcher_, Options{.folder = folder_.path() / "work", .tracking_uri = "http://127.0.0.1:1"});
  }
  std::string start(std::string_view yaml, std::map<std::string, json::Value> parameters = {}) {
    const auto applied = service_->apply("p", yaml::parse(yaml).value(), folder_.path() / "code", "user:test");
    EXPECT_TRUE(applied) << applied.error().message;
    return service_->start({"p", std::move(parameters), "by hand", ""}).value();
  }
  pipelines::Run finish(const std::string& id) {
    for (int i = 0; i < 1000; ++i) {
      EXPECT_TRUE(service_->run_due(clock_.now_ms()));
      auto run = service_->run(id).value();
      if (run.status != "running") return run;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      clock_.advance_to(clock_.now_ms() + 500);
    }
    ADD_FAILURE() << "the run did not end";
    return {};
  }
  static const StepRun& step(const pipelines::Run& run, std::string_view name) { return *std::ranges::find(run.steps, name, &StepRun::name); }

  const ScratchFolder folder_;
  VirtualClock clock_{1'000'000'000'000};
  std::unique_ptr<sql::Db> db_ = sql::open_sqlite(":memory:").value();
  std::unique_ptr<blob::Store> blobs_ = blob::open_local(folder_.path() / "blobs").value();
  std::unique_ptr<query::Engine> engine_ = query::open({});
  tracking::Service tracking_{*db_, *blobs_, clock_};
  registry::Service registry_{*db_, *blobs_, clock_, tracking_};
  datasets::Service datasets_{*db_, *blobs_, *engine_, clock_, folder_.path() / "cache"};
  std::unique_ptr<exec::Launcher> launcher_;
  std::unique_ptr<Service> service_;

 public:
  PipelinesTest() { std::filesystem::create_directories(folder_.path() / "code"); }
};

constexpr std::string_view kTwoSteps = R"(
parameters: {word: hello}
steps:
  - name: second
    command: cat "$GYRE_INPUT_FROM" > "$GYRE_OUTPUT_OUT"; echo done
    inputs: {from: first.out}
    outputs: {out: copy.txt}
  - name: first
    command: echo $GYRE_PARAM_WORD ${parameters.word} > "$GYRE_OUTPUT_OUT"
    outputs: {out: word.txt}
)";

TEST_F(PipelinesTest, StepsRunInOrderAndTheirOutputsAreKept) {
  const auto id = start(kTwoSteps);
  const auto run = finish(id);
  EXPECT_EQ(run.status, "succeeded") << run.error;
  StringSink sink;
  ASSERT_TRUE(blob::get_content(*blobs_, step(run, "second").outputs.front().files.front().sha256, {}, sink));
  EXPECT_EQ(sink.text, "hello hello\n");
  EXPECT_EQ(service_->log(id, "second", 0)->text, "done\n");
}

TEST_F(PipelinesTest, AnUnchangedStepComesFromTheCache) {
  finish(start(kTwoSteps));
  const auto again = finish(start(kTwoSteps));
  EXPECT_EQ(step(again, "first").status, "cached");
  EXPECT_EQ(step(again, "second").status, "cached");
  const auto other = finish(start(kTwoSteps, {{"word", "bye"}}));
  EXPECT_EQ(step(other, "first").status, "succeeded");
}

TEST_F(PipelinesTest, AFailureIsRetriedThenTold) {
  const auto run = finish(start("steps:\n  - {name: a, command: 'echo oops; exit 3', retries: 2}\n  - {name: b, command: 'true', after: [a]}\n"));
  EXPECT_EQ(run.status, "failed");
  EXPECT_EQ(run.error, "step 'a': exit code 3");
  EXPECT_EQ(step(run, "a").attempt, 3);
  EXPECT_EQ(step(run, "b").status, "skipped");
}

TEST_F(PipelinesTest, AMissingOutputIsAFailure) {
  const auto run = finish(start("steps:\n  - {name: a, command: 'true', outputs: {o: file}}\n"));
  EXPECT_NE(run.error.find("did not write its output 'o'"), std::string::npos);
}

TEST_F(PipelinesTest, AfterARestartItGoesOnAndRunsNothingTwice) {
  const auto count = (folder_.path() / "count").string();
  const auto id = start("steps:\n  - {name: a, command: 'echo a >> " + count + "'}\n  - {name: b, command: 'echo b >> " + count + "; sleep 0.3', after: [a]}\n  - {name: c, command: 'echo c >> " + count + "', after: [b]}\n");
  for (int i = 0; i < 500 && step(service_->run(id).value(), "b").status != "running"; ++i) {
    ASSERT_TRUE(service_->run_due(clock_.now_ms()));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  service_.reset();
  open();
  EXPECT_EQ(finish(id).status, "succeeded");
  EXPECT_EQ(read_file(count).value(), "a\nb\nc\n");
}

TEST_F(PipelinesTest, TheSameKeyStartsOneRun) {
  ASSERT_TRUE(service_->apply("p", yaml::parse("steps:\n  - {name: a, command: 'true'}\n").value(), folder_.path() / "code", "user:test"));
  const auto one = service_->start({"p", {}, "t", "k"}).value();
  EXPECT_EQ(service_->start({"p", {}, "t", "k"}).value(), one);
  EXPECT_EQ(service_->start({"p", {{"nope", 1}}, "t", ""}).error().code, Code::invalid);
}

TEST_F(PipelinesTest, CancellingStopsWhatRuns) {
  const auto id = start("steps:\n  - {name: a, command: 'sleep 100'}\n");
  ASSERT_TRUE(service_->run_due(clock_.now_ms()));
  ASSERT_TRUE(service_->cancel(id, "user:test"));
  EXPECT_EQ(service_->run(id)->status, "cancelled");
  const auto job = service_->run(id)->steps.front().job;
  for (int i = 0; i < 800 && launcher_->poll(job)->phase == exec::Phase::running; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(launcher_->poll(job)->phase, exec::Phase::finished);
}

TEST_F(PipelinesTest, AScheduleStartsItOncePerMoment) {
  ASSERT_TRUE(service_->apply("p", yaml::parse("schedule: {every: 1h}\nsteps:\n  - {name: a, command: 'true'}\n").value(), folder_.path() / "code", "user:test"));
  const auto state = service_->run_due(clock_.now_ms()).value();
  ASSERT_TRUE(state.next_due_ms);
  EXPECT_TRUE(service_->runs("p", 10)->empty());
  clock_.advance_to(*state.next_due_ms);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(service_->run_due(clock_.now_ms()));
  EXPECT_EQ(service_->runs("p", 10)->size(), 1u);
}

}  // namespace
}  // namespace gyre::pipelines

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "exec-shim") return gyre::exec::shim_main(argv[2]);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
