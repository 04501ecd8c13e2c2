#include "tracking/tail.h"

#include <algorithm>

#include "base/packed.h"
#include "tracking/value_codec.h"

namespace gyre::tracking {
namespace {

// Of whole steps; and of those of which some have fractions, which then stand behind each series' points.
enum class Format : std::uint8_t { whole = 1, fractions = 2 };
constexpr std::size_t kUsualBytes = 24;           // of a point with its series
constexpr std::int64_t kMaxTailPoints = 1 << 20;  // of one series in one batch: what more is, is damage

bool has_fractions(std::span<const TailEntry> entries) {
  return std::ranges::any_of(entries, [](const TailEntry& entry) { return has_fraction(entry.point); });
}

struct Reader {
  Unpacker& unpacker;
  std::uint64_t step = 0, at_ms = 0;
  Point next() {
    step += unzigzag(static_cast<std::uint64_t>(unpacker.count()));
    at_ms += unzigzag(static_cast<std::uint64_t>(unpacker.count()));
    return {static_cast<std::int64_t>(step), static_cast<std::int64_t>(at_ms), unpacker.number<double>()};
  }
};

// A byte tells whether a series has any.
void pack_fractions(Packer& packer, std::span<const TailEntry> entries) {
  const bool some = has_fractions(entries);
  packer.number(static_cast<std::uint8_t>(some));
  for (std::size_t i = 0; some && i < entries.size(); ++i) packer.number(entries[i].point.fraction);
}

// Of the last `count` of `list`, where there is one.
bool unpack_fractions(Unpacker& unpacker, std::int64_t count, Points* list) {
  if (unpacker.number<std::uint8_t>() == 0) return unpacker.good;
  for (auto left = count; unpacker.good && left > 0; --left) {
    const auto fraction = unpacker.number<double>();
    if (!is_fraction(fraction)) return false;
    if (list) (*list)[list->size() - static_cast<std::size_t>(left)].fraction = fraction;
  }
  return unpacker.good;
}

void pack_series(Packer& packer, std::span<const TailEntry> entries) {
  packer.count(entries.front().series);
  packer.count(static_cast<std::int64_t>(entries.size()));
  Point last;
  for (const auto& [series, point] : entries) {
    packer.count(static_cast<std::int64_t>(zigzag(static_cast<std::uint64_t>(point.step) - static_cast<std::uint64_t>(last.step))));
    packer.count(static_cast<std::int64_t>(zigzag(static_cast<std::uint64_t>(point.at_ms) - static_cast<std::uint64_t>(last.at_ms))));
    packer.number(point.value);
    last = point;
  }
}

}  // namespace

std::string pack_tail(std::vector<TailEntry> entries) {
  const auto place = [](const TailEntry& entry) { return std::pair(entry.series, entry.point.step); };
  if (!std::ranges::is_sorted(entries, {}, place)) std::ranges::sort(entries, {}, place);
  std::int64_t series = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) series += i == 0 || entries[i].series != entries[i - 1].series;
  std::string bytes;
  bytes.reserve(kUsualBytes * entries.size() + kUsualBytes);
  Packer packer(bytes);
  const auto format = has_fractions(entries) ? Format::fractions : Format::whole;
  packer.number(format);
  packer.count(series);
  for (std::span<const TailEntry> rest = entries; !rest.empty();) {
    const auto end = std::ranges::find_if(rest, [&](const TailEntry& entry) { return entry.series != rest.front().series; });
    const auto same = rest.first(static_cast<std::size_t>(end - rest.begin()));
    pack_series(packer, same);
    if (format == Format::fractions) pack_fractions(packer, same);
    rest = rest.subspan(same.size());
  }
  return bytes;
}

Result<void> unpack_tail(std::string_view bytes, TailPoints& out, std::span<const std::int64_t> only) {
  const auto damaged = [] { return fail(Code::internal, "unsealed points are damaged", {}, "restore the database from a backup"); };
  Unpacker unpacker(bytes);
  const auto format = unpacker.number<Format>();
  if (format != Format::whole && format != Format::fractions) return damaged();
  const auto series_count = unpacker.count();
  for (std::int64_t i = 0; unpacker.good && i < series_count; ++i) {
    const auto series = unpacker.count();
    const auto count = unpacker.count();
    if (!unpacker.good || count < 0 || count > kMaxTailPoints) return damaged();
    const bool wanted = only.empty() || std::ranges::find(only, series) != only.end();
    auto* list = wanted ? &out[series] : nullptr;
    Reader reader{unpacker};
    for (std::int64_t p = 0; unpacker.good && p < count; ++p) {
      const auto point = reader.next();
      if (list) list->push_back(point);
    }
    if (format == Format::fractions && !unpack_fractions(unpacker, count, list)) return damaged();
  }
  if (!unpacker.good) return damaged();
  return {};
}

Result<void> append_tail(sql::Tx& tx, std::string_view run_id, std::int64_t number, std::int64_t points, std::string_view body) {
  return tx.exec_late("INSERT INTO metric_tail (run_id, number, points, body) VALUES ($1, $2, $3, $4)", run_id, number, points, sql::Bytes{body});
}

Result<TailPoints> read_tail(sql::Tx& tx, std::string_view run_id, std::span<const std::int64_t> only) {
  TailPoints points;
  Result<void> unpacked;
  const sql::Value args[] = {sql::to_value(run_id)};
  TRY(tx.run_with("SELECT body FROM metric_tail WHERE run_id = $1", args, [&](std::span<const sql::Value> row) {
    if (unpacked) unpacked = unpack_tail(std::get<sql::Bytes>(row[0]).view, points, only);
  }));
  TRY(unpacked);
  return points;
}

}  // namespace gyre::tracking
