#include "tracking/key_book.h"

#include <fmt/format.h>

#include <algorithm>

#include "tracking/rules.h"
#include "tracking/run_query.h"

namespace gyre::tracking {
namespace {

constexpr std::size_t kMaxExperiments = 32;  // that are looked at
constexpr std::size_t kMaxValues = 2000;     // different ones of a key

std::string_view table_of(std::string_view entity) { return entity == "metric" ? "metric_series" : entity == "param" ? "run_params" : "run_tags"; }

struct RunId {
  std::string id;
};

// By experiment, since its index gives the newest without sorting.
Result<std::vector<std::string>> newest_runs(sql::Tx& tx, const std::vector<std::string>& experiment_ids, std::size_t most) {
  std::vector<std::string> runs;
  const auto looked = std::min(experiment_ids.size(), kMaxExperiments);
  for (std::size_t i = 0; i < looked; ++i) {
    const auto number = TRY(parse_experiment_id(experiment_ids[i]));
    const auto share = static_cast<std::int64_t>(std::max<std::size_t>(1, most / looked));
    for (auto& run :
         TRY(tx.select<RunId>("SELECT id FROM runs WHERE experiment_id = $1 AND lifecycle = 'active' ORDER BY start_ms DESC LIMIT $2", number, share)))
      runs.push_back(std::move(run.id));
  }
  return runs;
}

}  // namespace

std::shared_ptr<const KeyCounts> KeyBook::find(std::string_view name, Time now) const {
  const auto at = std::ranges::find(entries_, name, &Entry::name);
  return at == entries_.end() || now - at->at > kKept ? nullptr : at->keys;
}

void KeyBook::put(std::string name, std::shared_ptr<const KeyCounts> keys, Time now) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.name == name || now - entry.at > kKept; });
  if (entries_.size() >= kMaxKept) entries_.pop_front();
  entries_.push_back({std::move(name), std::move(keys), now});
}

Result<KeyCounts> read_keys(sql::Tx& tx, std::string_view entity, const std::vector<std::string>& experiment_ids) {
  const auto text = fmt::format("SELECT key FROM {} WHERE run_id = $1", table_of(entity));
  KeyCounts keys;
  std::size_t looked = 0;
  for (const auto& run : TRY(newest_runs(tx, experiment_ids, kRunsLookedAt))) {
    if (looked >= kKeysLookedAt) break;
    const sql::Value args[] = {sql::to_value(run)};
    TRY(tx.run_with(text, args, [&](std::span<const sql::Value> row) {
      ++keys[std::string(std::get<std::string_view>(row[0]))];
      ++looked;
    }));
  }
  return keys;
}

Result<KeyCounts> read_values(sql::Tx& tx, std::string_view entity, std::string_view key, const std::vector<std::string>& experiment_ids) {
  const auto text = fmt::format("SELECT value FROM {} WHERE run_id = $1 AND key = $2", table_of(entity));
  KeyCounts values;
  for (const auto& run : TRY(newest_runs(tx, experiment_ids, kRunsOfValues))) {
    const sql::Value args[] = {sql::to_value(run), sql::to_value(key)};
    TRY(tx.run_with(text, args, [&](std::span<const sql::Value> row) {
      const std::string value(std::get<std::string_view>(row[0]));
      if (values.size() < kMaxValues || values.contains(value)) ++values[value];
    }));
  }
  return values;
}

Result<KeyCounts> read_run_names(sql::Tx& tx, const std::vector<std::string>& experiment_ids) {
  KeyCounts names;
  for (const auto& run : TRY(newest_runs(tx, experiment_ids, kRunsLookedAt))) {
    const sql::Value args[] = {sql::to_value(run)};
    TRY(tx.run_with("SELECT name FROM runs WHERE id = $1", args,
                    [&](std::span<const sql::Value> row) { ++names[std::string(std::get<std::string_view>(row[0]))]; }));
  }
  return names;
}

}  // namespace gyre::tracking
