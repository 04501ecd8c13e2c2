#include "tracking/summary.h"

#include <algorithm>
#include <cmath>

#include "base/packed.h"

namespace gyre::tracking {
namespace {

// Of whole steps; and of those of which some have fractions, which then stand behind all summaries. The first two are of before there
// were tallies, which stand behind both.
enum class Format : std::uint8_t { whole = 1, fractions = 2, whole_tallies = 3, fractions_tallies = 4 };

bool has_fractions(Format format) { return format == Format::fractions || format == Format::fractions_tallies; }
bool has_tallies(Format format) { return format == Format::whole_tallies || format == Format::fractions_tallies; }

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
// Behind one with NaN stands the step of the first.
struct StoredTally {
  double sum = 0;
  std::uint16_t nan = 0, above = 0, below = 0, known = 0;
};
static_assert(sizeof(StoredTally) == 16);

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
          sum.max,
          std::nullopt};
}

bool at_end(Unpacker unpacker) {
  unpacker.raw(1);
  return !unpacker.good;
}

bool has_fractions(const Summary& sum) { return has_fraction(sum.first) || has_fraction(sum.last) || has_fraction(sum.last_in_time); }
bool are_fractions(const StoredFractions& all) { return is_fraction(all.first) && is_fraction(all.last) && is_fraction(all.last_in_time); }

void pack_tally(Packer& packer, const std::optional<Tally>& tally) {
  const auto known = tally.value_or(Tally());
  const auto count = [](std::int64_t number) { return static_cast<std::uint16_t>(number); };  // a chunk has fewer points
  packer.number(StoredTally{known.sum, count(known.nan), count(known.above), count(known.below), tally.has_value()});
  if (!known.first_nan) return;
  packer.number(known.first_nan->whole);
  packer.number(known.first_nan->fraction);
}

std::optional<Tally> unpack_tally(Unpacker& unpacker) {
  const auto stored = unpacker.number<StoredTally>();
  if (!stored.known) return std::nullopt;
  Tally tally{stored.nan, stored.above, stored.below, stored.sum, std::nullopt};
  if (tally.nan == 0) return tally;
  const auto whole = unpacker.number<std::int64_t>();
  tally.first_nan = Step{whole, unpacker.number<double>()};
  unpacker.good &= is_fraction(tally.first_nan->fraction);
  return tally;
}

}  // namespace

void Tally::add(const Point& point) {
  if (std::isfinite(point.value)) {
    sum += point.value;
  } else if (std::isnan(point.value)) {
    ++nan;
    if (!first_nan || step_of(point) < *first_nan) first_nan = step_of(point);
  } else {
    ++(point.value > 0 ? above : below);
  }
}

void Tally::add(const Tally& other) {
  nan += other.nan;
  above += other.above;
  below += other.below;
  sum += other.sum;
  if (other.first_nan && (!first_nan || *other.first_nan < *first_nan)) first_nan = other.first_nan;
}

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
  if (!other.tally) tally.reset();
  if (tally) tally->add(*other.tally);
}

Summary summary_of(const Point& point) {
  Tally tally;
  tally.add(point);
  return {1, 1, point, point, point.at_ms, point, point.value, point.value, tally};
}

Summary summary_of(std::span<const Point> points) {
  auto sum = summary_of(points.front());
  sum.count = static_cast<std::int64_t>(points.size());
  sum.last = points.back();
  for (std::size_t i = 1; i < points.size(); ++i) {
    const auto& point = points[i];
    sum.distinct += !same_point(point, points[i - 1]);
    sum.min_at_ms = std::min(sum.min_at_ms, point.at_ms);
    if (by_time(point, sum.last_in_time) > 0) sum.last_in_time = point;
    sum.min = std::fmin(sum.min, point.value);
    sum.max = std::fmax(sum.max, point.value);
    sum.tally->add(point);
  }
  return sum;
}

std::string pack_sheet(std::span<const Summary> chunks) {
  const bool fractions = std::ranges::any_of(chunks, [](const Summary& sum) { return has_fractions(sum); });
  std::string bytes;
  bytes.reserve(sizeof(Format) + chunks.size() * (sizeof(Stored) + sizeof(StoredFractions) + sizeof(StoredTally)));
  Packer packer(bytes);
  packer.number(fractions ? Format::fractions_tallies : Format::whole_tallies);
  packer.number(static_cast<std::uint16_t>(chunks.size()));
  for (const auto& sum : chunks) packer.number(stored(sum));
  for (std::size_t i = 0; fractions && i < chunks.size(); ++i)
    packer.number(StoredFractions{chunks[i].first.fraction, chunks[i].last.fraction, chunks[i].last_in_time.fraction});
  for (const auto& sum : chunks) pack_tally(packer, sum.tally);
  return bytes;
}

Result<std::vector<Summary>> unpack_sheet(std::string_view bytes) {
  const auto damaged = [] { return fail(Code::internal, "the index of a curve is damaged", {}, "restore the database from a backup"); };
  Unpacker unpacker(bytes);
  const auto format = unpacker.number<Format>();
  if (!unpacker.good || format < Format::whole || format > Format::fractions_tallies) return damaged();
  const auto size = sizeof(Stored) + (has_fractions(format) ? sizeof(StoredFractions) : 0);
  const std::size_t count = has_tallies(format) ? unpacker.number<std::uint16_t>() : (bytes.size() - sizeof format) / size;
  Unpacker summaries(unpacker.raw(count * sizeof(Stored)));
  std::vector<Summary> chunks;
  chunks.reserve(unpacker.good ? count : 0);
  for (std::size_t i = 0; unpacker.good && i < count; ++i) {
    const auto fractions = has_fractions(format) ? unpacker.number<StoredFractions>() : StoredFractions();
    if (!are_fractions(fractions)) return damaged();
    chunks.push_back(restored(summaries.number<Stored>(), fractions));
  }
  for (std::size_t i = 0; unpacker.good && has_tallies(format) && i < count; ++i) chunks[i].tally = unpack_tally(unpacker);
  if (!unpacker.good || !at_end(unpacker)) return damaged();
  return chunks;
}

}  // namespace gyre::tracking
