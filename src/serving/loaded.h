// An endpoint and its revision as they stand in memory. Inside serving/ only.
#pragma once

#include <atomic>
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

// How long a request of few rows takes the model, typically. Thread-safe; a lost update does no harm.
class TypicalLatency {
 public:
  static constexpr std::size_t kFewRows = 64;
  void add(std::int64_t ns) {
    const auto before = ns_.load(std::memory_order_relaxed);
    ns_.store(before == kUnknown ? ns : before + (ns - before) / 8, std::memory_order_relaxed);
  }
  bool is_below(std::int64_t ns) const { return ns_.load(std::memory_order_relaxed) < ns; }

 private:
  static constexpr std::int64_t kUnknown = INT64_MAX;
  std::atomic<std::int64_t> ns_ = kUnknown;
};

struct Live {
  Guarded<Present> present;
  Guarded<Tally> tally;
  TypicalLatency typical;
  std::mutex deploying;  // one at a time, so that what was recorded last answers
};

Vocabulary vocabulary_of(const infer::Signature& signature);
// Inputs of text of which the model tells no categories (metadata `gyre.vocabulary.<input>`: a JSON list, or null where any text
// will do): whatever they hold is scored.
std::vector<std::string> untold_categories(const infer::Signature& signature);
bool rejects_unknown(const Config& config);  // because its definition says so
// Whether the versions tell the categories of which the endpoint's definition asks unknown ones to be rejected.
Result<void> check_categories_told(const Config& config, const Loaded& loaded);

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
