// Counters over time: kept by minute, hour and day, so that any range is read from few rows.
#include <fmt/format.h>

#include <algorithm>

#include "base/decode.h"
#include "serving/loaded.h"

namespace gyre::serving {
namespace {

struct Span {
  std::int64_t span_ms, kept_ms;  // kept_ms 0: for good
};
constexpr Span kSpans[] = {{kMinuteMs, 2 * kDayMs}, {kHourMs, 400 * kDayMs}, {kDayMs, 0}};
// Lengths of a bucket: each is a multiple of a span, and divides the next span or is days.
constexpr std::int64_t kBuckets[] = {kMinuteMs,   2 * kMinuteMs, 5 * kMinuteMs, 10 * kMinuteMs, 15 * kMinuteMs, 30 * kMinuteMs, kHourMs,     2 * kHourMs,
                                     3 * kHourMs, 6 * kHourMs,   12 * kHourMs,  kDayMs,         2 * kDayMs,     7 * kDayMs,     30 * kDayMs, 365 * kDayMs};

struct Row {
  std::int64_t from_ms, version;
  std::string role;
  std::int64_t requests, rows, errors;
  std::string latency;
};

constexpr auto kColumns = "SELECT from_ms, version, role, requests, row_count, errors, latency FROM endpoint_traffic ";

Result<VersionCounters> to_counters(const Row& row) {
  VersionCounters counters{.version = row.version, .role = row.role, .requests = row.requests, .rows = row.rows, .errors = row.errors};
  const auto latency = TRY(json::decode_text<std::vector<std::int64_t>>(row.latency));
  std::copy_n(latency.begin(), std::min(latency.size(), counters.latency.size()), counters.latency.begin());
  return counters;
}

Result<void> add_to_span(sql::Tx& tx, std::string_view endpoint, std::int64_t span_ms, TimeMs from_ms, const Minute& who, VersionCounters counters) {
  const auto there = TRY(tx.select_one<Row>(std::string(kColumns) + "WHERE endpoint = $1 AND span_ms = $2 AND from_ms = $3 AND version = $4 AND role = $5",
                                            endpoint, span_ms, from_ms, who.version, who.role));
  if (there) counters.add(TRY(to_counters(*there)));
  return tx.exec(
      "INSERT INTO endpoint_traffic (endpoint, span_ms, from_ms, version, role, requests, row_count, errors, latency) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
      "$9) "
      "ON CONFLICT (endpoint, span_ms, from_ms, version, role) DO UPDATE SET requests = excluded.requests, row_count = excluded.row_count, errors = "
      "excluded.errors, latency = excluded.latency",
      endpoint, span_ms, from_ms, who.version, who.role, counters.requests, counters.rows, counters.errors,
      json::encode(std::vector<std::int64_t>(counters.latency.begin(), counters.latency.end())));
}

// The shortest bucket that is long enough.
std::int64_t bucket_for(std::int64_t range_ms, std::size_t buckets) {
  const auto least = range_ms / static_cast<std::int64_t>(buckets);
  const auto found = std::ranges::find_if(
      kBuckets, [&](std::int64_t length) { return length >= least && (range_ms + length - 1) / length <= static_cast<std::int64_t>(buckets); });
  return found == std::end(kBuckets) ? (least / kDayMs + 1) * kDayMs : *found;
}

// The longest span that buckets of this length are made of, and that is still kept for `from_ms`.
std::int64_t span_for(std::int64_t& bucket_ms, TimeMs from_ms, TimeMs now_ms) {
  for (const auto& span : kSpans) {
    const bool kept = span.kept_ms == 0 || from_ms >= now_ms - span.kept_ms;
    const bool longest = &span == std::end(kSpans) - 1 || bucket_ms % (&span + 1)->span_ms != 0;
    if (!kept) bucket_ms = std::max(bucket_ms, (&span + 1)->span_ms);
    if (kept && longest) return span.span_ms;
  }
  return kDayMs;
}

}  // namespace

Result<void> keep_minutes(sql::Tx& tx, std::string_view endpoint, const Minutes& minutes) {
  for (const auto& [minute, counters] : minutes) {
    for (const auto& span : kSpans) TRY(add_to_span(tx, endpoint, span.span_ms, minute.from_ms / span.span_ms * span.span_ms, minute, counters));
  }
  return {};
}

Result<void> purge_minutes(sql::Tx& tx, std::string_view endpoint, TimeMs now_ms) {
  for (const auto& span : kSpans) {
    if (span.kept_ms == 0) continue;
    TRY(tx.exec("DELETE FROM endpoint_traffic WHERE endpoint = $1 AND span_ms = $2 AND from_ms < $3", endpoint, span.span_ms, now_ms - span.kept_ms - kDayMs));
  }
  return {};
}

// Totals with the place in the log up to which they count, and the minutes since the last time, together: what a crash loses of
// both is counted again from the log. What could not be written is tried again.
Result<void> Service::keep_counters(std::string_view name, Live& live, TimeMs now_ms) {
  std::optional<std::string> totals;
  Minutes minutes;
  TRY(log_->at_rest(name, [&](Position end) {
    live.tally.with([&](Tally& tally) {
      if (!std::exchange(tally.changed, false)) return;
      totals = encode(tally, end);
      minutes = std::exchange(tally.minutes, {});
    });
  }));
  if (!totals) return {};
  const auto kept = db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(tx.exec("INSERT INTO endpoint_counters (endpoint, body) VALUES ($1, $2) ON CONFLICT (endpoint) DO UPDATE SET body = excluded.body", name, *totals));
    TRY(purge_minutes(tx, name, now_ms));
    return keep_minutes(tx, name, minutes);
  });
  if (kept) return kept;
  live.tally.with([&](Tally& tally) {
    for (const auto& [minute, counters] : minutes) tally.minutes[minute].add(counters);
    tally.changed = true;
  });
  return kept;
}

Result<Traffic> Service::traffic(std::string_view name, TimeMs from_ms, TimeMs to_ms, std::size_t buckets) {
  TRY(endpoint(name));
  // What only memory has is kept first, so that the answer tells of all requests. Where it cannot be, it tells of those before.
  if (const auto live = this->live(name)) (void)keep_counters(name, **live, clock_.now_ms());
  struct Kept {
    std::optional<std::int64_t> first_ms, last_ms;
  };
  const auto kept = TRY(db_.read([&](sql::Tx& tx) {
                      return tx.select<Kept>("SELECT MIN(from_ms), MAX(from_ms) FROM endpoint_traffic WHERE endpoint = $1 AND span_ms = $2", name, kDayMs);
                    })).front();
  Traffic traffic{std::max(from_ms, kept.first_ms.value_or(to_ms)), kDayMs, 0, {}};
  if (from_ms == 0 && kept.last_ms) to_ms = std::min(to_ms, *kept.last_ms + kDayMs);
  if (!kept.first_ms || traffic.from_ms >= to_ms) return traffic;
  traffic.bucket_ms = bucket_for(to_ms - traffic.from_ms, std::clamp<std::size_t>(buckets, 1, kMaxTrafficBuckets));
  const auto span_ms = span_for(traffic.bucket_ms, traffic.from_ms, clock_.now_ms());
  traffic.from_ms = traffic.from_ms / traffic.bucket_ms * traffic.bucket_ms;
  traffic.buckets = static_cast<std::size_t>((to_ms - traffic.from_ms + traffic.bucket_ms - 1) / traffic.bucket_ms);

  const auto rows = TRY(db_.read([&](sql::Tx& tx) {
    return tx.select<Row>(std::string(kColumns) + "WHERE endpoint = $1 AND span_ms = $2 AND from_ms >= $3 AND from_ms < $4 ORDER BY version, role, from_ms",
                          name, span_ms, traffic.from_ms, to_ms);
  }));
  for (const auto& row : rows) {
    if (traffic.versions.empty() || traffic.versions.back().version != row.version || traffic.versions.back().role != row.role) {
      traffic.versions.push_back({row.version, row.role, std::vector<VersionCounters>(traffic.buckets)});
    }
    traffic.versions.back().buckets[static_cast<std::size_t>((row.from_ms - traffic.from_ms) / traffic.bucket_ms)].add(TRY(to_counters(row)));
  }
  return traffic;
}

}  // namespace gyre::serving
