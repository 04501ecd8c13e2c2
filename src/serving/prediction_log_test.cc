#include "serving/prediction_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "serving/prediction_log_testing.h"

namespace gyre::serving {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(PredictionLogTest, FramesComeBackAsTheyWere) {
  auto log = open();
  auto sent = frame("r1", 1000);
  sent.revision = 7;
  sent.latency_ns = 123;
  sent.ids.clear();
  sent.inputs = {{"f", {2, 1}, std::vector<float>{1, NAN}},       {"d", {2}, std::vector<double>{.1, 1e300}},
                 {"i", {2, 1}, std::vector<std::int32_t>{-1, 2}}, {"l", {2, 1}, std::vector<std::int64_t>{1, 1LL << 60}},
                 {"b", {2, 1}, std::vector<bool>{true, false}},   {"s", {2, 2}, std::vector<std::string>{"", "x", "y", std::string("\0z", 2)}}};
  auto shadow = frame("r1", 1000);
  shadow.role = "shadow";
  shadow.inputs.clear();
  ASSERT_TRUE(log->append("e", {sent, shadow}, false).value());
  const auto frames = log->read("e", {}, kAll)->frames;
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].revision, 7);
  EXPECT_EQ(frames[0].latency_ns, 123);
  EXPECT_EQ(frames[0].id(1), "r1/1");
  EXPECT_EQ(frames[1].id(1), "b");
  EXPECT_EQ(frames[1].role, "shadow");
  for (std::size_t i = 1; i < sent.inputs.size(); ++i) {  // the first holds a NaN, which is no equal of itself
    EXPECT_EQ(frames[0].inputs[i].name, sent.inputs[i].name);
    EXPECT_EQ(frames[0].inputs[i].shape, sent.inputs[i].shape);
    EXPECT_EQ(frames[0].inputs[i].values, sent.inputs[i].values) << i;
  }
  EXPECT_TRUE(std::isnan(std::get<std::vector<float>>(frames[0].inputs[0].values)[1]));
}

TEST_F(PredictionLogTest, ARepeatedRequestIsLoggedOnceAlsoAfterARestart) {
  auto log = open();
  int counted = 0;
  const auto count = [&] { ++counted; };
  EXPECT_TRUE(log->append("e", {frame("r1", 1000)}, true, count).value());
  EXPECT_FALSE(log->append("e", {frame("r1", 1000)}, true, count).value());
  EXPECT_TRUE(log->append("other", {frame("r1", 1000)}, true, count).value());
  log.reset();
  log = open();
  EXPECT_FALSE(log->append("e", {frame("r1", 1000)}, true, count).value());
  EXPECT_TRUE(log->append("e", {frame("r2", 1000)}, false, count).value());
  EXPECT_THAT(requests(*log), ElementsAre("r1", "r2"));
  EXPECT_EQ(counted, 3);
}

TEST_F(PredictionLogTest, IsReadFromACheckpointInParts) {
  auto log = open();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(log->append("e", {frame(std::to_string(i), i < 5 ? 1000 : kDayMs)}, false));
  Position at;
  std::vector<std::string> seen;
  for (;;) {
    const auto some = log->read("e", at, 1).value();  // at least one frame
    if (some.frames.empty()) break;
    ASSERT_EQ(some.frames.size(), 1u);
    EXPECT_LT(at, some.next);
    seen.push_back(some.frames[0].request_id);
    at = some.next;
  }
  EXPECT_THAT(seen, ElementsAre("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));
  Position end;
  ASSERT_TRUE(log->at_rest("e", [&](Position position) { end = position; }));
  EXPECT_EQ(at, end);
}

// Folders in memory where there are such: hundreds of syncs of a real disk would take long and show nothing.
class FastScratch {
 public:
  FastScratch() {
    if (fs::exists("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 1);
  }
  ~FastScratch() {
    if (before_.empty()) {
      ::unsetenv("TMPDIR");
    } else {
      ::setenv("TMPDIR", before_.c_str(), 1);
    }
  }

 private:
  const std::string before_ = std::getenv("TMPDIR") ? std::getenv("TMPDIR") : "";
};

// What kill -9 in the middle of a write leaves: the first n bytes of it.
TEST_F(PredictionLogTest, TornAtAnyByteItKeepsAllWholeFrames) {
  auto log = open();
  std::vector<std::int64_t> ends;
  for (const char* id : {"r1", "r2"}) {
    ASSERT_TRUE(log->append("e", {frame(id, 1000)}, false));
    ASSERT_TRUE(log->at_rest("e", [&](Position end) { ends.push_back(end.offset); }));
  }
  log.reset();
  const auto whole = read_file(segment(1)).value();
  const FastScratch fast;
  ASSERT_EQ(static_cast<std::int64_t>(whole.size()), ends.back());
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    const ScratchFolder torn;
    ASSERT_TRUE(make_folders(torn.path() / "e"));
    std::ofstream(torn.path() / "e" / "0000000001.log") << whole.substr(0, cut);
    const auto survivors = std::ranges::count_if(ends, [&](std::int64_t end) { return end <= static_cast<std::int64_t>(cut); });
    auto reopened = open_at(torn.path());
    ASSERT_EQ(reopened->read("e", {}, kAll)->frames.size(), static_cast<std::size_t>(survivors)) << cut;
    // The request whose frame was torn is sent again, and is whole then.
    ASSERT_EQ(reopened->append("e", {frame("r2", 1000)}, false).value(), survivors < 2) << cut;
    ASSERT_EQ(requests(*reopened).back(), "r2") << cut;
    ASSERT_THAT(reopened->verify("e")->problems, IsEmpty()) << cut;
  }
}

TEST_F(PredictionLogTest, DamageInTheMiddleCostsOneFrameAndIsFound) {
  auto log = open();
  for (const char* id : {"r1", "r2", "r3"}) ASSERT_TRUE(log->append("e", {frame(id, 1000)}, false));
  log.reset();
  auto bytes = read_file(segment(1)).value();
  bytes[bytes.size() / 2] ^= 1;
  ASSERT_TRUE(write_file_durably(segment(1), bytes));
  log = open();
  EXPECT_THAT(requests(*log), ElementsAre("r1", "r3"));
  const auto problems = log->verify("e")->problems;
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0], HasSubstr("0000000001.log: 1 frames are damaged"));
}

TEST_F(PredictionLogTest, ALateFrameOfYesterdayOpensNoSegment) {
  auto log = open();
  ASSERT_TRUE(log->append("e", {frame("r1", kDayMs)}, false));
  ASSERT_TRUE(log->append("e", {frame("r0", kDayMs - 1)}, false));
  ASSERT_TRUE(log->append("e", {frame("r2", kDayMs)}, false));
  EXPECT_FALSE(fs::exists(segment(2)));
  ASSERT_TRUE(log->seal_due(2 * kDayMs).value());
  EXPECT_EQ(log->sealed("e", 0, kDayMs)->size(), 1u);
  EXPECT_EQ(log->sealed("e", kDayMs, 2 * kDayMs)->size(), 1u);
}

TEST_F(PredictionLogTest, VerifyFindsMissingAndShortFiles) {
  auto log = open();
  for (int day = 0; day < 3; ++day) ASSERT_TRUE(log->append("e", {frame(fmt::format("r{}", day), day * kDayMs)}, false));
  ASSERT_TRUE(log->seal_due(2 * kDayMs).value());
  const auto files = log->sealed("e", 0, 3 * kDayMs).value();
  ASSERT_EQ(files.size(), 2u);
  EXPECT_THAT(log->verify("e")->problems, IsEmpty());
  auto bytes = read_file(files[0].path).value();
  bytes[bytes.rfind("DuckDB")] ^= 1;  // the writer's name: the file still reads well
  ASSERT_TRUE(write_file_durably(files[0].path, bytes));
  EXPECT_THAT(log->verify("e")->problems, ElementsAre(HasSubstr("its content is not what was written")));
  fs::resize_file(files[0].path, fs::file_size(files[0].path) / 2);
  ASSERT_EQ(log->verify("e")->problems.size(), 1u);
  EXPECT_THAT(log->verify("e")->problems[0], HasSubstr(files[0].path.filename().string()));
  fs::remove(files[1].path);
  EXPECT_EQ(log->verify("e")->problems.size(), 2u);
  ASSERT_TRUE(write_file_durably(folder_.path() / "e" / "sealed" / "0000000002.done", "{"));
  EXPECT_THAT(log->verify("e")->problems, testing::Contains(HasSubstr("0000000002.done' is damaged")));
  fs::remove(segment(1));
  fs::remove(folder_.path() / "e" / "sealed" / "0000000001.done");
  EXPECT_THAT(log->verify("e")->problems[0], HasSubstr("segment 1 is missing"));
}

TEST_F(PredictionLogTest, ThreadsAppendWhileOthersRead) {
  auto log = open();
  std::vector<std::thread> threads;
  std::atomic<int> left = 4;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) EXPECT_TRUE(log->append("e", {frame(fmt::format("{}-{}", t, i), 1000)}, false));
      --left;
    });
  }
  Position at;
  std::size_t seen = 0;
  for (bool last = false; !last;) {
    last = left == 0;
    const auto some = log->read("e", at, 10'000).value();
    seen += some.frames.size();
    at = some.next;
    last = last && some.frames.empty();
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(seen, 400u);
}

}  // namespace
}  // namespace gyre::serving
