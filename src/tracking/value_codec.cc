#include "tracking/value_codec.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "tracking/chunk_codec.h"

namespace gyre::tracking {
namespace {

enum class Form : std::uint8_t { decimal, exclusive_or, distance };

using Words = std::vector<std::uint64_t>;
using Scratch = std::array<std::uint64_t, kMaxChunkPoints>;

constexpr int kMaxDigits = 15;                    // behind the point
constexpr double kMaxWhole = 9007199254740992.0;  // 2^53: whole numbers up to it are exact
constexpr auto kPowers = [] {
  std::array<double, kMaxDigits + 1> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

std::uint64_t bits_of(double value) { return std::bit_cast<std::uint64_t>(value); }

constexpr std::uint64_t kSign = 1ULL << 63;

// Doubles as whole numbers of the same order: neighbours differ by one, and a float's low zeros stay zeros. -0.0 has no place.
std::uint64_t place_of(double value) {
  const auto bits = bits_of(value);
  return bits & kSign ? 0 - (bits & ~kSign) : bits;
}
double at_place(std::uint64_t place) { return std::bit_cast<double>(place & kSign ? (0 - place) | kSign : place); }
bool has_place(const Point& point) { return bits_of(point.value) != kSign; }

bool is_whole_at(double value, int digits, std::int64_t& whole) {
  const double scaled = std::round(value * kPowers[static_cast<std::size_t>(digits)]);
  if (!(std::fabs(scaled) <= kMaxWhole)) return false;
  whole = static_cast<std::int64_t>(scaled);
  return bits_of(static_cast<double>(whole) / kPowers[static_cast<std::size_t>(digits)]) == bits_of(value);
}

// How many digits behind the point make all values whole.
std::optional<int> decimal_digits(std::span<const Point> points) {
  int digits = 0;
  std::int64_t whole = 0;
  for (const auto& point : points) {
    while (digits <= kMaxDigits && !is_whole_at(point.value, digits, whole)) ++digits;
    if (digits > kMaxDigits) return std::nullopt;
  }
  for (const auto& point : points) {  // those that fewer digits sufficed for
    if (!is_whole_at(point.value, digits, whole)) return std::nullopt;
  }
  return digits;
}

void pack_decimals(Packer& packer, std::span<const Point> points, int digits) {
  packer.number(Form::decimal);
  packer.number(static_cast<std::uint8_t>(digits));
  std::int64_t last = 0, whole = 0;
  for (const auto& point : points) {
    is_whole_at(point.value, digits, whole);
    packer.count(static_cast<std::int64_t>(zigzag(static_cast<std::uint64_t>(whole - last))));
    last = whole;
  }
}

bool unpack_decimals(Unpacker& unpacker, std::span<Point> points) {
  const auto digits = unpacker.number<std::uint8_t>();
  if (digits > kMaxDigits) return false;
  std::uint64_t whole = 0;
  for (auto& point : points) {
    whole += unzigzag(static_cast<std::uint64_t>(unpacker.count()));
    point.value = static_cast<double>(static_cast<std::int64_t>(whole)) / kPowers[digits];
  }
  return true;
}

// What all of them have in common at their lower end.
int zeros_below(const Words& words) {
  std::uint64_t all = 0;
  for (const auto word : words) all |= word;
  return all ? std::countr_zero(all) : 0;
}

std::uint64_t bits_in(const Words& words) {
  std::uint64_t bits = 0;
  for (const auto word : words) bits += static_cast<std::uint64_t>(std::bit_width(word));
  return bits;
}

void pack_planes(Packer& packer, const Words& words) {
  std::uint64_t all = 0;
  for (const auto word : words) all |= word;
  std::uint8_t present = 0;
  for (int plane = 0; plane < 8; ++plane) present |= static_cast<std::uint8_t>((all >> (8 * plane) & 255) != 0) << plane;
  packer.number(present);
  std::string bytes(words.size(), '\0');
  for (int plane = 0; plane < 8; ++plane) {
    if (!(present >> plane & 1)) continue;
    for (std::size_t i = 0; i < words.size(); ++i) bytes[i] = static_cast<char>(words[i] >> (8 * plane));
    packer.raw(bytes);
  }
}

bool unpack_planes(Unpacker& unpacker, std::span<std::uint64_t> words) {
  std::ranges::fill(words, 0);
  const auto present = unpacker.number<std::uint8_t>();
  for (int plane = 0; plane < 8; ++plane) {
    if (!(present >> plane & 1)) continue;
    const auto bytes = unpacker.raw(words.size());
    if (!unpacker.good) return false;
    for (std::size_t i = 0; i < words.size(); ++i) words[i] |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * plane);
  }
  return true;
}

struct Differences {
  Form form;
  int shift;
  Words words;
};

Differences exclusive_differences(std::span<const Point> points) {
  Differences made{Form::exclusive_or, 0, {}};
  std::uint64_t last = 0;
  for (const auto& point : points) made.words.push_back(bits_of(point.value) ^ std::exchange(last, bits_of(point.value)));
  made.shift = zeros_below(made.words);
  for (auto& word : made.words) word >>= made.shift;
  return made;
}

Differences distances(std::span<const Point> points) {
  Differences made{Form::distance, 0, {}};
  std::uint64_t last = 0;
  for (const auto& point : points) {
    const auto place = place_of(point.value);
    made.words.push_back(place - last);
    last = place;
  }
  made.shift = zeros_below(made.words);
  for (auto& word : made.words) word = zigzag(static_cast<std::uint64_t>(static_cast<std::int64_t>(word) >> made.shift));
  return made;
}

}  // namespace

void pack_values(Packer& packer, std::span<const Point> points) {
  if (const auto digits = decimal_digits(points)) return pack_decimals(packer, points, *digits);
  auto best = exclusive_differences(points);
  if (std::ranges::all_of(points, has_place)) {
    if (auto nearer = distances(points); bits_in(nearer.words) <= bits_in(best.words)) best = std::move(nearer);
  }
  packer.number(best.form);
  packer.number(static_cast<std::uint8_t>(best.shift));
  pack_planes(packer, best.words);
}

bool unpack_values(Unpacker& unpacker, std::span<Point> points) {
  const auto form = unpacker.number<Form>();
  if (!unpacker.good || form > Form::distance || points.size() > kMaxChunkPoints) return false;
  if (form == Form::decimal) return unpack_decimals(unpacker, points);
  const int shift = unpacker.number<std::uint8_t>() & 63;
  Scratch scratch;
  const auto words = std::span(scratch).first(points.size());
  if (!unpack_planes(unpacker, words)) return false;
  std::uint64_t last = 0;
  if (form == Form::exclusive_or) {
    for (std::size_t i = 0; i < points.size(); ++i) points[i].value = std::bit_cast<double>(last ^= words[i] << shift);
  } else {
    for (std::size_t i = 0; i < points.size(); ++i) points[i].value = at_place(last += unzigzag(words[i]) << shift);
  }
  return true;
}

}  // namespace gyre::tracking
