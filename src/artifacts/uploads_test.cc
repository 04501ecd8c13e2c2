#include "artifacts/uploads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/base64.h"
#include "base/digest.h"
#include "storage/blob/faulty.h"
#include "storage/sql/testing.h"

namespace gyre::artifacts {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kKey[] = "artifacts/0/r/artifacts/big.bin";

// Gives its text, then an error.
class CutSource final : public ByteSource {
 public:
  explicit CutSource(std::string_view text, Code code = Code::cancelled) : text_(text), code_(code) {}
  Result<std::string_view> read(std::size_t most) override {
    auto block = text_.read(most);
    if (block && block->empty()) return fail(code_, "cut");
    return block;
  }

 private:
  StringSource text_;
  const Code code_;
};

std::string hex_of(DigestKind kind, std::string_view text) {
  Digester digester(kind);
  digester.update(text);
  return to_hex(digester.finish());
}

class UploadsTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!database_.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
    ASSERT_TRUE(sql::migrate(*database_.db(), migrations()));
  }
  std::string put(const Upload& upload, std::int64_t number, std::string_view text) {
    StringSource source(text);
    const auto part = uploads_.put_part(upload.id, number, source);
    EXPECT_TRUE(part) << part.error().message;
    return part ? part->sha256 : "";
  }
  Result<Upload> append(const std::string& id, std::int64_t offset, std::string_view text) {
    StringSource source(text);
    return uploads_.append(id, offset, source);
  }
  std::string content(std::string_view key = kKey) {
    StringSink sink;
    return blobs_->get(key, {}, sink) ? sink.text : "(none)";
  }
  std::vector<blob::Object> pieces() { return blobs_->list("uploads/", "", blob::kMaxListed).value(); }
  Code code_of(const Result<Upload>& outcome) { return outcome ? Code::internal : outcome.error().code; }

  sql::TestDatabase database_{GetParam()};
  const ScratchFolder folder_;
  std::unique_ptr<blob::Store> blobs_ = blob::open_local(folder_.path()).value();
  VirtualClock clock_{RealClock().now_ms()};  // objects are as old as their files
  const Limits limits_{.open_uploads = 5, .open_bytes = 1000, .segment_bytes = 4};
  Uploads uploads_{*database_.db(), *blobs_, clock_, limits_};
};

TEST_P(UploadsTest, PartsComeInAnyOrderAndAgain) {
  const auto upload = uploads_.begin_parts(kKey, 3).value();
  const auto three = put(upload, 3, "three");
  put(upload, 1, "wrong");
  const auto two = put(upload, 2, ""), one = put(upload, 1, "one ");
  EXPECT_EQ(uploads_.find(upload.id)->bytes, 9);
  EXPECT_EQ(content(), "(none)");
  ASSERT_TRUE(uploads_.complete(upload.id, kKey, {{3, three}, {1, one}, {2, two}}));
  EXPECT_EQ(content(), "one three");
  EXPECT_THAT(pieces(), IsEmpty());
  EXPECT_TRUE(uploads_.complete(upload.id, kKey, {})) << "the answer was lost, and it is asked again";
}

TEST_P(UploadsTest, WhatIsNamedMustBeWhatCame) {
  const auto upload = uploads_.begin_parts(kKey, 2).value();
  const auto one = put(upload, 1, "one");
  const std::string other(64, '0');
  EXPECT_THAT(uploads_.complete(upload.id, kKey, {{1, one}, {2, other}}).error().message, HasSubstr("part 2 has not been uploaded"));
  const auto two = put(upload, 2, "two");
  EXPECT_THAT(uploads_.complete(upload.id, kKey, {{1, one}, {2, other}}).error().message, HasSubstr("another ETag"));
  EXPECT_THAT(uploads_.complete(upload.id, kKey, {{1, one}}).error().message, HasSubstr("has 2 parts, but 1 are named"));
  EXPECT_THAT(uploads_.complete(upload.id, kKey, {{1, one}, {1, one}}).error().message, HasSubstr("each part once"));
  EXPECT_EQ(code_of(uploads_.complete(upload.id, "artifacts/other", {{1, one}, {2, two}})), Code::not_found);
  EXPECT_EQ(content(), "(none)");
  EXPECT_TRUE(uploads_.complete(upload.id, kKey, {{1, one}, {2, two}}));
}

TEST_P(UploadsTest, PartsThatComeSideBySideAllCount) {
  const auto upload = uploads_.begin_parts(kKey, 8).value();
  std::vector<NamedPart> named(8);
  std::vector<std::thread> threads;
  for (std::int64_t number = 1; number <= 8; ++number) {
    threads.emplace_back([&, number] { named[static_cast<std::size_t>(number - 1)] = {number, put(upload, number, std::to_string(number))}; });
  }
  for (auto& thread : threads) thread.join();
  ASSERT_TRUE(uploads_.complete(upload.id, kKey, named));
  EXPECT_EQ(content(), "12345678");
}

TEST_P(UploadsTest, WhatIsAbortedIsGone) {
  const auto upload = uploads_.begin_parts(kKey, 2).value();
  put(upload, 1, "one");
  ASSERT_THAT(pieces(), SizeIs(1));
  ASSERT_TRUE(uploads_.abort(upload.id));
  EXPECT_THAT(pieces(), IsEmpty());
  StringSource source("late");
  EXPECT_EQ(uploads_.put_part(upload.id, 2, source).error().code, Code::not_found);
  EXPECT_TRUE(uploads_.abort(upload.id));
}

TEST_P(UploadsTest, AStreamGoesOnWhereItWasCut) {
  const auto id = uploads_.begin_stream(kKey, {.total_bytes = 10, .sha256 = sha256_hex("0123456789")})->id;
  CutSource cut("012345");
  EXPECT_EQ(code_of(uploads_.append(id, 0, cut)), Code::cancelled);
  EXPECT_EQ(uploads_.find(id)->bytes, 6);
  EXPECT_EQ(code_of(append(id, 5, "x")), Code::conflict);
  EXPECT_EQ(code_of(uploads_.finish(id)), Code::invalid) << "four bytes are missing";
  EXPECT_EQ(append(id, 6, "6789")->bytes, 10);
  EXPECT_EQ(content(), "(none)");
  EXPECT_EQ(uploads_.finish(id)->state, Upload::State::done);
  EXPECT_EQ(content(), "0123456789");
  EXPECT_TRUE(uploads_.finish(id));
  EXPECT_EQ(uploads_.find(id)->bytes, 10);
  EXPECT_THAT(pieces(), IsEmpty());
}

TEST_P(UploadsTest, WhatWasNotMeantIsNotKept) {
  const auto id = uploads_.begin_stream(kKey, {.total_bytes = 10, .sha256 = {}})->id;
  ASSERT_TRUE(append(id, 0, "01"));
  CutSource wrong("23456789", Code::invalid);  // a digest that does not fit is known at the end
  EXPECT_EQ(code_of(uploads_.append(id, 2, wrong)), Code::invalid);
  EXPECT_EQ(uploads_.find(id)->bytes, 2);
  EXPECT_EQ(code_of(append(id, 2, "too many bytes")), Code::invalid);
  EXPECT_EQ(uploads_.find(id)->bytes, 2);
  EXPECT_THAT(pieces(), SizeIs(1));
  ASSERT_TRUE(append(id, 2, "23456789"));
  ASSERT_TRUE(uploads_.finish(id));
  EXPECT_EQ(content(), "0123456789");
}

TEST_P(UploadsTest, AWholeWithAnotherHashNeverAppears) {
  const auto id = uploads_.begin_stream(kKey, {.total_bytes = {}, .sha256 = sha256_hex("meant")})->id;
  ASSERT_TRUE(append(id, 0, "came"));
  const auto outcome = uploads_.finish(id);
  EXPECT_EQ(code_of(outcome), Code::invalid);
  EXPECT_THAT(outcome.error().message, HasSubstr("Repr-Digest"));
  EXPECT_EQ(content(), "(none)");
  EXPECT_EQ(code_of(uploads_.find(id)), Code::not_found);
  EXPECT_THAT(pieces(), IsEmpty());
}

TEST_P(UploadsTest, OfTwoWhoGoOnFromOnePlaceOneDoes) {
  const auto id = uploads_.begin_stream(kKey, {})->id;
  std::atomic<int> yes = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&, i] { yes += append(id, 0, std::string(3, static_cast<char>('a' + i))).has_value(); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(yes, 1);
  ASSERT_TRUE(uploads_.finish(id));
  EXPECT_EQ(content(), std::string(3, content().front()));
}

// Somebody else goes on while the pieces are joined.
class Interrupted final : public ByteSource {
 public:
  Interrupted(ByteSource& inner, std::function<void()> once) : inner_(inner), once_(std::move(once)) {}
  Result<std::string_view> read(std::size_t most) override {
    if (auto once = std::exchange(once_, nullptr)) once();
    return inner_.read(most);
  }

 private:
  ByteSource& inner_;
  std::function<void()> once_;
};

TEST_P(UploadsTest, NothingIsAcknowledgedThatComesBesideTheEnd) {
  const auto id = uploads_.begin_stream(kKey, {})->id;
  ASSERT_TRUE(append(id, 0, "all"));
  StringSource text("more");
  Interrupted late(text, [&] { ASSERT_TRUE(uploads_.finish(id)); });
  EXPECT_EQ(code_of(uploads_.append(id, 3, late)), Code::conflict);
  EXPECT_EQ(uploads_.find(id)->bytes, 3);

  const auto other = uploads_.begin_stream("artifacts/0/r/artifacts/other.bin", {})->id;
  ASSERT_TRUE(append(other, 0, "all"));
  auto joining = blob::make_faulty(*blobs_, {.seed = 1, .before = 1});
  EXPECT_FALSE(Uploads(*database_.db(), *joining, clock_, limits_).finish(other)) << "as if it were killed amid the join";
  EXPECT_EQ(code_of(append(other, 3, "more")), Code::invalid);
  EXPECT_EQ(uploads_.find(other)->bytes, 3);
  ASSERT_TRUE(uploads_.finish(other));
  EXPECT_EQ(content("artifacts/0/r/artifacts/other.bin"), "all");
}

TEST_P(UploadsTest, OpenOnesAreBoundedInNumberAndBytes) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(uploads_.begin_stream(kKey, {})->id);
  EXPECT_EQ(code_of(uploads_.begin_parts(kKey, 1)), Code::exhausted);
  const Limits wider{.open_uploads = 5, .open_bytes = 1000, .segment_bytes = 600};
  Uploads uploads(*database_.db(), *blobs_, clock_, wider);
  const std::string almost(999, 'x');
  StringSource source(almost), more("more"), yet_more("yet more");
  ASSERT_TRUE(uploads.append(ids[0], 0, source));
  EXPECT_TRUE(uploads.append(ids[1], 0, more));
  EXPECT_EQ(code_of(uploads.append(ids[1], 4, yet_more)), Code::exhausted);
  EXPECT_EQ(uploads.find(ids[1])->bytes, 4);
  ASSERT_TRUE(uploads.finish(ids[0]));
  EXPECT_TRUE(append(ids[1], 4, "more"));
  EXPECT_TRUE(uploads_.begin_parts(kKey, 1));
  EXPECT_EQ(code_of(uploads_.begin_parts(kKey, kMaxParts + 1)), Code::invalid);
  EXPECT_EQ(code_of(uploads_.begin_parts("../x", 1)), Code::invalid);
}

TEST_P(UploadsTest, AClientLeavesRoomForOthers) {
  const Limits limits{.open_uploads = 8};
  Uploads uploads(*database_.db(), *blobs_, clock_, limits);
  const auto begin = [&](const char* client) { return uploads.begin_stream(kKey, {.client = client}); };
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(begin("10.0.0.1"));
  EXPECT_EQ(code_of(begin("10.0.0.1")), Code::exhausted);
  EXPECT_EQ(code_of(uploads.begin_parts(kKey, 1, "10.0.0.1")), Code::exhausted);
  EXPECT_TRUE(begin("10.0.0.2"));
}

TEST_P(UploadsTest, ManySmallRequestsLeaveFewPieces) {
  const Limits limits{.pieces = 10, .small_bytes = 64, .segment_bytes = 100};
  Uploads uploads(*database_.db(), *blobs_, clock_, limits);
  const auto id = uploads.begin_stream(kKey, {.sha512 = hex_of(DigestKind::sha512, std::string(90, 'x'))})->id;
  for (int i = 0; i < 90; ++i) {
    StringSource one("x");
    ASSERT_TRUE(uploads.append(id, i, one)) << i;
  }
  EXPECT_LE(pieces().size(), 8u) << "a logarithm of them";
  ASSERT_TRUE(uploads.finish(id));
  EXPECT_EQ(content(), std::string(90, 'x'));
}

TEST_P(UploadsTest, ALargePieceIsNotWrittenAgainForASmallOne) {
  const Limits limits{.small_bytes = 64, .segment_bytes = 100};
  Uploads uploads(*database_.db(), *blobs_, clock_, limits);
  const auto id = uploads.begin_stream(kKey, {})->id;
  const std::string large(40, 'x'), half(20, 'y');
  StringSource first(large), second("y"), third(half), fourth("z");
  ASSERT_TRUE(uploads.append(id, 0, first));
  const auto key = pieces().front().key;
  ASSERT_TRUE(uploads.append(id, 40, second));
  ASSERT_TRUE(uploads.append(id, 41, third));
  EXPECT_EQ(pieces().front().key, key);
  ASSERT_TRUE(uploads.append(id, 61, fourth));
  EXPECT_THAT(pieces(), SizeIs(2)) << "now what follows is worth it";
  ASSERT_TRUE(uploads.finish(id));
  EXPECT_EQ(content(), large + "y" + half + "z");
}

// As a request beside this one leaves it that has joined the pieces between our look and our read.
TEST_P(UploadsTest, PiecesThatCannotBeJoinedDoNotStopTheStream) {
  const Limits limits{.small_bytes = 64, .segment_bytes = 100};
  Uploads uploads(*database_.db(), *blobs_, clock_, limits);
  const auto id = uploads.begin_stream(kKey, {})->id;
  StringSource first("one"), second("two"), third("six");
  ASSERT_TRUE(uploads.append(id, 0, first));
  ASSERT_TRUE(uploads.append(id, 3, second));
  ASSERT_TRUE(blobs_->remove(pieces().front().key));
  const auto appended = uploads.append(id, 6, third);
  ASSERT_TRUE(appended) << appended.error().message;
  EXPECT_EQ(appended->bytes, 9);
  EXPECT_THAT(pieces(), SizeIs(2)) << "nothing of the join is left";
}

TEST_P(UploadsTest, PiecesAreBoundedAndWhatWasAcknowledgedStays) {
  const Limits limits{.pieces = 3, .small_bytes = 1, .segment_bytes = 4};
  Uploads uploads(*database_.db(), *blobs_, clock_, limits);
  const auto id = uploads.begin_stream(kKey, {})->id;
  StringSource eight("01234567"), more("89abcdef"), nothing("");
  ASSERT_TRUE(uploads.append(id, 0, eight));
  const auto refused = uploads.append(id, 8, more);
  ASSERT_EQ(code_of(refused), Code::invalid);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("3 pieces"));
  EXPECT_EQ(uploads.find(id)->bytes, 8) << "nothing of a request that is refused";
  EXPECT_TRUE(uploads.append(id, 8, nothing));
  ASSERT_TRUE(uploads.finish(id));
  EXPECT_EQ(content(), "01234567");
}

TEST_P(UploadsTest, AWholeThatIsNotWhatSha512SaysIsNotKept) {
  const auto id = uploads_.begin_stream(kKey, {.sha512 = hex_of(DigestKind::sha512, "meant")})->id;
  ASSERT_TRUE(append(id, 0, "other"));
  EXPECT_EQ(code_of(uploads_.finish(id)), Code::invalid);
  EXPECT_EQ(content(), "(none)");
}

TEST_P(UploadsTest, WhatIsLeftAloneForADayIsGivenUp) {
  const auto old = uploads_.begin_parts(kKey, 2).value();
  put(old, 1, "one");
  clock_.advance_to(clock_.now_ms() + kDayMs - 1);
  const auto young = uploads_.begin_stream(kKey, {})->id;
  auto due = uploads_.run_due(clock_.now_ms()).value();
  EXPECT_FALSE(due.worked);
  EXPECT_TRUE(uploads_.find(old.id));
  clock_.advance_to(*due.next_due_ms);
  EXPECT_TRUE(uploads_.run_due(clock_.now_ms())->worked);
  EXPECT_EQ(code_of(uploads_.find(old.id)), Code::not_found);
  EXPECT_THAT(pieces(), IsEmpty());
  EXPECT_TRUE(uploads_.find(young));
}

TEST_P(UploadsTest, PiecesThatBelongToNoUploadAreRemovedWhenTheyAreOld) {
  const auto upload = uploads_.begin_parts(kKey, 1).value();
  put(upload, 1, "kept");
  StringSource source("left behind");
  ASSERT_TRUE(blobs_->put("uploads/0123456789abcdef0123456789abcdef/0000000000000001-x", source));
  ASSERT_TRUE(uploads_.run_due(clock_.now_ms()));
  EXPECT_THAT(pieces(), SizeIs(2)) << "it may belong to one that ends now";
  clock_.advance_to(clock_.now_ms() + kDayMs + kMinuteMs);
  ASSERT_TRUE(append(uploads_.begin_stream(kKey, {})->id, 0, "y"));
  ASSERT_TRUE(database_.db()->write([&](sql::Tx& tx) { return tx.exec("UPDATE artifact_uploads SET touched_ms = $1", clock_.now_ms()); }));
  ASSERT_TRUE(uploads_.run_due(clock_.now_ms()));
  EXPECT_THAT(pieces(), SizeIs(2));
}

TEST_P(UploadsTest, AStoreThatFailsLosesNothingThatWasAcknowledged) {
  auto faulty = blob::make_faulty(*blobs_, {.seed = 5, .before = 0.1, .torn = 0.2, .after = 0.1});
  const Limits wide{.open_uploads = 5, .open_bytes = 1'000'000, .segment_bytes = 64};
  Uploads uploads(*database_.db(), *faulty, clock_, wide);
  const auto id = uploads.begin_stream(kKey, {})->id;
  std::string sent;
  int refused = 0;
  for (int i = 0; i < 60; ++i) {
    const auto text = std::to_string(i) + ";";
    StringSource source(text);
    const auto at = uploads.find(id)->bytes;
    if (uploads.append(id, at, source)) {
      sent += text;
    } else {
      ++refused;
    }
    ASSERT_EQ(uploads.find(id)->bytes, std::ssize(sent)) << i;
  }
  EXPECT_GT(refused, 0);
  EXPECT_FALSE(sent.empty());
  ASSERT_TRUE(uploads_.finish(id));
  EXPECT_EQ(content(), sent);
}

TEST_P(UploadsTest, MissingPiecesAreFound) {
  const auto upload = uploads_.begin_parts(kKey, 1).value();
  const auto one = put(upload, 1, "one");
  EXPECT_THAT(uploads_.verify()->problems, IsEmpty());
  ASSERT_TRUE(blobs_->remove(pieces().front().key));
  EXPECT_THAT(uploads_.verify()->problems, SizeIs(1));
  EXPECT_FALSE(uploads_.complete(upload.id, kKey, {{1, one}}));
  EXPECT_EQ(content(), "(none)");
}

INSTANTIATE_TEST_SUITE_P(All, UploadsTest, testing::Values("SqliteFile", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::artifacts
