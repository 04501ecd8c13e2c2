// What stands on a terminal: widths, shortening, tables that fit, numbers as people read them.
#include "app/cli/terminal.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <limits>

#include "app/cli/cells.h"
#include "app/cli/chart.h"

namespace gyre::cli {
namespace {

using testing::_;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// A locale for the time of a test.
class Locale {
 public:
  explicit Locale(const char* name) {
    if (const char* before = std::getenv("LC_ALL")) before_ = before;
    setenv("LC_ALL", name, 1);
  }
  ~Locale() { before_.empty() ? unsetenv("LC_ALL") : setenv("LC_ALL", before_.c_str(), 1); }

 private:
  std::string before_;
};

TEST(Width, CountsWhatIsSeen) {
  EXPECT_EQ(display_width("flights"), 7u);
  EXPECT_EQ(display_width("\x1b[31mno\x1b[0m"), 2u);
  EXPECT_EQ(display_width("…"), 1u);
  EXPECT_EQ(display_width("漢字"), 4u) << "wide characters take two columns";
  EXPECT_EQ(display_width("e\xcc\x81"), 1u) << "a combining accent takes none";
  EXPECT_EQ(display_width("\xff\xfe"), 2u) << "bytes that are no UTF-8 stand for themselves";
}

TEST(Shorten, KeepsBothEndsOrTheBeginning) {
  const Locale locale("C.UTF-8");
  EXPECT_EQ(shorten_middle("transformer-large-lr3e-4-s7", 15), "transfo…3e-4-s7");
  EXPECT_EQ(display_width(shorten_middle("transformer-large-lr3e-4-s7", 15)), 15u);
  EXPECT_EQ(shorten_middle("short", 15), "short");
  EXPECT_EQ(shorten_end("a long sentence about it", 10), "a long se…");
  EXPECT_EQ(shorten_middle("\x1b[31mtransformer-large-lr3e-4-s7\x1b[0m", 15), "\x1b[31mtransfo\x1b[0m…\x1b[31m3e-4-s7\x1b[0m")
      << "paint stays around what is left";
  EXPECT_LE(display_width(shorten_middle("漢字漢字漢字漢字漢字", 9)), 9u);
}

TEST(Shorten, UsesAsciiWithoutUtf8) {
  const Locale locale("C");
  EXPECT_EQ(shorten_end("a long sentence about it", 10), "a long se~");
}

Table wide_table() {
  Table table({{"RUN"}, {"STATUS"}, {"AUC", true}, {"TOOK", true, 2}, {"NOTE", false, 1, Table::Cut::end}});
  table.add({"transformer-large-with-a-long-name-lr3e-4-s7", "ok", "0.913", "2 h 14 m", "a sentence that goes on for a while"});
  table.add({"b", "failed", "0.8871", "51 m", ""});
  return table;
}

TEST(Table, AlignsNumbersRightAndTextLeft) {
  const Locale locale("C.UTF-8");
  const auto lines = wide_table().lines(200);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "RUN                                           STATUS     AUC      TOOK  NOTE");
  EXPECT_EQ(lines[2], "b                                             failed  0.8871      51 m");
}

TEST(Table, FitsTheScreenByShorteningThenByLeavingOut) {
  const Locale locale("C.UTF-8");
  for (std::size_t width : {80, 60, 40, 30}) {
    for (const auto& line : wide_table().lines(width)) EXPECT_LE(display_width(line), width) << line;
  }
  EXPECT_THAT(wide_table().lines(80)[0], HasSubstr("TOOK")) << "texts give way before columns go";
  EXPECT_THAT(wide_table().lines(40)[0], Not(HasSubstr("TOOK"))) << "the one that is needed least goes first";
  EXPECT_THAT(wide_table().lines(30)[0], HasSubstr("AUC")) << "a column without a rank never goes";
}

TEST(TableTest, SentencesGoOnBelowAndPointsStandBelowEachOther) {
  Table table({{"CHECK"}, {.title = "VALUE", .right = true, .even = true}, {"WHY", false, 0, Table::Cut::wrap}});
  table.add({"gain", "0.843", "v6 against v1 on the same rows"});
  table.add({"z", "4.4931", ""});
  EXPECT_THAT(table.lines(40), ElementsAre(_, "gain   0.8430  v6 against v1 on the same", "               rows", "z      4.4931"));
}

TEST(Numbers, FourDigitsThousandsAndSpecials) {
  EXPECT_EQ(human_number(0), "0");
  EXPECT_EQ(human_number(0.91304), "0.913");
  EXPECT_EQ(human_number(1234567.4), "1,234,567");
  EXPECT_EQ(human_number(-9999), "-9999");
  EXPECT_EQ(human_number(0.00001234), "1.234e-05");
  EXPECT_EQ(human_number(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(human_number(-std::numeric_limits<double>::infinity()), "-Infinity");
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
}

TEST(Numbers, CountsBytesDurations) {
  EXPECT_EQ(human_count(9999), "9999");
  EXPECT_EQ(human_count(12'400), "12.4k");
  EXPECT_EQ(human_count(999'999), "1M") << "rounding does not leave 1000k";
  EXPECT_EQ(human_bytes(512), "512 B");
  EXPECT_EQ(human_bytes(13'002'342), "12.4 MiB");
  EXPECT_EQ(human_bytes((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(human_duration(840), "840 ms");
  EXPECT_EQ(human_duration(1'240), "1.24 s");
  EXPECT_EQ(human_duration(8'040'000), "2 h 14 m");
  EXPECT_EQ(human_duration(3 * kDayMs), "3 d 00 h");
}

TEST(Sparkline, DrawsTheRangeAndLeavesGaps) {
  const Locale locale("C.UTF-8");
  EXPECT_EQ(sparkline({0, 1, 2}), "▁▅█");
  EXPECT_EQ(sparkline({0, std::numeric_limits<double>::quiet_NaN(), 1}), "▁ █");
  EXPECT_EQ(sparkline({5, 5}), "▁▁");
  EXPECT_EQ(sparkline({}), "");
  const Locale plain("C");
  EXPECT_THAT(sparkline({0, 1, 2}), Not(HasSubstr("▁")));
}

TEST(Meter, SaysHowFarAndHowLong) {
  const Locale locale("C.UTF-8");
  EXPECT_EQ(Meter::line("upload", 67, 100, 1000, ""), "upload  ████████░░░░  67 %  67 B of 100 B  67 B/s  0:00");
  EXPECT_EQ(Meter::line("get", 2048, 0, 1000, "3 of 7"), "get  2.0 KiB  2.0 KiB/s  3 of 7") << "a whole that is not known is not drawn";
}

TEST(Cells, ControlCharactersDoNothing) {
  EXPECT_EQ(safe("a\x1b[2Jb"), "a\\x1b[2Jb");
  EXPECT_EQ(safe("two\nlines\tand a tab"), "two lines and a tab");
  EXPECT_EQ(safe("\xc2\x9b"
                 "31m"),
            "\\x9b31m")
      << "C1 controls too";
  EXPECT_EQ(safe("Zürich — ja"), "Zürich — ja");
  EXPECT_EQ(safe("a\u202eb\u2066c"), "a\\u202eb\\u2066c") << "nor does text change its order";
  EXPECT_EQ(printable("a\u202eb"), "ab");
  EXPECT_EQ(printable("ok \x1b[32mgreen\x1b[0m \x1b]0;title\x07\rgone\n"), "ok \x1b[32mgreen\x1b[0m ]0;titlegone\n") << "colours stay, titles and returns go";
}

TEST(Cells, AgesGoBothWays) {
  constexpr TimeMs kNow = 1'000'000'000'000;
  EXPECT_EQ(age_ms(kNow - 30'000, kNow), "30 s ago");
  EXPECT_EQ(age_ms(kNow - 3 * kHourMs, kNow), "3 h ago");
  EXPECT_EQ(age_ms(kNow - 9 * kDayMs, kNow), "9 d ago");
  EXPECT_EQ(age_ms(kNow + 90 * kMinuteMs, kNow), "in 1 h");
}

TEST(Cells, ProgramsGetWholeValues) {
  EXPECT_EQ(bytes(json::Value(13'002'342)), "13002342") << "standard output of a test is no terminal";
  EXPECT_EQ(figure(json::Value(0.1 + 0.2), "share"), "0.30000000000000004");
  EXPECT_EQ(age(json::Value("2001-04-01T00:00:00.000Z"), 0), "2001-04-01T00:00:00.000Z");
  EXPECT_EQ(text(json::Value()), "");
  EXPECT_EQ(figure(json::Value("NaN")), "NaN");
}

TEST(Cells, AKindInFrontOfAnIdIsOptional) {
  EXPECT_EQ(without_kind("run:amber-fox", "run"), "amber-fox");
  EXPECT_EQ(without_kind("amber-fox", "run"), "amber-fox");
  EXPECT_EQ(without_kind("runner", "run"), "runner");
}

TEST(Chart, DrawsWithinItsBoundsAndNamesTheRange) {
  const Locale locale("C.UTF-8");
  Curve curve;
  for (int i = 0; i < 50; ++i) curve.x.push_back(i), curve.y.push_back(i * i);
  const auto lines = draw(curve, 60, 8);
  ASSERT_EQ(lines.size(), 9u);
  for (const auto& line : lines) EXPECT_LE(display_width(line), 60u);
  EXPECT_THAT(lines[0], HasSubstr("2401"));
  EXPECT_THAT(lines[8], HasSubstr("49"));
}

TEST(Chart, NothingFiniteIsSaid) {
  EXPECT_THAT(draw({{1, 2}, {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}, {}, {}}, 60, 8),
              ElementsAre("no finite point"));
  EXPECT_EQ(draw({{1}, {5}, {}, {}}, 60, 8).size(), 9u) << "one point is a picture";
}

}  // namespace
}  // namespace gyre::cli
