#include <fmt/format.h>

#include "pipelines/testing.h"

namespace gyre::pipelines {
namespace {

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
  ASSERT_TRUE(blob::get_content(*rooms_.blobs, step(run, "second").outputs.front().files.front().sha256, {}, sink));
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
  const auto count = (rooms_.folder.path() / "count").string();
  const auto id = start("steps:\n  - {name: a, command: 'echo a >> " + count + "'}\n  - {name: b, command: 'echo b >> " + count +
                        "; sleep 0.3', after: [a]}\n  - {name: c, command: 'echo c >> " + count + "', after: [b]}\n");
  for (int i = 0; i < 500 && step(service_->run(id).value(), "b").status != "running"; ++i) {
    ASSERT_TRUE(service_->run_due(rooms_.clock.now_ms()));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  service_.reset();
  open();
  EXPECT_EQ(finish(id).status, "succeeded");
  EXPECT_EQ(read_file(count).value(), "a\nb\nc\n");
}

TEST_F(PipelinesTest, TheSameKeyStartsOneRun) {
  ASSERT_TRUE(service_->apply("p", yaml::parse("steps:\n  - {name: a, command: 'true'}\n").value(), rooms_.code(), "user:test"));
  const auto one = service_->start({"p", {}, "t", "k"}).value();
  EXPECT_EQ(service_->start({"p", {}, "t", "k"}).value(), one);
  EXPECT_EQ(service_->start({"p", {{"nope", 1}}, "t", ""}).error().code, Code::invalid);
}

TEST_F(PipelinesTest, CancellingStopsWhatRuns) {
  const auto id = start("steps:\n  - {name: a, command: 'sleep 100'}\n");
  ASSERT_TRUE(service_->run_due(rooms_.clock.now_ms()));
  ASSERT_TRUE(service_->cancel(id, "user:test"));
  EXPECT_EQ(service_->run(id)->status, "cancelled");
  const auto job = service_->run(id)->steps.front().job;
  for (int i = 0; i < 800 && launcher_->poll(job)->phase == exec::Phase::running; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(launcher_->poll(job)->phase, exec::Phase::finished);
}

// ---- with a scripted launcher: what it would take long to bring about for real

constexpr std::string_view kOneStep = "steps:\n  - {name: a, command: 'true', retries: 1}\n";

TEST_F(PipelinesTest, ALostJobIsMadeAgainWithoutUsingUpARetry) {
  int lost = 2;
  exec::FakeLauncher fake([&](const exec::Spec&) { return exec::Script{.output = "x\n", .lost = lost-- > 0}; });
  open_on(fake);
  const auto run = finish(start("steps:\n  - {name: a, command: 'true'}\n"));
  EXPECT_EQ(run.status, "succeeded") << run.error;
  EXPECT_EQ(step(run, "a").attempt, 3);
  EXPECT_EQ(step(run, "a").lost, 2);
}

TEST_F(PipelinesTest, AJobThatIsAlwaysLostEndsOnce) {
  exec::FakeLauncher fake([](const exec::Spec&) { return exec::Script{.lost = true}; });
  open_on(fake);
  const auto run = finish(start(kOneStep));
  EXPECT_EQ(run.status, "failed");
  EXPECT_EQ(fake.started().size(), 5u);  // the first, three for those lost, one retry
}

TEST_F(PipelinesTest, TheBudgetOfProcessorsHoldsOverAllRuns) {
  exec::FakeLauncher fake([](const exec::Spec&) { return exec::Script{.polls_before_end = 3}; });
  open_on(fake);
  std::string steps = "steps:\n";
  for (int i = 0; i < 6; ++i) steps += fmt::format("  - {{name: s{}, command: 'true', cache: false}}\n", i);
  const std::vector<std::string> ids = {start(steps), start(steps), start(steps)};
  for (const auto& id : ids) EXPECT_EQ(finish(id).status, "succeeded");
  EXPECT_EQ(fake.most_at_once(), 2);
  EXPECT_EQ(fake.started().size(), 18u);
}

TEST_F(PipelinesTest, RunsBeyondThoseThatMayBeActiveWaitInTheOrderOfTheirStart) {
  exec::FakeLauncher fake([](const exec::Spec&) { return exec::Script{.polls_before_end = 2}; });
  open_on(fake);
  const std::string one_at_a_time = "max_active_runs: 1\nsteps:\n  - {name: a, command: 'true', cache: false}\n  - {name: b, command: 'true', cache: false}\n";
  const auto first = start(one_at_a_time), second = start(one_at_a_time);
  EXPECT_EQ(finish(second).status, "succeeded");
  EXPECT_EQ(service_->run(first)->status, "succeeded");
  ASSERT_EQ(fake.started().size(), 4u);
  const auto of_first = [&](std::string_view job) { return job.contains(first); };
  EXPECT_TRUE(std::ranges::is_partitioned(fake.started(), of_first)) << "the second run began before the first was over";
}

TEST_F(PipelinesTest, AStepLargerThanTheBudgetRunsAlone) {
  exec::FakeLauncher fake([](const exec::Spec&) { return exec::Script{.polls_before_end = 2}; });
  open_on(fake);
  const auto run = finish(start("steps:\n  - {name: a, command: 'true'}\n  - {name: big, command: 'true', resources: {cpus: 64}}\n"));
  EXPECT_EQ(run.status, "succeeded");
  EXPECT_EQ(fake.most_at_once(), 1);
}

TEST_F(PipelinesTest, AStepIsToldAndHeldToItsCpus) {
  std::vector<exec::Spec> specs;
  exec::FakeLauncher fake([&](const exec::Spec& spec) { return specs.push_back(spec), exec::Script{}; });
  open_on(fake);
  finish(
      start("steps:\n  - {name: a, command: x}\n  - {name: b, command: y, after: [a], resources: {cpus: 1.5}}\n  - {name: c, command: z, after: [b], "
            "resources: {cpus: 2}}\n"));
  ASSERT_EQ(specs.size(), 3u);
  EXPECT_EQ(specs[0].limits.cpus, 1);
  EXPECT_EQ(specs[1].limits.cpus, 1.5);
  EXPECT_EQ(specs[1].environment.at("OMP_NUM_THREADS"), "1");
  EXPECT_EQ(specs[2].environment.at("OMP_NUM_THREADS"), "2");
  EXPECT_EQ(specs[2].environment.at("OPENBLAS_NUM_THREADS"), "2");
}

TEST_F(PipelinesTest, FaultsOfTheLauncherDelayAndDoNotHarm) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    exec::FakeLauncher fake([](const exec::Spec&) {
      return exec::Script{.output = "log\n", .polls_before_end = 1, .effect = [](const exec::Spec& s) {
                            (void)write_file_durably(s.environment.at("GYRE_OUTPUT_OUT"), s.job);
                          }};
    });
    const auto faulty = exec::make_faulty(fake, {.seed = seed, .before = 0.2, .after = 0.2});
    open_on(*faulty);
    const auto applied = service_->apply("p",
                                         yaml::parse("steps:\n  - {name: a, command: 'true', retries: 20, cache: false, outputs: {out: o}}\n  - {name: b, "
                                                     "command: 'true', retries: 20, cache: false, inputs: {i: a.out}, outputs: {out: o}}\n")
                                             .value(),
                                         rooms_.code(), "user:test");
    ASSERT_TRUE(applied);
    const auto id = service_->start({"p", {}, "t", ""}).value();
    for (int i = 0; i < 2000 && service_->run(id)->status == "running"; ++i) {
      (void)service_->run_due(rooms_.clock.now_ms());
      rooms_.clock.advance_to(rooms_.clock.now_ms() + 60'000);
    }
    EXPECT_EQ(service_->run(id)->status, "succeeded") << "seed " << seed << ": " << service_->run(id)->error;
    for (int i = 0; i < 200; ++i) (void)service_->run_due(rooms_.clock.now_ms());
    EXPECT_TRUE(fake.present().empty()) << "seed " << seed;
    EXPECT_EQ(entries("work") - std::filesystem::exists(rooms_.folder.path() / "work" / "cache"), 0u) << "seed " << seed;
  }
}

TEST_F(PipelinesTest, OneRunInTroubleDoesNotHoldUpAnother) {
  exec::FakeLauncher inner([](const exec::Spec&) { return exec::Script{}; });
  struct Stubborn final : exec::Launcher {
    explicit Stubborn(exec::Launcher& inner) : inner(inner) {}
    Result<void> start(const exec::Spec& spec) override { return inner.start(spec); }
    Result<exec::State> poll(std::string_view job) override {
      if (job.contains(".bad.")) return fail(Code::internal, "cannot say");
      return inner.poll(job);
    }
    Result<exec::LogChunk> logs(std::string_view job, std::int64_t from) override { return inner.logs(job, from); }
    Result<void> stop(std::string_view job, std::int64_t grace_ms) override { return inner.stop(job, grace_ms); }
    Result<void> remove(std::string_view job) override { return inner.remove(job); }
    exec::Launcher& inner;
  } stubborn(inner);
  open_on(stubborn);
  start("steps:\n  - {name: bad, command: 'true'}\n");
  const auto good = start("steps:\n  - {name: good, command: 'true'}\n");
  for (int i = 0; i < 10; ++i) (void)service_->run_due(rooms_.clock.now_ms());
  EXPECT_EQ(service_->run(good)->status, "succeeded");
}

TEST_F(PipelinesTest, ACancelledRunDoesNotComeBack) {
  exec::FakeLauncher fake([](const exec::Spec&) { return exec::Script{.output = "on\n", .polls_before_end = exec::kForever}; });
  open_on(fake);
  const auto id = start("steps:\n  - {name: a, command: x, tracked: true}\n  - {name: b, command: x, after: [a]}\n");
  ASSERT_TRUE(service_->run_due(rooms_.clock.now_ms()));
  const auto tracked = service_->run(id)->steps.front().tracking_run;
  EXPECT_FALSE(service_->log(id, "a", 0)->complete);
  ASSERT_TRUE(service_->cancel(id, "user:test"));
  ASSERT_TRUE(service_->cancel(id, "user:test"));
  settle();
  const auto run = service_->run(id).value();
  EXPECT_EQ(run.status, "cancelled");
  EXPECT_EQ(step(run, "a").status, "cancelled");
  EXPECT_EQ(step(run, "a").job, "");
  EXPECT_TRUE(fake.present().empty());
  EXPECT_EQ(service_->log(id, "a", 0)->text, "on\ngyre: cancelled\n");
  EXPECT_TRUE(service_->log(id, "a", 0)->complete);
  EXPECT_EQ(rooms_.tracking.run(tracked)->info.status, "KILLED");
}

// Whoever is first ends the run; the other finds that it has ended. Tried often, since the moment between is short.
TEST_F(PipelinesTest, ARunEndsOnceWhenItIsCancelledWhileItsLastStepEnds) {
  exec::FakeLauncher fake([](const exec::Spec&) { return exec::Script{}; });
  open_on(fake);
  struct Payload {
    std::string json;
  };
  for (int i = 0; i < 300; ++i) {
    const auto id = start("steps:\n  - {name: a, command: x}\n");
    ASSERT_TRUE(service_->run_due(rooms_.clock.now_ms()));
    std::thread canceller([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(i * 37 % 3000));
      EXPECT_TRUE(service_->cancel(id, "user:test"));
    });
    settle();
    canceller.join();
    settle();
    const auto events = rooms_.db->read([&](sql::Tx& tx) {
      return tx.select<Payload>("SELECT payload FROM outbox_events WHERE topic = 'pipeline-run.finished' AND subject = $1",
                                governance::urn("pipeline-run", id));
    });
    ASSERT_EQ(events->size(), 1u) << i;
    EXPECT_EQ(json::parse(events->front().json).value()["status"].string_or(""), service_->run(id)->status);
  }
}

// ---- with real processes

TEST_F(PipelinesTest, AStepOfOneCpuSeesOne) {
  const auto id = start("environment: {MKL_NUM_THREADS: '7'}\nsteps:\n  - {name: a, command: 'unset OMP_NUM_THREADS; nproc; echo $MKL_NUM_THREADS'}\n");
  finish(id);
  settle();
  EXPECT_EQ(service_->log(id, "a", 0)->text, "1\n7\n");
}

TEST_F(PipelinesTest, TheLogTellsOfAllAttemptsAndEnds) {
  const auto count = (rooms_.folder.path() / "count").string();
  const auto id = start("steps:\n  - {name: a, command: 'echo try; echo x >> " + count + "; test $(wc -l < " + count +
                        ") = 2', retries: 1}\n  - {name: b, command: 'echo no; exit 9', after: [a]}\n");
  finish(id);
  settle();
  EXPECT_EQ(service_->log(id, "a", 0)->text, "try\ngyre: attempt 1: exit code 1; it is made again\ntry\n");
  EXPECT_EQ(service_->log(id, "b", 0)->text, "no\ngyre: attempt 1: exit code 9\n");
  EXPECT_TRUE(service_->log(id, "b", 0)->complete);
  EXPECT_EQ(service_->log(id, "b", 3)->text, "gyre: attempt 1: exit code 9\n");
  EXPECT_EQ(entries("jobs"), 0u);
  EXPECT_EQ(service_->verify()->problems, std::vector<std::string>());
}

// What a step makes again must be the same bytes, or files of a version that it has registered would change.
TEST_F(PipelinesTest, EveryAttemptIsToldTheTimeThatTheRunWasStarted) {
  const auto id = start("steps:\n  - {name: a, command: 'echo $GYRE_NOW; exit 1', retries: 1}\n");
  const auto now = to_iso(service_->run(id)->created_ms);
  finish(id);
  settle();
  EXPECT_EQ(service_->log(id, "a", 0)->text, now + "\ngyre: attempt 1: exit code 1; it is made again\n" + now + "\ngyre: attempt 2: exit code 1\n");
}

TEST_F(PipelinesTest, AMissingProgramIsTheReason) {
  EXPECT_NE(finish(start("steps:\n  - {name: a, command: [no-such-program]}\n")).error.find("cannot run 'no-such-program'"), std::string::npos);
}

TEST_F(PipelinesTest, ValuesAreNotReadAsReferences) {
  const auto id =
      start("parameters: {a: '${parameters.b}', b: x, commit: y}\nsteps:\n  - {name: s, command: [echo, '${parameters.a}', '${parameters.b}$${HOME}']}\n");
  EXPECT_EQ(finish(id).status, "succeeded");
  EXPECT_EQ(service_->log(id, "s", 0)->text, "${parameters.b} x$${HOME}\n");
}

TEST_F(PipelinesTest, DataIsWhatItWasWhenTheStepBegan) {
  ASSERT_TRUE(rooms_.datasets.create_repo("r", "t"));
  const auto put = [&](std::string_view text) {
    StringSource source(text);
    const auto content = rooms_.datasets.upload(source).value();
    datasets::CommitRequest request;
    request.repo = "r";
    request.message = "m";
    request.author = "t";
    request.changes = {datasets::Change::content("f", content.sha256)};
    return rooms_.datasets.commit(request).value().commit.id;
  };
  const auto first = put("one");
  const auto gate = (rooms_.folder.path() / "gate").string();
  const auto id = start("steps:\n  - {name: a, command: 'cat $GYRE_INPUT_F/*; test -e " + gate + "', inputs: {f: r@main/f}, retries: 1}\n");
  for (int i = 0; i < 500 && step(service_->run(id).value(), "a").status != "running"; ++i) ASSERT_TRUE(service_->run_due(rooms_.clock.now_ms()));
  put("two");
  ASSERT_TRUE(write_file_durably(gate, ""));
  // Whether the first attempt came before the gate or not, nothing of the second commit is seen.
  EXPECT_EQ(finish(id).status, "succeeded");
  EXPECT_EQ(service_->log(id, "a", 0)->text.find("two"), std::string::npos);
  EXPECT_EQ(service_->run(id)->steps.front().inputs.at("f"), "r@" + first + "/f");
  const auto lineage = governance::Service(*rooms_.db).lineage(governance::urn("pipeline-run", id), 1, 0).value();
  EXPECT_EQ(std::ranges::count(lineage.edges, datasets::commit_urn("r", first), &governance::Edge::from), 1);
}

TEST_F(PipelinesTest, AStepThatRegistersNothingIsToldHow) {
  const auto run = finish(start("steps:\n  - {name: a, command: 'true', registers: {model: m}}\n"));
  EXPECT_EQ(run.status, "failed");
  EXPECT_TRUE(run.error.contains("registered no version of 'm' (") && run.error.contains("registered_model_name=os.environ[\"GYRE_MODEL\"]")) << run.error;
}

}  // namespace
}  // namespace gyre::pipelines

namespace gyre::pipelines {
int crash_server(const std::filesystem::path& folder);  // crash_test.cc
}

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "exec-shim") return gyre::exec::shim_main(argv[2]);
  if (argc == 3 && std::string_view(argv[1]) == "crash-server") return gyre::pipelines::crash_server(argv[2]);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
