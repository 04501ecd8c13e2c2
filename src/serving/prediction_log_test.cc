#include "serving/prediction_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/file.h"

namespace gyre::serving {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t kAll = 1 << 30;

Frame frame(std::string id, TimeMs at_ms) {
  Frame f;
  f.request_id = std::move(id);
  f.role = "primary";
  f.at_ms = at_ms;
  f.version = 3;
  f.rows = 2;
  f.ids = {"a", "b"};
  f.inputs = {{"origin", {2, 1}, std::vector<std::string>{"ORD", "LAX"}}, {"distance", {2, 1}, std::vector<float>{1.5f, 2.f}}};
  f.outputs = {{"p", {2, 1}, std::vector<float>{.1f, .9f}}};
  return f;
}

class PredictionLogTest : public testing::Test {
 protected:
  std::unique_ptr<PredictionLog> open() { return open_at(folder_.path()); }
  std::unique_ptr<PredictionLog> open_at(const fs::path& folder) {
    auto log = std::make_unique<PredictionLog>(folder, *engine_);
    const auto recovered = log->recover();
    EXPECT_TRUE(recovered) << recovered.error().message;
    return log;
  }
  fs::path segment(int number) const { return folder_.path() / "e" / fmt::format("{:010}.log", number); }
  query::Table table(const fs::path& file, std::string_view columns) {
    auto found = query::fetch(*engine_, fmt::format("SELECT {} FROM read_parquet({}) ORDER BY 1", columns, query::quote(file.string())));
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : query::Table{};
  }
  static std::vector<std::string> requests(PredictionLog& log, Position after = {}) {
    std::vector<std::string> ids;
    for (const auto& one : log.read("e", after, kAll).value().frames) ids.push_back(one.request_id);
    return ids;
  }

  const ScratchFolder folder_;
  std::unique_ptr<query::Engine> engine_ = query::open({});
};

TEST_F(PredictionLogTest, FramesComeBackAsTheyWere) {
  auto log = open();
  auto sent = frame("r1", 1000);
  sent.revision = 7;
  sent.latency_ns = 123;
  sent.ids.clear();
  sent.inputs = {{"f", {2, 1}, std::vector<float>{1, NAN}},         {"d", {2}, std::vector<double>{.1, 1e300}},     {"i", {2, 1}, std::vector<std::int32_t>{-1, 2}},
                 {"l", {2, 1}, std::vector<std::int64_t>{1, 1LL << 60}}, {"b", {2, 1}, std::vector<bool>{true, false}}, {"s", {2, 2}, std::vector<std::string>{"", "x", "y", std::string("\0z", 2)}}};
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

TEST_F(PredictionLogTest, PastDaysAreSealedIntoParquet) {
  auto log = open();
  auto shadow = frame("r1", 1000);
  shadow.role = "shadow";
  shadow.inputs.clear();
  ASSERT_TRUE(log->append("e", {frame("r1", 2 * kHourMs + 1000), shadow}, false));
  ASSERT_TRUE(log->append("e", {frame("r2", kDayMs + 1000)}, false));
  EXPECT_TRUE(log->seal_due(kDayMs + 2000).value());
  EXPECT_FALSE(log->seal_due(kDayMs + 2000).value());
  const auto files = log->sealed("e", 0, kDayMs).value();
  ASSERT_EQ(files.size(), 2u);
  EXPECT_THAT(log->sealed("e", kDayMs, 2 * kDayMs).value(), IsEmpty());
  const auto rows = table(files[0].path, "prediction_id, hour, origin, p, epoch_ms(\"at\"), request_id, version, role").rows;
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1][0].string_or(""), "b");
  EXPECT_EQ(rows[1][1].int_or(0), 2);
  EXPECT_EQ(rows[1][2].string_or(""), "LAX");
  EXPECT_EQ(rows[1][4].int_or(0), 2 * kHourMs + 1000);
  EXPECT_EQ(rows[1][6].int_or(0), 3);
  EXPECT_EQ(table(files[1].path, "role, p").rows.size(), 2u);
  EXPECT_THAT(log->verify("e")->problems, IsEmpty());
}

TEST_F(PredictionLogTest, ColumnsThatTheLogNamesItselfAndWideOnesHaveNamesOfTheirOwn) {
  EXPECT_EQ(log_column("hour"), "hour_");
  EXPECT_EQ(log_column("At"), "At_");
  EXPECT_EQ(log_column("distance"), "distance");
  EXPECT_EQ(log_column("X", 2, 3), "X_2");
  auto log = open();
  auto one = frame("r1", 1000);
  one.ids.clear();
  one.inputs = {{"hour", {2, 1}, std::vector<std::int64_t>{7, 8}}, {"X", {2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}}, {"late", {2, 1}, std::vector<bool>{true, false}}};
  ASSERT_TRUE(log->append("e", {one}, false));
  ASSERT_TRUE(log->seal_due(kDayMs).value());
  const auto rows = table(log->sealed("e", 0, kDayMs)->front().path, "prediction_id, hour, hour_, X_0, X_2, late").rows;
  EXPECT_EQ(rows[1][0].string_or(""), "r1/1");
  EXPECT_EQ(rows[1][1].int_or(-1), 0);
  EXPECT_EQ(rows[1][2].int_or(-1), 8);
  EXPECT_EQ(rows[1][3].number_or(0), 4);
  EXPECT_EQ(rows[1][4].number_or(0), 6);
  EXPECT_EQ(rows[0][5].bool_or(false), true);
}

TEST_F(PredictionLogTest, FramesOfAnotherShapeGoIntoFilesOfTheirOwn) {
  auto log = open();
  auto wider = frame("r2", 1000);
  wider.inputs.push_back({"extra", {2, 1}, std::vector<double>{1, 2}});
  ASSERT_TRUE(log->append("e", {frame("r1", 1000)}, false));
  ASSERT_TRUE(log->append("e", {wider}, false));
  ASSERT_TRUE(log->seal_due(kDayMs).value());
  EXPECT_EQ(log->sealed("e", 0, kDayMs)->size(), 2u);
}

TEST_F(PredictionLogTest, WhatIsNotSealedYetIsInTheFilesToo) {
  auto log = open();
  const auto rows = [&] {
    std::int64_t count = 0;
    for (const auto& file : log->files("e", 0, 3 * kDayMs).value()) count += static_cast<std::int64_t>(table(file.path, "prediction_id").rows.size());
    return count;
  };
  EXPECT_EQ(rows(), 0);
  ASSERT_TRUE(log->append("e", {frame("r1", 1000)}, false));
  EXPECT_EQ(rows(), 2);
  const auto first = log->files("e", 0, kDayMs).value();
  EXPECT_EQ(first, log->files("e", 0, kDayMs).value());
  ASSERT_TRUE(log->append("e", {frame("r2", 1000)}, false));
  ASSERT_TRUE(log->append("e", {frame("r3", kDayMs)}, false));
  EXPECT_EQ(rows(), 6);
  ASSERT_TRUE(log->seal_due(kDayMs).value());
  EXPECT_EQ(rows(), 6);
  EXPECT_TRUE(fs::exists(first[0].path));  // somebody may be reading it
  EXPECT_EQ(rows(), 6);
  EXPECT_FALSE(fs::exists(first[0].path));
  EXPECT_THAT(log->files("e", 2 * kDayMs, 3 * kDayMs).value(), IsEmpty());
  for (int i = 0; i < 70; ++i) {  // more parts than are kept apart
    ASSERT_TRUE(log->append("e", {frame(fmt::format("more-{}", i), kDayMs)}, false));
    ASSERT_LE(log->files("e", 0, 3 * kDayMs)->size(), 66u);
  }
  EXPECT_EQ(rows(), 146);
  log.reset();
  log = open();
  EXPECT_EQ(rows(), 146);
}

TEST_F(PredictionLogTest, ASealingThatWasCutOffIsDoneAgain) {
  auto log = open();
  ASSERT_TRUE(log->append("e", {frame("r1", 1000)}, false));
  ASSERT_TRUE(log->seal_due(kDayMs).value());
  const auto file = log->sealed("e", 0, kDayMs)->front();
  ASSERT_TRUE(fs::remove(folder_.path() / "e" / "sealed" / "0000000001.done"));  // as if killed just before
  EXPECT_THAT(log->sealed("e", 0, kDayMs).value(), IsEmpty());
  log.reset();
  log = open();
  ASSERT_TRUE(log->seal_due(kDayMs).value());
  EXPECT_THAT(log->sealed("e", 0, kDayMs).value(), ElementsAre(file));
  EXPECT_EQ(table(file.path, "prediction_id").rows.size(), 2u);
}

TEST_F(PredictionLogTest, ReleasedSegmentsGoButTheLatestStaysForItsRequests) {
  auto log = open();
  for (int day = 0; day < 3; ++day) ASSERT_TRUE(log->append("e", {frame(fmt::format("r{}", day), day * kDayMs)}, false));
  ASSERT_TRUE(log->seal_due(2 * kDayMs).value());
  ASSERT_TRUE(log->release("e", {1, 5}));
  EXPECT_THAT(requests(*log), ElementsAre("r0", "r1", "r2"));
  ASSERT_TRUE(log->release("e", log->read("e", {}, kAll)->next));
  EXPECT_FALSE(fs::exists(segment(1)));
  EXPECT_THAT(requests(*log, {2, 0}), ElementsAre("r1", "r2"));
  EXPECT_THAT(log->verify("e")->problems, IsEmpty());
  log.reset();
  log = open();
  EXPECT_FALSE(log->append("e", {frame("r1", 2 * kDayMs)}, false).value());
  EXPECT_TRUE(log->append("e", {frame("r0", 2 * kDayMs)}, false).value());  // forgotten, like any behind the last 65,536
}

TEST_F(PredictionLogTest, ReleasedSegmentsAreReadFromWhatTheyWereSealedInto) {
  auto log = open();
  auto first = frame("r1", 1000), shadow = frame("r1", 1000), second = frame("r2", 2000);
  first.ids.clear();
  first.inputs.push_back({"X", {2, 3}, std::vector<double>{1, 2, 3, 4, 5, 6}});
  first.inputs.push_back({"hour", {2, 1}, std::vector<std::int64_t>{7, 8}});
  first.outputs.push_back({"yes", {2}, std::vector<bool>{true, false}});
  shadow.role = "shadow";
  shadow.inputs.clear();
  second.version = 4;
  ASSERT_TRUE(log->append("e", {first, shadow}, false));
  ASSERT_TRUE(log->append("e", {second}, false));
  for (int day = 1; day < 4; ++day) ASSERT_TRUE(log->append("e", {frame(fmt::format("d{}", day), day * kDayMs)}, false));
  ASSERT_TRUE(log->seal_due(3 * kDayMs).value());
  auto before = log->read("e", {}, kAll).value().frames;
  ASSERT_TRUE(log->release("e", {4, 0}));
  ASSERT_FALSE(fs::exists(segment(1)));

  std::vector<Frame> after;
  Position at;
  for (;;) {
    auto some = log->read("e", at, kAll).value();
    if (some.frames.empty()) break;
    at = some.next;
    std::ranges::move(some.frames, std::back_inserter(after));
  }
  ASSERT_EQ(after.size(), before.size());
  const auto by_name = [](const Frame& f) { return std::pair(f.request_id, f.role); };
  std::ranges::sort(before, {}, by_name);
  std::ranges::sort(after, {}, by_name);
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(by_name(after[i]), by_name(before[i]));
    EXPECT_EQ(after[i].at_ms, before[i].at_ms);
    EXPECT_EQ(after[i].version, before[i].version);
    EXPECT_EQ(after[i].rows, before[i].rows);
    EXPECT_EQ(after[i].id(1), before[i].id(1));
    for (const auto member : {&Frame::inputs, &Frame::outputs}) {
      ASSERT_EQ((after[i].*member).size(), (before[i].*member).size());
      for (std::size_t k = 0; k < (after[i].*member).size(); ++k) {
        EXPECT_EQ((after[i].*member)[k].name, (before[i].*member)[k].name);
        EXPECT_EQ((after[i].*member)[k].shape, (before[i].*member)[k].shape);
        EXPECT_EQ((after[i].*member)[k].values, (before[i].*member)[k].values);
      }
    }
  }
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
