#include "serving/tally.h"

#include <algorithm>

#include "base/decode.h"

namespace gyre::serving {
namespace {

struct CountersText {
  std::int64_t version = 0;
  std::string role;
  std::int64_t requests = 0, rows = 0, errors = 0;
  std::vector<std::int64_t> latency;
  std::int64_t latency_ns = 0;
};
BOOST_DESCRIBE_STRUCT(CountersText, (), (version, role, requests, rows, errors, latency, latency_ns))

struct TallyText {
  std::vector<CountersText> versions;
  std::map<std::string, std::vector<std::int64_t>> refused;
  std::map<std::string, std::int64_t> flagged;
  std::int64_t repeated = 0;
  std::optional<std::int64_t> segment, offset;
};
BOOST_DESCRIBE_STRUCT(TallyText, (), (versions, refused, flagged, repeated, segment, offset))

VersionCounters one_request(std::int64_t version, const std::string& role, std::int64_t latency_ns, std::int64_t rows) {
  VersionCounters one{.version = version, .role = role, .requests = 1, .rows = rows, .latency_ns = latency_ns};
  const auto bucket = std::ranges::lower_bound(kLatencyBoundsMs, static_cast<double>(latency_ns) / 1e6) - kLatencyBoundsMs.begin();
  one.latency[static_cast<std::size_t>(bucket)] = 1;
  return one;
}

}  // namespace

void VersionCounters::add(const VersionCounters& other) {
  version = other.version;
  role = other.role;
  requests += other.requests;
  rows += other.rows;
  errors += other.errors;
  for (std::size_t i = 0; i < latency.size(); ++i) latency[i] += other.latency[i];
  latency_ns += other.latency_ns;
}

void Tally::add(const VersionCounters& one, TimeMs at_ms) {
  versions[{one.version, one.role}].add(one);
  const Minute minute{at_ms / kMinuteMs * kMinuteMs, one.version, one.role};
  if (minutes.size() < kMaxMinutes || minutes.contains(minute)) minutes[minute].add(one);
  changed = true;
}

void Tally::add(const Frame& frame) { add(one_request(frame.version, frame.role, frame.latency_ns, frame.rows), frame.at_ms); }

void Tally::add_failure(std::int64_t version, const std::string& role, std::int64_t latency_ns, TimeMs now_ms) {
  auto one = one_request(version, role, latency_ns, 0);
  one.errors = 1;
  add(one, now_ms);
}

void Tally::add_refusal(const Refusal& refusal, std::size_t rows) {
  auto& counts = refused[refusal.reason];
  ++counts.first;
  counts.second += refusal.rows > 0 ? refusal.rows : static_cast<std::int64_t>(rows);
  changed = true;
}

double VersionCounters::latency_quantile_ms(double q) const {
  std::int64_t total = 0;
  for (const auto n : latency) total += n;
  if (total == 0) return 0;
  double left = q * static_cast<double>(total);
  for (std::size_t i = 0; i < latency.size(); ++i) {
    if (left <= static_cast<double>(latency[i]) && latency[i] > 0) {
      const double low = i == 0 ? 0 : kLatencyBoundsMs[i - 1], high = i < kLatencyBoundsMs.size() ? kLatencyBoundsMs[i] : 2 * kLatencyBoundsMs.back();
      return low + (high - low) * left / static_cast<double>(latency[i]);
    }
    left -= static_cast<double>(latency[i]);
  }
  return kLatencyBoundsMs.back();
}

std::string encode(const Tally& tally, Position counted_to) {
  TallyText text;
  for (const auto& [key, c] : tally.versions)
    text.versions.push_back({c.version, c.role, c.requests, c.rows, c.errors, {c.latency.begin(), c.latency.end()}, c.latency_ns});
  for (const auto& [reason, counts] : tally.refused) text.refused[reason] = {counts.first, counts.second};
  text.flagged = tally.flagged;
  text.repeated = tally.repeated;
  text.segment = counted_to.segment;
  text.offset = counted_to.offset;
  return json::encode(text);
}

Result<KeptTally> decode_tally(std::string_view bytes) {
  const auto text = TRY(json::decode_text<TallyText>(bytes));
  KeptTally kept;
  for (const auto& c : text.versions) {
    auto& counters = kept.tally.versions[{c.version, c.role}];
    counters = {.version = c.version, .role = c.role, .requests = c.requests, .rows = c.rows, .errors = c.errors, .latency_ns = c.latency_ns};
    std::copy_n(c.latency.begin(), std::min(c.latency.size(), counters.latency.size()), counters.latency.begin());
  }
  for (const auto& [reason, counts] : text.refused) {
    if (counts.size() == 2) kept.tally.refused[reason] = {counts[0], counts[1]};
  }
  kept.tally.flagged = text.flagged;
  kept.tally.repeated = text.repeated;
  if (text.segment && text.offset) kept.counted_to = Position{*text.segment, *text.offset};
  return kept;
}

}  // namespace gyre::serving
