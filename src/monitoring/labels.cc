// Labels come late, in batches. Each batch is a file.
#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "monitoring/label_files.h"

namespace gyre::monitoring {
namespace {

struct Number {
  std::int64_t n;
};

}  // namespace

Result<std::int64_t> Service::put_labels(std::string_view endpoint, const LabelBatch& batch) {
  if (batch.ids.size() != batch.labels.size()) return fail(Code::invalid, fmt::format("{} ids and {} labels", batch.ids.size(), batch.labels.size()));
  if (batch.ids.empty()) return 0;
  if (batch.ids.size() > kMaxLabelBatch) return fail(Code::exhausted, fmt::format("{} labels in one batch; at most {} are taken", batch.ids.size(), kMaxLabelBatch), {}, "send them in parts");
  TRY(serving_.endpoint(endpoint));
  const auto known = TRY(db_.read([&](sql::Tx& tx) { return tx.select_one<Number>("SELECT seq FROM label_batches WHERE endpoint = $1 AND batch_key = $2", endpoint, batch.key); }));
  if (known) return 0;

  const auto seq = TRY(db_.read([&](sql::Tx& tx) { return tx.select<Number>("SELECT COALESCE(MAX(seq), 0) FROM label_batches WHERE endpoint = $1", endpoint); })).front().n + 1;
  const auto file = label_file(folder_, endpoint, batch.key);
  TRY(make_folders(file.parent_path()));
  query::Block block{batch.ids.size(), std::vector<query::ColumnData>(3)};
  block.columns[0].texts = batch.ids;
  block.columns[1].integers.assign(batch.labels.begin(), batch.labels.end());
  block.columns[2].integers.assign(batch.ids.size(), seq);
  TRY(write_labels(engine_, file, block));
  TRY(db_.write([&](sql::Tx& tx) {
    return tx.exec("INSERT INTO label_batches (endpoint, batch_key, seq, row_count, at_ms, matched, sealed_upto) VALUES ($1, $2, $3, $4, $5, 0, -1) ON CONFLICT DO NOTHING", endpoint, batch.key, seq,
                   static_cast<std::int64_t>(batch.ids.size()), clock_.now_ms());
  }));
  return static_cast<std::int64_t>(batch.ids.size());
}

// A subquery over labelled primary predictions of [from, to), or nothing where there are none.
Result<std::string> Service::labelled_relation(std::string_view endpoint, TimeMs from_ms, TimeMs to_ms) {
  std::vector<std::filesystem::path> files;
  for (auto& file : TRY(serving_.log().sealed(endpoint, from_ms, to_ms))) {
    if (file.filename().string().contains(".primary.")) files.push_back(std::move(file));
  }
  const auto batches = TRY(db_.read([&](sql::Tx& tx) { return select_batches(tx, endpoint, from_ms); }));
  if (files.empty() || batches.empty()) return std::string();
  return fmt::format("(SELECT p.*, l.label AS gyre_label FROM read_parquet({}, union_by_name = true) p JOIN ({}) l ON p.prediction_id = l.id "
                     "WHERE p.at >= make_timestamp({}) AND p.at < make_timestamp({}))",
                     file_list(files), labels_select(folder_, endpoint, batches), from_ms * 1000, to_ms * 1000);
}

Result<std::vector<LabelledWindow>> Service::labelled_windows(std::string_view endpoint, TimeMs from_ms) {
  const auto monitor = TRY(monitor_of(endpoint));
  if (!monitor) return std::vector<LabelledWindow>{};
  return db_.read([&](sql::Tx& tx) {
    return tx.select<LabelledWindow>("SELECT w.from_ms, w.row_count, COALESCE((SELECT SUM(labelled) FROM monitor_quality q WHERE q.monitor = w.monitor AND q.from_ms = w.from_ms), 0) "
                                     "FROM monitor_windows w WHERE w.monitor = $1 AND w.from_ms >= $2 ORDER BY w.from_ms",
                                     monitor->name, from_ms);
  });
}

Result<LabelledRows> Service::labelled_rows(std::string_view endpoint, TimeMs from_ms, TimeMs to_ms, std::size_t limit) {
  LabelledRows rows;
  const auto monitor = TRY(monitor_of(endpoint));
  const auto relation = TRY(labelled_relation(endpoint, from_ms, to_ms));
  if (!monitor || relation.empty()) return rows;
  const auto shape = TRY(serving_.shape(endpoint));
  std::string columns;
  for (const auto& port : shape.signature.inputs) {
    columns += ", " + query::quote_name(port.name);
    rows.inputs.columns.push_back({port.name, {0, 1}, {}});
    if (port.type == infer::Type::text) rows.inputs.columns.back().values = std::vector<std::string>();
    if (port.type == infer::Type::float64) rows.inputs.columns.back().values = std::vector<double>();
    if (port.type == infer::Type::int64) rows.inputs.columns.back().values = std::vector<std::int64_t>();
  }
  TRY(engine_.run(fmt::format("SELECT epoch_ms(\"at\"), version, {}::DOUBLE, gyre_label{} FROM {} ORDER BY \"at\", prediction_id LIMIT {}", query::quote_name(monitor->definition.prediction), columns, relation, limit), {},
                  [](const auto&) {},
                  [&](const query::Block& block) -> Result<void> {
                    for (std::size_t i = 0; i < block.rows; ++i) {
                      rows.at_ms.push_back(block.columns[0].integers[i]);
                      rows.version.push_back(block.columns[1].integers[i]);
                      rows.score.push_back(block.columns[2].reals[i]);
                      rows.label.push_back(block.columns[3].integers[i] != 0);
                    }
                    for (std::size_t c = 0; c < rows.inputs.columns.size(); ++c) {
                      const auto& data = block.columns[c + 4];
                      std::visit(
                          [&]<class T>(std::vector<T>& values) {
                            for (std::size_t i = 0; i < block.rows; ++i) {
                              if constexpr (std::is_same_v<T, std::string>) {
                                values.push_back(data.texts[i]);
                              } else if constexpr (std::is_floating_point_v<T>) {
                                values.push_back(static_cast<T>(data.reals.empty() ? static_cast<double>(data.integers[i]) : data.reals[i]));
                              } else {
                                values.push_back(static_cast<T>(data.integers[i]));
                              }
                            }
                          },
                          rows.inputs.columns[c].values);
                    }
                    return {};
                  }));
  rows.inputs.rows = rows.label.size();
  for (auto& tensor : rows.inputs.columns) tensor.shape[0] = static_cast<std::int64_t>(rows.inputs.rows);
  return rows;
}

}  // namespace gyre::monitoring
