// Labels come late, in batches. Each batch is a file; joining recomputes the windows that it touches from scratch, so that
// doing it twice changes nothing.
#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/hash.h"
#include "governance/governance.h"
#include "monitoring/rows.h"

namespace gyre::monitoring {
namespace {

struct BatchRow {
  std::string batch_key;
  std::int64_t seq, row_count, at_ms, matched, sealed_upto;
};

struct Number {
  std::int64_t n;
};

constexpr auto kBatches = "SELECT batch_key, seq, row_count, at_ms, matched, sealed_upto FROM label_batches WHERE endpoint = $1 AND at_ms >= $2 ORDER BY seq";

std::filesystem::path file_of(const std::filesystem::path& folder, std::string_view endpoint, std::string_view key) {
  return folder / "labels" / endpoint / (sha256_hex(key).substr(0, 32) + ".parquet");
}

std::string file_list(const std::vector<std::filesystem::path>& files) {
  std::string text = "[";
  for (const auto& file : files) text += (text.size() > 1 ? ", " : "") + query::quote(file.string());
  return text + "]";
}

// A select that gives (id, label, seq) of the batches; the first label of an id counts.
std::string labels_select(const std::filesystem::path& folder, std::string_view endpoint, const std::vector<BatchRow>& batches) {
  std::vector<std::filesystem::path> files;
  for (const auto& batch : batches) files.push_back(file_of(folder, endpoint, batch.batch_key));
  return fmt::format("SELECT id, arg_min(label, seq) AS label, min(seq) AS seq FROM read_parquet({}) GROUP BY id", file_list(files));
}

}  // namespace

Result<std::int64_t> Service::put_labels(std::string_view endpoint, const LabelBatch& batch) {
  if (batch.ids.size() != batch.labels.size()) return fail(Code::invalid, fmt::format("{} ids and {} labels", batch.ids.size(), batch.labels.size()));
  if (batch.ids.empty()) return 0;
  if (batch.ids.size() > kMaxLabelBatch) return fail(Code::exhausted, fmt::format("{} labels in one batch; at most {} are taken", batch.ids.size(), kMaxLabelBatch), {}, "send them in parts");
  TRY(serving_.endpoint(endpoint));
  const auto known = TRY(db_.read([&](sql::Tx& tx) { return tx.select_one<Number>("SELECT seq FROM label_batches WHERE endpoint = $1 AND batch_key = $2", endpoint, batch.key); }));
  if (known) return 0;

  const auto seq = TRY(db_.read([&](sql::Tx& tx) { return tx.select<Number>("SELECT COALESCE(MAX(seq), 0) FROM label_batches WHERE endpoint = $1", endpoint); })).front().n + 1;
  const auto file = file_of(folder_, endpoint, batch.key);
  TRY(make_folders(file.parent_path()));
  auto writer = TRY(engine_.write_parquet(file, {{"id", query::Type::text, "VARCHAR"}, {"label", query::Type::integer, "BIGINT"}, {"seq", query::Type::integer, "BIGINT"}}));
  query::Block block{batch.ids.size(), std::vector<query::ColumnData>(3)};
  block.columns[0].texts = batch.ids;
  block.columns[1].integers.assign(batch.labels.begin(), batch.labels.end());
  block.columns[2].integers.assign(batch.ids.size(), seq);
  TRY(writer->append(block));
  TRY(writer->finish());
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
  const auto batches = TRY(db_.read([&](sql::Tx& tx) { return tx.select<BatchRow>(kBatches, endpoint, from_ms); }));
  if (files.empty() || batches.empty()) return std::string();
  return fmt::format("(SELECT p.*, l.label AS gyre_label FROM read_parquet({}, union_by_name = true) p JOIN ({}) l ON p.prediction_id = l.id "
                     "WHERE p.at >= make_timestamp({}) AND p.at < make_timestamp({}))",
                     file_list(files), labels_select(folder_, endpoint, batches), from_ms * 1000, to_ms * 1000);
}

Result<bool> Service::join(const Monitor& monitor) {
  const auto& definition = monitor.definition;
  const auto horizon_ms = clock_.now_ms() - definition.label_horizon_ms;
  const auto sealed = TRY(serving_.log().sealed(definition.endpoint, horizon_ms, INT64_MAX / 2));
  std::vector<BatchRow> pending;
  for (auto& batch : TRY(db_.read([&](sql::Tx& tx) { return tx.select<BatchRow>(kBatches, definition.endpoint, horizon_ms); }))) {
    if (batch.matched < batch.row_count && batch.sealed_upto != static_cast<std::int64_t>(sealed.size())) pending.push_back(std::move(batch));
  }
  if (pending.empty()) return false;
  std::vector<std::filesystem::path> files;
  for (const auto& file : sealed) {
    if (file.filename().string().contains(".primary.")) files.push_back(file);
  }
  std::map<std::int64_t, std::int64_t> matched, at_sum_ms;  // batch seq -> rows, and the sum of their predictions' times behind the horizon
  std::map<TimeMs, bool> touched;
  if (!files.empty()) {
    const auto found = TRY(query::fetch(engine_, fmt::format("SELECT l.seq, epoch_ms(p.at) // {0} * {0}, count(*), sum(epoch_ms(p.at) - {3})::BIGINT FROM read_parquet({1}, union_by_name = true) p JOIN ({2}) l ON p.prediction_id = l.id GROUP BY ALL",
                                                             definition.window_ms, file_list(files), labels_select(folder_, definition.endpoint, pending), horizon_ms)));
    for (const auto& row : found.rows) {
      matched[row[0].int_or(0)] += row[2].int_or(0);
      at_sum_ms[row[0].int_or(0)] += row[3].int_or(0);
      touched[row[1].int_or(0)] = true;
    }
  }

  std::map<std::pair<TimeMs, std::int64_t>, ScoreSketch> sketches;
  for (const auto& [from_ms, yes] : touched) {
    const auto relation = TRY(labelled_relation(definition.endpoint, from_ms, from_ms + definition.window_ms));
    if (relation.empty()) continue;
    TRY(engine_.run(fmt::format("SELECT version, {}::DOUBLE, gyre_label FROM {}", query::quote_name(definition.prediction), relation), {}, [](const auto&) {},
                    [&](const query::Block& block) -> Result<void> {
                      for (std::size_t i = 0; i < block.rows; ++i) sketches[{from_ms, block.columns[0].integers[i]}].add(block.columns[1].reals[i], block.columns[2].integers[i] != 0);
                      return {};
                    }));
  }
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    for (const auto& [key, sketch] : sketches) {
      const auto bytes = encode(sketch);
      TRY(tx.exec("INSERT INTO monitor_quality (monitor, from_ms, version, labelled, sketch, figures) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (monitor, from_ms, version) DO UPDATE "
                  "SET labelled = excluded.labelled, sketch = excluded.sketch, figures = excluded.figures",
                  monitor.name, key.first, key.second, sketch.n(), sql::Bytes{bytes}, json::encode(quality_of(sketch))));
    }
    for (const auto& batch : pending) {
      const auto rows = matched[batch.seq];
      const auto delay_ms = rows > 0 ? std::optional(batch.at_ms - horizon_ms - at_sum_ms[batch.seq] / rows) : std::nullopt;
      TRY(tx.exec("UPDATE label_batches SET matched = $1, sealed_upto = $2, delay_ms = $3 WHERE endpoint = $4 AND batch_key = $5", rows, static_cast<std::int64_t>(sealed.size()), delay_ms,
                  definition.endpoint, batch.batch_key));
    }
    if (touched.empty()) return {};
    return outbox::publish(tx, clock_.now_ms(), "labels.joined", governance::urn("monitor", monitor.name),
                           json::Object{{"endpoint", definition.endpoint}, {"monitor", monitor.name}, {"from", to_iso(touched.begin()->first)}, {"windows", static_cast<std::int64_t>(touched.size())}});
  }));
  return true;
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
