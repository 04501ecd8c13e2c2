#include "serving/prediction_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"

namespace gyre::serving {
namespace {

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
  std::unique_ptr<PredictionLog> open() {
    auto log = std::make_unique<PredictionLog>(folder_.path(), *engine_);
    EXPECT_TRUE(log->recover());
    return log;
  }
  const ScratchFolder folder_;
  std::unique_ptr<query::Engine> engine_ = query::open({});
};

TEST_F(PredictionLogTest, FramesComeBackAndARepeatedRequestIsLoggedOnce) {
  auto log = open();
  EXPECT_TRUE(log->append("e", {frame("r1", 1000)}, true).value());
  EXPECT_FALSE(log->append("e", {frame("r1", 1000)}, true).value());
  log.reset();
  log = open();
  EXPECT_FALSE(log->append("e", {frame("r1", 1000)}, true).value());
  EXPECT_TRUE(log->append("e", {frame("r2", 1000)}, false).value());
  const auto read = log->read("e", {}, 1 << 20).value();
  ASSERT_EQ(read.frames.size(), 2u);
  EXPECT_EQ(read.frames[0].ids, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(std::get<std::vector<std::string>>(read.frames[0].inputs[0].values)[1], "LAX");
  EXPECT_TRUE(log->read("e", read.next, 1 << 20)->frames.empty());
}

TEST_F(PredictionLogTest, ATornEndIsCutAndTheRestIsKept) {
  auto log = open();
  ASSERT_TRUE(log->append("e", {frame("r1", 1000)}, true));
  log.reset();
  const Fd fd(::open((folder_.path() / "e" / "0000000001.log").c_str(), O_WRONLY | O_APPEND));
  ASSERT_EQ(::write(fd.get(), "GLP1 torn", 9), 9);
  log = open();
  EXPECT_TRUE(log->append("e", {frame("r2", 1000)}, true).value());
  EXPECT_EQ(log->read("e", {}, 1 << 20)->frames.size(), 2u);
}

TEST_F(PredictionLogTest, PastDaysAreSealedIntoParquetAndReleasedWhenConsumed) {
  auto log = open();
  ASSERT_TRUE(log->append("e", {frame("r1", 1000)}, false));
  ASSERT_TRUE(log->append("e", {frame("r2", kDayMs + 1000)}, false));
  EXPECT_TRUE(log->seal_due(kDayMs + 2000).value());
  EXPECT_FALSE(log->seal_due(kDayMs + 2000).value());
  const auto files = log->sealed("e", 0, kDayMs).value();
  ASSERT_EQ(files.size(), 1u);
  const auto table = query::fetch(*engine_, "SELECT prediction_id, hour, origin, p FROM read_parquet(" + query::quote(files[0].string()) + ") ORDER BY 1").value();
  EXPECT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[1][2].string_or(""), "LAX");
  const auto read = log->read("e", {}, 1 << 20).value();
  EXPECT_EQ(read.frames.size(), 2u);
  ASSERT_TRUE(log->release("e", read.next));
  EXPECT_EQ(log->read("e", {}, 1 << 20)->frames.size(), 1u);
}

}  // namespace
}  // namespace gyre::serving
