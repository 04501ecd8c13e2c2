#include "tracking/summary.h"

#include <algorithm>
#include <cmath>

#include "base/packed.h"

namespace gyre::tracking {
namespace {

// Of whole steps; and of those of which some have fractions, which then stand behind all summaries.
enum class Format : std::uint8_t { whole = 1, fractions = 2 };

// As sheets hold them, byte for byte: another layout is another format.
struct StoredPoint {
  std::int64_t step = 0, at_ms = 0;
  double value = 0;
};
struct Stored {
  std::int64_t count = 0, distinct = 0;
  StoredPoint first, last;
  std::int64_t min_at_ms = 0;
  StoredPoint last_in_time;
  double min = 0, max = 0;
};
static_assert(sizeof(Stored) == 14 * 8);
struct StoredFractions {
  double first = 0, last = 0, last_in_time = 0;
};
static_assert(sizeof(StoredFractions) == 3 * 8);

StoredPoint stored(const Point& point) { return {point.step, point.at_ms, point.value}; }
Point restored(const StoredPoint& point, double fraction) { return {point.step, point.at_ms, point.value, fraction}; }

Stored stored(const Summary& sum) {
  return {sum.count, sum.distinct, stored(sum.first), stored(sum.last), sum.min_at_ms, stored(sum.last_in_time), sum.min, sum.max};
}
Summary restored(const Stored& sum, const StoredFractions& fractions) {
  return {sum.count,
          sum.distinct,
          restored(sum.first, fractions.first),
          restored(sum.last, fractions.last),
          sum.min_at_ms,
          restored(sum.last_in_time, fractions.last_in_time),
          sum.min,
          sum.max};
}

bool has_fractions(const Summary& sum) { return has_fraction(sum.first) || has_fraction(sum.last) || has_fraction(sum.last_in_time); }
bool are_fractions(const StoredFractions& all) { return is_fraction(all.first) && is_fraction(all.last) && is_fraction(all.last_in_time); }

}  // namespace

void Summary::add(const Summary& other) {
  if (other.count == 0) return;
  if (count == 0) {
    *this = other;
    return;
  }
  count += other.count;
  distinct += other.distinct;
  if (by_step(other.first, first) < 0) first = other.first;
  if (by_step(other.last, last) > 0) last = other.last;
  min_at_ms = std::min(min_at_ms, other.min_at_ms);
  if (by_time(other.last_in_time, last_in_time) > 0) last_in_time = other.last_in_time;
  min = std::fmin(min, other.min);
  max = std::fmax(max, other.max);
}

Summary summary_of(const Point& point) { return {1, 1, point, point, point.at_ms, point, point.value, point.value}; }

Summary summary_of(std::span<const Point> points) {
  auto sum = summary_of(points.front());
  for (std::size_t i = 1; i < points.size(); ++i) {
    auto one = summary_of(points[i]);
    one.distinct = same_point(points[i], points[i - 1]) ? 0 : 1;
    sum.add(one);
  }
  return sum;
}

std::string pack_sheet(std::span<const Summary> chunks) {
  const auto format = std::ranges::any_of(chunks, has_fractions) ? Format::fractions : Format::whole;
  std::string bytes;
  bytes.reserve(sizeof format + chunks.size() * (sizeof(Stored) + sizeof(StoredFractions)));
  Packer packer(bytes);
  packer.number(format);
  for (const auto& sum : chunks) packer.number(stored(sum));
  if (format == Format::whole) return bytes;
  for (const auto& sum : chunks) packer.number(StoredFractions{sum.first.fraction, sum.last.fraction, sum.last_in_time.fraction});
  return bytes;
}

Result<std::vector<Summary>> unpack_sheet(std::string_view bytes) {
  const auto damaged = [] { return fail(Code::internal, "the index of a curve is damaged", {}, "restore the database from a backup"); };
  Unpacker unpacker(bytes);
  const auto format = unpacker.number<Format>();
  if (!unpacker.good || (format != Format::whole && format != Format::fractions)) return damaged();
  const auto size = sizeof(Stored) + (format == Format::fractions ? sizeof(StoredFractions) : 0);
  const auto count = (bytes.size() - sizeof format) / size;
  if (count * size != bytes.size() - sizeof format) return damaged();
  Unpacker summaries(unpacker.raw(count * sizeof(Stored)));
  std::vector<Summary> chunks;
  chunks.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto fractions = format == Format::fractions ? unpacker.number<StoredFractions>() : StoredFractions();
    if (!are_fractions(fractions)) return damaged();
    chunks.push_back(restored(summaries.number<Stored>(), fractions));
  }
  return chunks;
}

}  // namespace gyre::tracking
