// The keys that runs of some experiments have, read off the newest of them and kept for a moment, so that each letter that is typed
// does not read them again. Inside tracking/ only.
#pragma once

#include <chrono>
#include <deque>
#include <memory>

#include "tracking/filter.h"

namespace gyre::tracking {

using KeyCounts = std::map<std::string, std::int64_t>;  // key -> how many of the runs have it

// Not thread-safe.
class KeyBook {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr auto kKept = std::chrono::seconds(15);
  static constexpr std::size_t kMaxKept = 16;

  std::shared_ptr<const KeyCounts> find(std::string_view name, Time now) const;
  void put(std::string name, std::shared_ptr<const KeyCounts> keys, Time now);

 private:
  struct Entry {
    std::string name;
    std::shared_ptr<const KeyCounts> keys;
    Time at;
  };
  std::deque<Entry> entries_;
};

// `entity`: "metric", "param", "tag".
Result<KeyCounts> read_keys(sql::Tx& tx, std::string_view entity, const std::vector<std::string>& experiment_ids);
// The values of one key: of a parameter or a tag.
Result<KeyCounts> read_values(sql::Tx& tx, std::string_view entity, std::string_view key, const std::vector<std::string>& experiment_ids);
Result<KeyCounts> read_run_names(sql::Tx& tx, const std::vector<std::string>& experiment_ids);

}  // namespace gyre::tracking
