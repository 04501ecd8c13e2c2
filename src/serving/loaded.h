// An endpoint and its revision as they stand in memory. Inside serving/ only.
#pragma once

#include <mutex>
#include <unordered_set>

#include "serving/tally.h"

namespace gyre::serving {

using Vocabulary = std::map<std::string, std::unordered_set<std::string>, std::less<>>;  // by string input, where the model tells it

struct LoadedVersion {
  Route route;
  std::shared_ptr<const infer::Session> session;
  Vocabulary vocabulary;
};

// Immutable once made.
struct Loaded {
  Config config;
  std::int64_t revision = 0;
  std::vector<LoadedVersion> primaries, shadows;

  // The same key, the same version; more weight takes keys from the other versions and gives none back.
  const LoadedVersion& pick(std::string_view key) const;
};

struct Present {
  std::shared_ptr<const Loaded> loaded;  // none: nothing is deployed, or it could not be loaded
  std::string trouble;
};

struct Live {
  Guarded<Present> present;
  Guarded<Tally> tally;
  std::mutex deploying;  // one at a time, so that what was recorded last answers
};

Vocabulary vocabulary_of(const infer::Signature& signature);

struct UnknownCategories {
  std::vector<BadCell> cells;                     // at most kMaxBadCells, by row
  std::map<std::string, std::int64_t> by_column;  // rows
  std::int64_t rows = 0;                          // with at least one
};
UnknownCategories unknown_categories(const LoadedVersion& version, const Batch& batch);

// Runs the version on rows of harmless values: whether it computes at all, and gives one value a row in each output.
Result<void> warm_up(const infer::Session& session);
// Whether the log's columns can hold what the model takes and gives.
Result<void> check_columns(const infer::Signature& signature);

// Remembers what a signature says of columns.
Result<void> keep_columns(sql::Db& db, std::string_view model, std::int64_t version, const infer::Signature& signature);
// Rows of harmless values.
Batch example_of(const infer::Signature& signature);

std::string encode_routes(const std::vector<Route>& routes);
Result<std::vector<Route>> decode_routes(std::string_view text);

}  // namespace gyre::serving
