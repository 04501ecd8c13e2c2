#include "tracking/chunk_codec.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <random>

namespace gyre::tracking {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void expect_exact(const Points& points) {
  const auto bytes = encode_chunk(points);
  Points back;
  ASSERT_TRUE(decode_chunk(bytes, back));
  ASSERT_EQ(back.size(), points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(back[i].step, points[i].step) << i;
    EXPECT_EQ(back[i].at_ms, points[i].at_ms) << i;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(back[i].value), std::bit_cast<std::uint64_t>(points[i].value)) << i;
  }
}

Points curve(std::size_t count, const std::function<double(std::size_t)>& value) {
  Points points;
  for (std::size_t i = 0; i < count; ++i) points.push_back({static_cast<std::int64_t>(i), 1'700'000'000'000 + 37 * static_cast<std::int64_t>(i), value(i)});
  return points;
}

double bytes_a_point(const Points& points) { return static_cast<double>(encode_chunk(points).size()) / static_cast<double>(points.size()); }

TEST(ChunkCodec, KeepsEveryBit) {
  const auto payload = std::bit_cast<double>(0x7ff8dead'beef0001ULL), signalling = std::bit_cast<double>(0xfff00000'00000001ULL);
  const double odd[] = {
      0.0, -0.0, 1, -1, kInfinity, -kInfinity, payload, signalling, 5e-324, -5e-324, std::numeric_limits<double>::max(), 0.1, 1e300, 9007199254740993.0};
  Points points;
  for (const double value : odd) points.push_back({INT64_MIN, INT64_MAX, value});
  for (const double value : odd) points.push_back({INT64_MAX, 0, value});
  expect_exact(points);
  for (const double value : odd) expect_exact({{0, 0, value}});
  expect_exact(curve(kMaxChunkPoints, [](std::size_t i) { return i % 2 ? 1.0 : -1.0; }));
}

TEST(ChunkCodec, KeepsAnyCurve) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    const auto kind = random() % 5;
    double walk = 0.7;
    expect_exact(curve(1 + random() % kMaxChunkPoints, [&](std::size_t i) -> double {
      walk += (static_cast<double>(random() % 2001) - 1000) * 1e-5;
      switch (kind) {
        case 0:
          return std::bit_cast<double>(random());
        case 1:
          return walk;
        case 2:
          return static_cast<double>(static_cast<float>(walk));
        case 3:
          return std::round(walk * 1000) / 1000;
        default:
          return static_cast<double>(i * i);
      }
    }));
  }
}

TEST(ChunkCodec, IsSmallWhereThereIsLittleToSay) {
  EXPECT_LT(bytes_a_point(curve(1024, [](std::size_t) { return 0.5; })), 0.1);
  EXPECT_LT(bytes_a_point(curve(1024, [](std::size_t i) { return std::round(1e4 * std::exp(-static_cast<double>(i) / 300)) / 1e4; })), 1.0);
  std::mt19937 random(3);
  double loss = 2;
  EXPECT_LT(bytes_a_point(
                curve(1024, [&](std::size_t) { return static_cast<double>(static_cast<float>(loss += (static_cast<double>(random() % 1000) - 505) * 1e-6)); })),
            4.0);
}

TEST(ChunkCodec, DamageIsTold) {
  const auto bytes = encode_chunk(curve(500, [](std::size_t i) { return std::sin(static_cast<double>(i)); }));
  Points out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto broken = bytes;
    broken[i] = static_cast<char>(broken[i] ^ 0x10);
    out.clear();
    const auto read = decode_chunk(broken, out);
    if (read) EXPECT_NE(out.size(), 0u);
    if (i > 16) EXPECT_FALSE(read) << i;  // what is behind the heads stands under the checksum
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_chunk(std::string_view(bytes).substr(0, size), out)) << size;
  EXPECT_FALSE(decode_chunk("", out));
}

}  // namespace
}  // namespace gyre::tracking
