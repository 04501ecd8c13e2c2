#include "tracking/summary.h"

#include <cmath>

#include "base/packed.h"

namespace gyre::tracking {
namespace {

static_assert(sizeof(Summary) == 14 * 8, "a sheet holds summaries as they stand in memory: another layout is another format");
constexpr std::uint8_t kFormat = 1;

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
  std::string bytes;
  Packer packer(bytes);
  packer.number(kFormat);
  packer.raw({reinterpret_cast<const char*>(chunks.data()), chunks.size_bytes()});
  return bytes;
}

Result<std::vector<Summary>> unpack_sheet(std::string_view bytes) {
  if (bytes.size() < 1 || static_cast<std::uint8_t>(bytes[0]) != kFormat || (bytes.size() - 1) % sizeof(Summary) != 0) {
    return fail(Code::internal, "the index of a curve is damaged", {}, "restore the database from a backup");
  }
  std::vector<Summary> chunks((bytes.size() - 1) / sizeof(Summary));
  std::memcpy(chunks.data(), bytes.data() + 1, bytes.size() - 1);
  return chunks;
}

}  // namespace gyre::tracking
