#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>
#include <thread>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/decode.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/packed.h"
#include "base/queue.h"
#include "base/utf8.h"
#include "base/yaml.h"

namespace gyre {
namespace {

struct Inner {
  double value = 0;
  std::optional<std::int64_t> step;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (value, step))

struct Outer {
  std::string name = "none";
  std::vector<Inner> points;
  std::map<std::string, std::string> tags;
};
BOOST_DESCRIBE_STRUCT(Outer, (), (name, points, tags))

TEST(Json, RandomDoublesSurviveTheWayThroughTextBitForBit) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 100'000; ++i) {
    const auto number = std::bit_cast<double>(random());
    if (!std::isfinite(number)) continue;
    const auto back = json::parse(json::to_text(json::Value(number)));
    ASSERT_TRUE(back && back->is_number()) << number;
    ASSERT_EQ(std::bit_cast<std::uint64_t>(back->number_or(0)), std::bit_cast<std::uint64_t>(number)) << number;
  }
}

TEST(Json, ErrorsNameThePath) {
  const auto outcome = json::decode_text<Outer>(R"({"points": [{"value": 1}, {"value": "x"}]})");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "'points[1].value': expected a number, found a string");
}

TEST(Json, NotFiniteNumbersAreReadFromTheirNames) {
  const auto point = json::decode_text<Inner>(R"({"value": "-Infinity"})");
  ASSERT_TRUE(point);
  EXPECT_TRUE(std::isinf(point->value) && point->value < 0);
}

TEST(Json, EncodesWhatItDecodes) {
  const auto outer = json::decode_text<Outer>(R"({"name":"a\"\n","points":[{"value":0.1,"step":7}],"tags":{"k":"v"}})");
  ASSERT_TRUE(outer);
  EXPECT_EQ(json::encode(*outer), R"({"name":"a\"\n","points":[{"value":0.1,"step":7}],"tags":{"k":"v"}})");
}

TEST(Json, DeepNestingIsRefused) {
  EXPECT_FALSE(json::parse(std::string(100'000, '[')));
  EXPECT_FALSE(json::parse(std::string(100, '[') + std::string(100, ']')));
}

TEST(Json, MoreValuesThanMemoryIsFoundForAreRefused) {
  std::string text = "[[]";
  while (text.size() < 16'000'000) text += ",[],[],[],[],[],[],[],[]";
  EXPECT_EQ(json::parse(text + "]").error().code, Code::invalid);
}

TEST(Json, WhatIsNoUtf8IsWrittenAsAReplacement) {
  json::Writer writer;
  writer.string("a\xff\xed\xa0\x80\xc3\xa9\xc3");
  EXPECT_EQ(writer.take(), "\"a\\ufffd\\ufffd\\ufffd\\ufffd\xc3\xa9\\ufffd\"");
}

TEST(Json, TroubleIsToldWithItsPlace) {
  const auto told = [](std::string_view text) { return json::parse(text).error().message; };
  EXPECT_EQ(told("{\"a\": 1,\n \"b\": }"), "not valid JSON: line 2, column 7: expected a value");
  EXPECT_EQ(told("{\"a\": [1, 2}"), "not valid JSON: line 1, column 12: expected ',' or ']'");
  EXPECT_EQ(told("{\"a\" 1}"), "not valid JSON: line 1, column 6: expected ':'");
  EXPECT_EQ(told("[\"ä\", nul]"), "not valid JSON: line 1, column 7: expected null");
  EXPECT_EQ(told("[01]"), "not valid JSON: line 1, column 3: a number begins with no 0");
  EXPECT_EQ(told("[1"), "not valid JSON: line 1, column 3: expected ',' or ']', found the end");
  EXPECT_EQ(told("[1] 2"), "not valid JSON: line 1, column 5: expected the end");
  EXPECT_EQ(told("[\"\xff\"]"), "not valid JSON: line 1, column 3: the text is not UTF-8");
  EXPECT_EQ(told("[\"\\q\"]"), "not valid JSON: line 1, column 3: not an escape");
  EXPECT_EQ(told(""), "not valid JSON: line 1, column 1: expected a value, found the end");
}

TEST(Yaml, ErrorsNameLineAndColumn) {
  const auto outcome = json::decode_strict<Outer>(yaml::parse("name: x\npoints:\n  - value: high\n").value());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "line 3, column 12: 'points[0].value': expected a number, found a string");
  EXPECT_EQ(yaml::parse("a: [1,\nb: 2").error().code, Code::invalid);
}

TEST(Yaml, QuotedNumbersStayText) {
  const auto value = yaml::parse("a: '1'\nb: 1\nc: 1.5\nd: 2001-04-01\ne:\n").value();
  EXPECT_TRUE(value["a"].if_string() && value["b"].if_int() && value["c"].if_double() && value["d"].if_string() && value["e"].is_null());
}

TEST(Yaml, UnknownMembersAreNamedWithThoseThatAreKnown) {
  const auto outcome = json::decode_strict<Outer>(yaml::parse("nam: x\n").value());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().fix, "known: name, points, tags");
}

TEST(Clock, TimesGoThroughTextUnchanged) {
  EXPECT_EQ(to_iso(986083200123), "2001-04-01T00:00:00.123Z");
  EXPECT_EQ(from_iso("2001-04-01T00:00:00.123Z").value(), 986083200123);
  EXPECT_EQ(from_iso("2001-04-01").value(), 986083200000);
  EXPECT_FALSE(from_iso("2001-02-30"));
  EXPECT_FALSE(from_iso("yesterday"));
  EXPECT_EQ(parse_duration_ms("36h").value(), 36 * kHourMs);
  EXPECT_FALSE(parse_duration_ms("36"));
}

TEST(Ids, AreOrderedByTimeAndUnique) {
  std::set<std::string> seen;
  std::string last;
  for (int i = 0; i < 10'000; ++i) {
    auto id = make_id("run");
    EXPECT_EQ(id.size(), 4 + 26u);
    EXPECT_LT(last, id);
    last = id;
    seen.insert(std::move(id));
  }
  EXPECT_EQ(seen.size(), 10'000u);
}

// The first ten characters are the millisecond, five bits each.
TimeMs instant_of(std::string_view id) {
  TimeMs instant = 0;
  for (const char c : id.substr(id.find('_') + 1, 10))
    instant = instant << 5 | static_cast<TimeMs>(std::string_view("0123456789abcdefghjkmnpqrstvwxyz").find(c));
  return instant;
}

TEST(Ids, ManyAtOnceStayInOrderAndDoNotRunAheadOfTheClock) {
  const auto before = RealClock().now_ms();
  std::string last;
  for (int i = 0; i < 20'000; ++i) {
    auto id = make_id("run");
    ASSERT_LT(last, id);
    last = std::move(id);
  }
  EXPECT_GE(instant_of(last), before);
  EXPECT_LE(instant_of(last), RealClock().now_ms());
}

TEST(Hash, Sha256OfTheStandardsExample) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-4
}

TEST(Packed, ComesBackAndTellsATruncation) {
  std::string bytes;
  Packer out(bytes);
  out.text("late");
  out.number(0.1);
  for (const std::int64_t count : {std::int64_t{0}, std::int64_t{127}, std::int64_t{128}, INT64_MAX}) out.count(count);
  Unpacker in(bytes);
  EXPECT_EQ(in.text(), "late");
  EXPECT_EQ(in.number<double>(), 0.1);
  for (const std::int64_t count : {std::int64_t{0}, std::int64_t{127}, std::int64_t{128}, INT64_MAX}) EXPECT_EQ(in.count(), count);
  EXPECT_TRUE(in.good);
  EXPECT_EQ(in.number<std::uint8_t>(), 0);
  EXPECT_FALSE(in.good);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Unpacker cut(std::string_view(bytes).substr(0, size));
    cut.text(), cut.number<double>();
    for (int i = 0; i < 4; ++i) cut.count();
    EXPECT_FALSE(cut.good) << size;
  }
}

TEST(Utf8, TakesWhatRfc3629Takes) {
  EXPECT_EQ(utf8_length("a"), 1u);
  EXPECT_EQ(utf8_length("\u00e9x"), 2u);
  EXPECT_EQ(utf8_length("\u20ac"), 3u);
  EXPECT_EQ(utf8_length("\U0010ffff"), 4u);
  for (const char* none : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xe2\x82x"})
    EXPECT_EQ(utf8_length(none), 0u) << none;
}

TEST(Queue, RefusesBeyondItsBoundAndDrainsAfterClose) {
  BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.try_push(1));
  EXPECT_TRUE(queue.try_push(2));
  EXPECT_FALSE(queue.try_push(3));
  queue.close();
  EXPECT_EQ(queue.pop_many(1), std::vector{1});
  EXPECT_EQ(queue.pop_many(9), std::vector{2});
  EXPECT_TRUE(queue.pop_many(9).empty());
}

TEST(Folder, IsListedInOrderAndAMissingOneIsTold) {
  const ScratchFolder folder;
  ASSERT_TRUE(write_file_durably(folder.path() / "b", ""));
  ASSERT_TRUE(write_file_durably(folder.path() / "a", ""));
  EXPECT_EQ(list_folder(folder.path()).value(), (std::vector{folder.path() / "a", folder.path() / "b"}));
  EXPECT_EQ(list_folder(folder.path() / "c").error().code, Code::not_found);
  EXPECT_TRUE(is_there(folder.path() / "a"));
  EXPECT_FALSE(is_there(folder.path() / "a" / "b"));
  EXPECT_FALSE(is_there(folder.path() / std::string(5000, 'x'))) << "a name too long is none, and throws nothing";
}

TEST(File, ReplacesAsAWhole) {
  const ScratchFolder folder;
  ASSERT_TRUE(write_file_durably(folder.path() / "a", "one"));
  ASSERT_TRUE(write_file_durably(folder.path() / "a", "two"));
  EXPECT_EQ(read_file(folder.path() / "a").value(), "two");
  EXPECT_EQ(read_file(folder.path() / "b").error().code, Code::not_found);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

}  // namespace
}  // namespace gyre
