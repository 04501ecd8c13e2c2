#include "tracking/watched.h"

#include <algorithm>

#include "base/packed.h"
#include "tracking/watch_book.h"

namespace gyre::tracking {
namespace {

constexpr std::int64_t kAllExperiments = -1;
constexpr std::size_t kUsualBytes = 40;  // of a point with its key

// Metrics of one key mostly follow each other: a key that is the one before is told by its absence.
std::string pack(std::span<const Metric* const> metrics) {
  std::string body;
  body.reserve(kUsualBytes * metrics.size());
  Packer packer(body);
  packer.count(std::ssize(metrics));
  std::string_view key;
  for (const auto* metric : metrics) {
    packer.text(metric->key == key ? std::string_view() : metric->key);
    key = metric->key;
    packer.number(metric->value);
    packer.number(metric->at_ms);
    packer.number(metric->step);
    packer.number(metric->fraction);
  }
  return body;
}

Result<std::vector<Metric>> unpack(std::string_view body) {
  std::vector<Metric> metrics;
  Unpacker unpacker(body);
  const auto count = unpacker.count();
  std::string key;
  for (std::int64_t i = 0; unpacker.good && i < count; ++i) {
    if (auto named = unpacker.text(); !named.empty()) key = std::move(named);
    const auto value = unpacker.number<double>();
    const auto at_ms = unpacker.number<std::int64_t>(), step = unpacker.number<std::int64_t>();
    metrics.push_back({key, value, at_ms, step, unpacker.number<double>()});
  }
  if (!unpacker.good) return fail(Code::internal, "points that are watched are damaged", {}, "restore the database from a backup");
  return metrics;
}

}  // namespace

bool is_watched_by(std::string_view pattern, std::string_view key) {
  return pattern.ends_with('*') ? key.starts_with(pattern.substr(0, pattern.size() - 1)) : key == pattern;
}

Result<void> set_watches(sql::Tx& tx, std::string_view owner, const std::vector<Watch>& watches) {
  if (watches.size() > kMaxWatches) return fail(Code::exhausted, "too many metrics are watched");
  TRY(tx.exec("DELETE FROM metric_watches WHERE owner = $1", owner));
  for (const auto& watch : watches)
    TRY(tx.exec("INSERT INTO metric_watches (owner, experiment_id, pattern) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", owner, watch.experiment_id,
                watch.pattern));
  return tx.exec("INSERT INTO metric_watch_revisions (name, rev) VALUES ('metrics', 1) ON CONFLICT (name) DO UPDATE SET rev = metric_watch_revisions.rev + 1");
}

Result<std::vector<WatchedBatch>> read_watched(sql::Tx& tx, std::int64_t limit) {
  std::vector<WatchedBatch> batches;
  Result<void> unpacked;
  const sql::Value args[] = {sql::to_value(limit)};
  TRY(tx.run_with("SELECT number, run_id, at_ms, body FROM watched_points ORDER BY number LIMIT $1", args, [&](std::span<const sql::Value> row) {
    auto metrics = unpack(std::get<sql::Bytes>(row[3]).view);
    if (!metrics && unpacked) unpacked = std::unexpected(metrics.error());
    batches.push_back({std::get<std::int64_t>(row[0]), std::string(std::get<std::string_view>(row[1])), std::get<std::int64_t>(row[2]),
                       std::move(metrics).value_or(std::vector<Metric>())});
  }));
  TRY(unpacked);
  return batches;
}

Result<void> forget_watched(sql::Tx& tx, const std::vector<WatchedBatch>& batches) {
  for (const auto& batch : batches) {
    TRY(tx.exec("DELETE FROM watched_points WHERE number = $1", batch.number));
    if (tx.changed_rows() == 0) return fail(Code::conflict, "another server heard these points");
  }
  return {};
}

Result<std::shared_ptr<const WatchBook::Known>> WatchBook::known_at(sql::Tx& tx, std::int64_t revision) {
  struct Row {
    std::int64_t experiment_id;
    std::string pattern;
  };
  auto known = known_.with([](const auto& known) { return known; });
  if (known->revision == revision) return known;
  auto fresh = std::make_shared<Known>();
  fresh->revision = revision;
  for (auto& row : TRY(tx.select<Row>("SELECT DISTINCT experiment_id, pattern FROM metric_watches")))
    fresh->patterns[row.experiment_id].push_back(std::move(row.pattern));
  known_.with([&](auto& kept) { kept = fresh; });
  return fresh;
}

Result<void> WatchBook::keep(sql::Tx& tx, const Batch& batch) {
  if (batch.revision == 0) return {};
  const auto known = TRY(known_at(tx, batch.revision));
  std::vector<const Metric*> kept;
  for (const auto experiment : {batch.experiment_id, kAllExperiments}) {
    const auto at = known->patterns.find(experiment);
    if (at == known->patterns.end()) continue;
    for (const auto& metric : batch.metrics) {
      if (std::ranges::any_of(at->second, [&](const std::string& pattern) { return is_watched_by(pattern, metric.key); })) kept.push_back(&metric);
    }
  }
  if (kept.empty()) return {};
  std::ranges::sort(kept);  // as they were sent, each once
  kept.erase(std::ranges::unique(kept).begin(), kept.end());
  return tx.exec_late("INSERT INTO watched_points (number, run_id, at_ms, body) VALUES ($1, $2, $3, $4)", batch.number, batch.run_id, batch.now_ms,
                      sql::Bytes{pack(kept)});
}

}  // namespace gyre::tracking
