#include "tracking/console.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tracking/console_codec.h"
#include "tracking/purge.h"
#include "tracking/testing.h"

namespace gyre::tracking {
namespace {

using testing::ElementsAre;

class ConsoleTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    if (!IsSkipped()) run_ = service_.create_run({.experiment_id = "0", .name = "r", .user = "me", .start_ms = 5, .tags = {}}).value().info.id;
  }
  static ConsolePiece out(std::string text, TimeMs at_ms = 1) { return {at_ms, false, std::move(text)}; }
  static ConsolePiece err(std::string text) { return {2, true, std::move(text)}; }
  std::vector<std::string> texts(const Result<ConsoleRows>& found) {
    std::vector<std::string> texts;
    for (const auto& row : found.value().rows) texts.push_back(row.text);
    return texts;
  }
  // So many bytes in lines "line 0", "line 1" ..., in appends that grow large enough to be sealed.
  std::int64_t print_lines(int lines) {
    std::int64_t offset = consoles_.state(run_)->bytes;
    std::string text;
    for (int i = 0; i < lines; ++i) {
      text += fmt::format("line {:06}\n", i);
      if (text.size() < 100'000 && i + 1 < lines) continue;
      offset = consoles_.append(run_, offset, {out(std::exchange(text, ""))}).value().bytes;
    }
    return offset;
  }
  std::size_t sealed() { return blobs_->list(console_prefix(run_), "", 1000)->size(); }

  std::string run_;
  Consoles consoles_{service_, *blobs_, clock_};
};

TEST_P(ConsoleTest, StreamsAreToldApartWithinALine) {
  ASSERT_TRUE(consoles_.append(run_, 0, {out("10 %"), err("oops\n"), out("\r20 %\r\ndone")}));
  const auto found = consoles_.rows(run_, 0, 100).value();
  EXPECT_THAT(texts(found), ElementsAre("10 %", "oops", "\r20 %", "done"));
  EXPECT_TRUE(found.rows[0].is_open);
  EXPECT_TRUE(found.rows[1].is_error);
  EXPECT_FALSE(found.rows[2].is_open);
  EXPECT_TRUE(found.rows[3].is_open);
  EXPECT_TRUE(found.is_complete);
}

TEST_P(ConsoleTest, ManyLinesBecomeObjectsAndAreReadAsBefore) {
  const auto bytes = print_lines(300'000);
  EXPECT_EQ(bytes, 300'000 * 12);
  EXPECT_GE(sealed(), 3u);
  EXPECT_EQ(consoles_.state(run_)->lines, 300'000);
  EXPECT_THAT(texts(consoles_.rows(run_, 0, 2)), ElementsAre("line 000000", "line 000001"));
  EXPECT_THAT(texts(consoles_.rows(run_, 200'000 * 12, 1)), ElementsAre("line 200000"));
  EXPECT_THAT(texts(consoles_.last_rows(run_, 2)), ElementsAre("line 299998", "line 299999"));
  EXPECT_THAT(texts(consoles_.search(run_, "LINE 123456", 0, 10)), ElementsAre("line 123456"));
  EXPECT_TRUE(service_.verify()->problems.empty());
  std::int64_t offset = 0;
  std::string whole;
  while (offset < bytes) {
    const auto part = consoles_.text(run_, offset, 1'000'003).value();
    ASSERT_GT(part.next, offset);
    whole += part.text;
    offset = part.next;
  }
  EXPECT_EQ(std::ssize(whole), bytes);
  EXPECT_TRUE(whole.ends_with("line 299999\n"));
}

TEST_P(ConsoleTest, ALineThatIsLargerThanMemoryShouldHoldIsShownCut) {
  std::int64_t offset = 0;
  for (int i = 0; i < 20; ++i) offset = consoles_.append(run_, offset, {out(std::string(1 << 20, static_cast<char>('a' + i)))}).value().bytes;
  ASSERT_TRUE(consoles_.append(run_, offset, {out("the needle\nnext\n")}));
  const auto found = consoles_.rows(run_, 0, 10).value();
  ASSERT_EQ(found.rows.size(), 2u);
  EXPECT_EQ(found.rows[0].bytes, (20 << 20) + 11);
  EXPECT_EQ(found.rows[0].text, std::string(kMaxRowBytes, 'a'));
  EXPECT_TRUE(found.rows[0].end.ends_with("tthe needle"));
  EXPECT_LE(found.rows[0].end.size(), kRowEndBytes);
  EXPECT_EQ(consoles_.search(run_, "tthe need", 0, 10)->rows.size(), 1u) << "found across pieces, and where it is not shown";
  EXPECT_EQ(consoles_.last_rows(run_, 1)->rows.front().text, "next");
}

TEST_P(ConsoleTest, WhatIsTooMuchIsCountedAndNotKept) {
  Consoles small(service_, *blobs_, clock_, 100);
  ASSERT_TRUE(small.append(run_, 0, {out(std::string(90, 'a'))}));
  const auto state = small.append(run_, 90, {out(std::string(20, 'b'))}).value();
  EXPECT_EQ(state.bytes, 110);
  EXPECT_EQ(state.dropped, 20);
  EXPECT_EQ(small.append(run_, 110, {out("c")})->dropped, 21) << "what is kept has no gap";
  EXPECT_EQ(small.text(run_, 0, 1000)->text, std::string(90, 'a'));
}

TEST_P(ConsoleTest, AGapIsRefusedAndWhatIsThereIsNotTakenAgain) {
  ASSERT_TRUE(consoles_.append(run_, 0, {out("abc")}));
  EXPECT_EQ(consoles_.append(run_, 4, {out("x")}).error().code, Code::conflict);
  EXPECT_EQ(consoles_.append(run_, 0, {out("abc"), out("def")})->bytes, 6);
  EXPECT_EQ(consoles_.append(run_, 0, {out("abc")})->bytes, 6);
  EXPECT_EQ(consoles_.text(run_, 0, 10)->text, "abcdef");
  EXPECT_EQ(consoles_.append("gone", 0, {out("x")}).error().code, Code::not_found);
}

TEST_P(ConsoleTest, GoesWithItsRun) {
  print_lines(200'000);
  ASSERT_GT(sealed(), 0u);
  ASSERT_TRUE(service_.set_run_deleted(run_, true));
  EXPECT_FALSE(consoles_.last_rows(run_, 1)->rows.empty()) << "its undo brings it back";
  ASSERT_TRUE(db_->write([&](sql::Tx& tx) { return tx.exec("UPDATE runs SET lifecycle = 'purging' WHERE id = $1", run_); }));
  while (purge_some(*db_, *blobs_)->more) {
  }
  EXPECT_EQ(sealed(), 0u);
  struct Count {
    std::int64_t n;
  };
  for (const auto* table : {"run_consoles", "run_console_pieces", "runs"})
    EXPECT_EQ(db_->read([&](sql::Tx& tx) { return tx.select<Count>(fmt::format("SELECT COUNT(*) FROM {}", table)); })->front().n, 0) << table;
}

TEST(ConsoleCodec, DamageIsTold) {
  const ConsolePiece pieces[] = {{1, true, "a"}, {2, false, std::string("\0\xC3\xA4", 3)}};
  const auto packed = pack_pieces(pieces);
  EXPECT_EQ(unpress(press(packed)).value(), packed);
  auto pressed = press(packed);
  pressed.back() ^= 1;
  EXPECT_FALSE(unpress(pressed));
  EXPECT_FALSE(unpress("nonsense"));
  EXPECT_FALSE(each_piece(std::string_view(packed).substr(0, packed.size() - 1), [](auto, auto, auto) { return true; }));
}

INSTANTIATE_TEST_SUITE_P(Databases, ConsoleTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::tracking
