// A revision as it stands in memory. Inside serving/ only.
#pragma once

#include <unordered_set>

#include "serving/serving.h"

namespace gyre::serving {

struct LoadedVersion {
  Route route;
  std::shared_ptr<const infer::Session> session;
  std::map<std::string, std::unordered_set<std::string>, std::less<>> vocabulary;  // of string inputs, where the model tells it
};

// Immutable once made.
struct Loaded {
  Config config;
  std::int64_t revision = 0;
  std::vector<LoadedVersion> primaries, shadows;

  const LoadedVersion& pick(std::string_view key) const;
};

struct Tally {
  std::map<std::pair<std::int64_t, std::string>, VersionCounters> versions;
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> refused;
  StageTimes stages;
  bool changed = false;

  VersionCounters& of(std::int64_t version, const std::string& role);
};

struct Service::Live {
  Guarded<std::shared_ptr<const Loaded>> loaded;
  Guarded<Tally> tally;
};

std::map<std::string, std::unordered_set<std::string>, std::less<>> vocabulary_of(const infer::Signature& signature);
// Rows whose category the model has not learned; at most kMaxBadCells.
std::vector<BadCell> unknown_categories(const LoadedVersion& version, const Batch& batch);
// One row of harmless values.
Batch warm_up_batch(const infer::Signature& signature);

std::string encode_tally(const Tally& tally);
Tally decode_tally(std::string_view text);
std::string encode_routes(const std::vector<Route>& routes);
Result<std::vector<Route>> decode_routes(std::string_view text);

}  // namespace gyre::serving
