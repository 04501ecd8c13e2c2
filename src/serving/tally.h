// What an endpoint counts. Inside serving/ only.
#pragma once

#include "serving/serving.h"

namespace gyre::serving {

struct Tally {
  std::map<std::pair<std::int64_t, std::string>, VersionCounters> versions;
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> refused;
  std::map<std::string, std::int64_t> flagged;
  std::int64_t repeated = 0;
  StageTimes stages;
  bool changed = false;  // since it was last kept

  void add(const Frame& frame);
  void add_failure(std::int64_t version, const std::string& role, std::int64_t latency_ns);
  void add_refusal(const Refusal& refusal, std::size_t rows);

 private:
  VersionCounters& of(std::int64_t version, const std::string& role, std::int64_t latency_ns);
};

// With the position in the log up to which it has counted.
std::string encode(const Tally& tally, Position counted_to);
struct KeptTally {
  Tally tally;
  std::optional<Position> counted_to;  // nothing: kept by an earlier version that did not tell
};
Result<KeptTally> decode_tally(std::string_view text);

}  // namespace gyre::serving
