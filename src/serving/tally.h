// What an endpoint counts. Inside serving/ only.
#pragma once

#include "serving/serving.h"

namespace gyre::serving {

struct Minute {
  TimeMs from_ms = 0;
  std::int64_t version = 0;
  std::string role;
  friend auto operator<=>(const Minute&, const Minute&) = default;
};
using Minutes = std::map<Minute, VersionCounters>;
constexpr std::size_t kMaxMinutes = 100'000;  // that wait to be kept; of more only the totals are

struct Tally {
  std::map<std::pair<std::int64_t, std::string>, VersionCounters> versions;
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> refused;
  std::map<std::string, std::int64_t> flagged;
  std::int64_t repeated = 0;
  Minutes minutes;       // since it was last kept
  bool changed = false;  // since it was last kept

  void add(const Frame& frame);
  void add_failure(std::int64_t version, const std::string& role, std::int64_t latency_ns, TimeMs now_ms);
  void add_refusal(const Refusal& refusal, std::size_t rows);

 private:
  void add(const VersionCounters& one, TimeMs at_ms);
};

// With the position in the log up to which it has counted.
std::string encode(const Tally& tally, Position counted_to);
struct KeptTally {
  Tally tally;
  std::optional<Position> counted_to;  // nothing: kept by an earlier version that did not tell
};
Result<KeptTally> decode_tally(std::string_view text);

// Adds to what the database has of each minute, and of the hour and day that it lies in.
Result<void> keep_minutes(sql::Tx& tx, std::string_view endpoint, const Minutes& minutes);
// Minutes and hours too old to be asked for go; days stay.
Result<void> purge_minutes(sql::Tx& tx, std::string_view endpoint, TimeMs now_ms);

}  // namespace gyre::serving
