// Labels joined to what was predicted. Each batch looks through each sealed file of the log once; the labels that found no
// prediction wait together in one file, so that the work goes by what is new. The windows that are touched are computed from
// scratch, and nothing is given up before the database knows what replaces it, so doing it twice changes nothing.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "governance/governance.h"
#include "monitoring/label_files.h"
#include "monitoring/rows.h"

namespace gyre::monitoring {
namespace {

namespace fs = std::filesystem;

struct Found {
  std::int64_t rows = 0, rest = 0;  // with a prediction, and without
  std::int64_t at_sum_ms = 0;       // of their predictions' times, behind the horizon
};

struct Look {
  explicit Look(TimeMs horizon, TimeMs window) : horizon_ms(horizon), window_ms(window) { rest.columns.resize(3); }
  const TimeMs horizon_ms, window_ms;
  std::map<std::int64_t, Found> by_batch;  // by its number; only of these anything is taken
  std::set<TimeMs> windows;                // that are touched
  query::Block rest;

  void take(const query::Block& block);
};

void Look::take(const query::Block& block) {
  for (std::size_t i = 0; i < block.rows; ++i) {
    const auto batch = by_batch.find(block.columns[2].integers[i]);
    if (batch == by_batch.end()) continue;
    auto& found = batch->second;
    if (block.columns[3].nulls[i]) {
      rest.columns[0].texts.push_back(block.columns[0].texts[i]);
      rest.columns[1].integers.push_back(block.columns[1].integers[i]);
      rest.columns[2].integers.push_back(block.columns[2].integers[i]);
      ++rest.rows;
      ++found.rest;
      continue;
    }
    const auto at_ms = block.columns[3].integers[i];
    ++found.rows;
    found.at_sum_ms += at_ms - horizon_ms;
    windows.insert(at_ms / window_ms * window_ms);
  }
}

Result<void> look_through(query::Engine& engine, const std::vector<fs::path>& labels, const std::vector<fs::path>& predictions, Look& look) {
  if (labels.empty()) return {};
  const auto times = predictions.empty() ? "(SELECT NULL::VARCHAR AS prediction_id, NULL::TIMESTAMP AS \"at\")"
                                         : fmt::format("(SELECT prediction_id, \"at\" FROM read_parquet({}, union_by_name = true))", file_list(predictions));
  return engine.run(fmt::format("SELECT l.id, l.label, l.seq, epoch_ms(p.\"at\") FROM read_parquet({}) l LEFT JOIN {} p ON p.prediction_id = l.id", file_list(labels), times), {}, [](const auto&) {},
                    [&](const query::Block& block) -> Result<void> {
                      look.take(block);
                      return {};
                    });
}

Result<void> put_quality(sql::Tx& tx, std::string_view monitor, TimeMs from_ms, std::int64_t version, const ScoreSketch& sketch) {
  const auto bytes = encode(sketch);
  return tx.exec("INSERT INTO monitor_quality (monitor, from_ms, version, labelled, sketch, figures) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (monitor, from_ms, version) DO UPDATE "
                 "SET labelled = excluded.labelled, sketch = excluded.sketch, figures = excluded.figures",
                 monitor, from_ms, version, sketch.n(), sql::Bytes{bytes}, json::encode(quality_of(sketch)));
}

// The delay is told by the first look that finds something.
Result<void> update_batch(sql::Tx& tx, std::string_view endpoint, const LabelBatchRow& batch, const Found& found, TimeMs horizon_ms, std::int64_t upto) {
  TRY(tx.exec("UPDATE label_batches SET matched = $1, sealed_upto = $2 WHERE endpoint = $3 AND batch_key = $4", batch.row_count - found.rest, upto, endpoint, batch.batch_key));
  if (batch.matched > 0 || found.rows == 0) return {};
  return tx.exec("UPDATE label_batches SET delay_ms = $1 WHERE endpoint = $2 AND batch_key = $3", batch.at_ms - horizon_ms - found.at_sum_ms / found.rows, endpoint, batch.batch_key);
}

}  // namespace

Result<bool> Service::join(const Monitor& monitor) {
  const auto& definition = monitor.definition;
  const auto horizon_ms = clock_.now_ms() - definition.label_horizon_ms;
  std::map<std::int64_t, std::vector<fs::path>> sealed;  // by segment
  for (const auto& file : TRY(serving_.log().sealed(definition.endpoint, horizon_ms, INT64_MAX / 2))) {
    if (file.filename().string().contains(".primary.")) sealed[serving::segment_of(file).value_or(0)].push_back(file);
  }
  const std::int64_t newest = sealed.empty() ? 0 : sealed.rbegin()->first;
  Look look(horizon_ms, definition.window_ms);
  std::vector<LabelBatchRow> pending;
  std::map<std::int64_t, std::vector<fs::path>> labels;  // by the segment that they looked through last
  bool something_new = false;
  for (auto& batch : TRY(db_.read([&](sql::Tx& tx) { return select_batches(tx, definition.endpoint, horizon_ms); }))) {
    if (batch.matched == batch.row_count) continue;
    something_new |= batch.sealed_upto < newest;
    look.by_batch[batch.seq] = {};
    const auto rest = rest_file(folder_, definition.endpoint, batch.sealed_upto);
    const auto upto = batch.sealed_upto >= 0 && fs::exists(rest) ? batch.sealed_upto : -1;  // a rest that was lost is made again of the whole
    auto& files = labels[upto];
    if (upto < 0) {
      files.push_back(label_file(folder_, definition.endpoint, batch.batch_key));
    } else if (files.empty()) {
      files.push_back(rest);
    }
    pending.push_back(std::move(batch));
  }
  if (!something_new) return false;

  for (const auto& [upto, files] : labels) {
    std::vector<fs::path> predictions;
    for (auto segment = sealed.upper_bound(upto); segment != sealed.end(); ++segment) predictions.insert(predictions.end(), segment->second.begin(), segment->second.end());
    TRY(look_through(engine_, files, predictions, look));
  }
  const auto sketches = TRY(sketch_windows(monitor, {look.windows.begin(), look.windows.end()}));
  if (look.rest.rows > 0) TRY(write_labels(engine_, rest_file(folder_, definition.endpoint, newest), look.rest));
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    for (const auto& [key, sketch] : sketches) TRY(put_quality(tx, monitor.name, key.first, key.second, sketch));
    for (const auto& batch : pending) TRY(update_batch(tx, definition.endpoint, batch, look.by_batch.at(batch.seq), horizon_ms, newest));
    if (look.windows.empty()) return {};
    return outbox::publish(tx, clock_.now_ms(), "labels.joined", governance::urn("monitor", monitor.name),
                           json::Object{{"endpoint", definition.endpoint}, {"monitor", monitor.name}, {"from", to_iso(*look.windows.begin())}, {"windows", static_cast<std::int64_t>(look.windows.size())}});
  }));
  std::error_code ignored;
  for (const auto& [upto, files] : labels) {
    if (upto >= 0 && upto != newest) fs::remove(rest_file(folder_, definition.endpoint, upto), ignored);
  }
  return true;
}

// Of the labelled predictions of whole windows, by window and version.
Result<std::map<std::pair<TimeMs, std::int64_t>, ScoreSketch>> Service::sketch_windows(const Monitor& monitor, const std::vector<TimeMs>& windows) {
  std::map<std::pair<TimeMs, std::int64_t>, ScoreSketch> sketches;
  for (const auto from_ms : windows) {
    const auto relation = TRY(labelled_relation(monitor.definition.endpoint, from_ms, from_ms + monitor.definition.window_ms));
    if (relation.empty()) continue;
    TRY(engine_.run(fmt::format("SELECT version, {}::DOUBLE, gyre_label FROM {}", query::quote_name(monitor.definition.prediction), relation), {}, [](const auto&) {},
                    [&](const query::Block& block) -> Result<void> {
                      for (std::size_t i = 0; i < block.rows; ++i) sketches[{from_ms, block.columns[0].integers[i]}].add(block.columns[1].reals[i], block.columns[2].integers[i] != 0);
                      return {};
                    }));
  }
  return sketches;
}

}  // namespace gyre::monitoring
