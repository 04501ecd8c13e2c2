// What turned out: predictions with the labels that count.
#include <fmt/format.h>

#include "monitoring/label_files.h"
#include "monitoring/rows.h"

namespace gyre::monitoring {

std::vector<serving::LogFile> primaries(std::vector<serving::LogFile> files) {
  std::erase_if(files, [](const serving::LogFile& file) { return file.role != "primary"; });
  return files;
}

std::string file_list(const std::vector<serving::LogFile>& files) {
  std::vector<std::filesystem::path> paths;
  for (const auto& file : files) paths.push_back(file.path);
  return file_list(paths);
}

Result<std::string> Service::labelled_relation(std::string_view endpoint, TimeMs from_ms, TimeMs to_ms) {
  const auto batches = TRY(db_.read([&](sql::Tx& tx) {
    return tx.select<LabelBatchRow>("SELECT seq, row_count, at_ms FROM label_batches WHERE endpoint = $1 AND at_ms >= $2", endpoint, from_ms - kEarlyMs);
  }));
  return labelled_relation(endpoint, from_ms, to_ms, batches);
}

Result<std::string> Service::labelled_relation(std::string_view endpoint, TimeMs from_ms, TimeMs to_ms, std::span<const LabelBatchRow> counted) {
  const auto files = primaries(TRY(serving_.log().files(endpoint, from_ms, to_ms)));
  std::vector<LabelBatchRow> batches(counted.begin(), counted.end());
  std::erase_if(batches, [&](const LabelBatchRow& batch) { return batch.at_ms < from_ms - kEarlyMs; });
  if (files.empty() || batches.empty()) return std::string();
  return fmt::format(
      "(SELECT p.*, l.label AS gyre_label FROM read_parquet({0}, union_by_name = true) p JOIN (SELECT id, arg_max(label, rank) AS label FROM read_parquet({1}) "
      "WHERE id IN (SELECT prediction_id FROM read_parquet({0}, union_by_name = true)) GROUP BY id) l ON p.prediction_id = l.id "
      "WHERE p.at >= make_timestamp({2}) AND p.at < make_timestamp({3}))",
      file_list(files), file_list(label_files(folder_, endpoint, batches)), from_ms * 1000, to_ms * 1000);
}

// The window's qualities by version, from all of its labels.
Result<void> Service::sketch_window(const Monitor& monitor, TimeMs from_ms, std::span<const LabelBatchRow> counted,
                                    std::map<std::pair<TimeMs, std::int64_t>, ScoreSketch>& sketches) {
  const auto relation = TRY(labelled_relation(monitor.definition.endpoint, from_ms, from_ms + monitor.definition.window_ms, counted));
  if (relation.empty()) return {};
  const auto score = query::quote_name(serving::log_column(monitor.definition.prediction));
  return engine_.run(
      fmt::format("SELECT version, {}::DOUBLE, gyre_label FROM {}", score, relation), {}, [](const auto&) {},
      [&](const query::Block& block) -> Result<void> {
        for (std::size_t i = 0; i < block.rows; ++i) {
          if (block.columns[1].nulls[i]) continue;
          sketches[{from_ms, block.columns[0].integers[i]}].add(block.columns[1].reals[i], block.columns[2].integers[i] != 0);
        }
        return {};
      });
}

Result<std::vector<LabelledWindow>> Service::labelled_windows(std::string_view endpoint, TimeMs from_ms) {
  const auto monitor = TRY(monitor_of(endpoint));
  if (!monitor) return std::vector<LabelledWindow>{};
  return db_.read([&](sql::Tx& tx) {
    return tx.select<LabelledWindow>(
        "SELECT w.from_ms, w.row_count, COALESCE((SELECT SUM(labelled) FROM monitor_quality q WHERE q.monitor = w.monitor AND q.from_ms = w.from_ms), 0) "
        "FROM monitor_windows w WHERE w.monitor = $1 AND w.from_ms >= $2 ORDER BY w.from_ms",
        monitor->name, from_ms);
  });
}

}  // namespace gyre::monitoring
