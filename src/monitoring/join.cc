// Joining labels to the predictions that they are of. The windows that a batch touches are computed from scratch, so that
// doing it twice changes nothing.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "governance/governance.h"
#include "monitoring/rows.h"

namespace gyre::monitoring {
namespace {

constexpr std::size_t kMaxTouched = 100'000;  // pairs of batch and window at a time
constexpr std::int64_t kEarlyMs = kDayMs;  // a label may come this much before the window of its prediction
constexpr auto kBatches = "SELECT batch_key, seq, row_count, at_ms, matched FROM label_batches WHERE endpoint = $1 AND at_ms >= $2 ORDER BY seq";

struct PendingRow {
  std::string batch_key;
  std::int64_t seq, row_count, at_ms, matched;
  std::optional<std::int64_t> tried_to;  // segments of the log before this one were searched for the rest; nothing: it is new
  LabelBatchRow batch() const { return {batch_key, seq, row_count, at_ms, matched}; }
};

struct Found {
  std::int64_t rows = 0, in_tail = 0;  // in_tail: of the rows, those that will be found again when they are sealed
  std::int64_t at_sum_ms = 0;  // of their predictions, behind the horizon
};

struct Search {
  std::vector<LabelBatchRow> batches;
  std::vector<std::filesystem::path> files;
};

std::int64_t segment_of(const std::filesystem::path& file) { return std::atoll(file.filename().string().substr(11, 10).c_str()); }

TimeMs day_of(const std::filesystem::path& file) { return from_iso(file.filename().string().substr(0, 10)).value_or(0); }

std::vector<std::filesystem::path> primaries(std::vector<std::filesystem::path> files) {
  std::erase_if(files, [](const std::filesystem::path& file) { return !file.filename().string().contains(".primary."); });
  return files;
}

}  // namespace

// A subquery over labelled primary predictions of [from, to), or nothing where there are none.
Result<std::string> Service::labelled_relation(std::string_view endpoint, TimeMs from_ms, TimeMs to_ms) {
  const auto files = primaries(TRY(serving_.log().files(endpoint, from_ms, to_ms)));
  const auto batches = TRY(db_.read([&](sql::Tx& tx) { return tx.select<LabelBatchRow>(kBatches, endpoint, from_ms - kEarlyMs); }));
  if (files.empty() || batches.empty()) return std::string();
  return fmt::format("(SELECT p.*, l.label AS gyre_label FROM read_parquet({}, union_by_name = true) p JOIN ({}) l ON p.prediction_id = l.id "
                     "WHERE p.at >= make_timestamp({}) AND p.at < make_timestamp({}))",
                     file_list(files), labels_select(folder_, endpoint, batches), from_ms * 1000, to_ms * 1000);
}

// A new batch is looked for in all of the log, its open end included; ids that are not there (yet) again in each segment that
// is sealed afterwards.
Result<bool> Service::join(const Monitor& monitor) {
  const auto& definition = monitor.definition;
  if (definition.label.empty()) return false;
  const auto horizon_ms = clock_.now_ms() - definition.label_horizon_ms;
  auto pending = TRY(db_.read([&](sql::Tx& tx) {
    return tx.select<PendingRow>("SELECT b.batch_key, b.seq, b.row_count, b.at_ms, COALESCE(j.matched, 0), j.tried_to FROM label_batches b LEFT JOIN monitor_joins j ON j.monitor = $1 AND j.seq = b.seq "
                                 "WHERE b.endpoint = $2 AND b.at_ms >= $3 AND (j.seq IS NULL OR j.matched < b.row_count) ORDER BY b.seq",
                                 monitor.name, definition.endpoint, horizon_ms);
  }));
  if (pending.empty()) return false;
  const auto sealed = primaries(TRY(serving_.log().sealed(definition.endpoint, horizon_ms, INT64_MAX / 2)));
  std::int64_t sealed_to = 0;  // the segment behind the last sealed one
  for (const auto& file : sealed) sealed_to = std::max(sealed_to, segment_of(file) + 1);
  std::erase_if(pending, [&](const PendingRow& row) {
    const auto counted_to_ms = row.at_ms + kEarlyMs + definition.window_ms;  // no window takes it for later predictions
    return row.tried_to && std::ranges::none_of(sealed, [&](const auto& file) { return segment_of(file) >= *row.tried_to && day_of(file) < counted_to_ms; });
  });
  if (pending.empty()) return false;

  // Batches that were searched for equally far are searched for together.
  std::map<std::optional<std::int64_t>, Search> searches;
  for (const auto& row : pending) searches[row.tried_to].batches.push_back(row.batch());
  std::map<std::int64_t, Found> found;  // by batch
  std::set<TimeMs> touched;
  for (auto& [tried_to, search] : searches) {
    if (tried_to) {
      std::ranges::copy_if(sealed, std::back_inserter(search.files), [&](const auto& file) { return segment_of(file) >= *tried_to; });
    } else {
      search.files = primaries(TRY(serving_.log().files(definition.endpoint, horizon_ms, INT64_MAX / 2)));
    }
    if (search.files.empty()) continue;
    std::vector<std::filesystem::path> label_files;
    for (const auto& batch : search.batches) label_files.push_back(label_file(folder_, definition.endpoint, batch.batch_key));
    const auto rows = TRY(query::fetch(engine_, fmt::format("SELECT abs(l.rank), epoch_ms(p.at) // {0} * {0}, count(*), sum(epoch_ms(p.at) - {1})::BIGINT, count(*) FILTER (p.filename LIKE '%/tail/%') "
                                                            "FROM read_parquet({2}, union_by_name = true, filename = true) p JOIN read_parquet({3}) l ON p.prediction_id = l.id GROUP BY ALL",
                                                            definition.window_ms, horizon_ms, file_list(search.files), file_list(label_files)),
                                       {}, kMaxTouched))
                          .rows;
    for (const auto& row : rows) {
      auto& one = found[row[0].int_or(0)];
      one.rows += row[2].int_or(0);
      one.at_sum_ms += row[3].int_or(0);
      one.in_tail += row[4].int_or(0);
      touched.insert(row[1].int_or(0));
    }
  }

  std::map<std::pair<TimeMs, std::int64_t>, ScoreSketch> sketches;
  for (const auto from_ms : touched) TRY(sketch_window(monitor, from_ms, sketches));
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    for (const auto& [key, sketch] : sketches) {
      const auto bytes = encode(sketch);
      TRY(tx.exec("INSERT INTO monitor_quality (monitor, from_ms, version, labelled, sketch, figures) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (monitor, from_ms, version) DO UPDATE "
                  "SET labelled = excluded.labelled, sketch = excluded.sketch, figures = excluded.figures",
                  monitor.name, key.first, key.second, sketch.n(), sql::Bytes{bytes}, json::encode(quality_of(sketch))));
    }
    for (const auto& row : pending) {
      const auto& now = found[row.seq];
      const auto matched = row.matched + now.rows, kept = matched >= row.row_count ? matched : matched - now.in_tail;
      TRY(tx.exec("INSERT INTO monitor_joins (monitor, seq, matched, tried_to) VALUES ($1, $2, $3, $4) ON CONFLICT (monitor, seq) DO UPDATE SET matched = excluded.matched, tried_to = excluded.tried_to", monitor.name,
                  row.seq, kept, sealed_to));
      TRY(tx.exec("UPDATE label_batches SET matched = $1 WHERE endpoint = $2 AND seq = $3 AND matched < $1", matched, definition.endpoint, row.seq));
      if (now.rows > 0) TRY(tx.exec("UPDATE label_batches SET delay_ms = $1 WHERE endpoint = $2 AND seq = $3", row.at_ms - horizon_ms - now.at_sum_ms / now.rows, definition.endpoint, row.seq));
    }
    if (touched.empty()) return {};
    return outbox::publish(tx, clock_.now_ms(), "labels.joined", governance::urn("monitor", monitor.name),
                           json::Object{{"endpoint", definition.endpoint}, {"monitor", monitor.name}, {"from", to_iso(*touched.begin())}, {"windows", static_cast<std::int64_t>(touched.size())}});
  }));
  return true;
}

// The window's qualities by version, from all of its labels.
Result<void> Service::sketch_window(const Monitor& monitor, TimeMs from_ms, std::map<std::pair<TimeMs, std::int64_t>, ScoreSketch>& sketches) {
  const auto relation = TRY(labelled_relation(monitor.definition.endpoint, from_ms, from_ms + monitor.definition.window_ms));
  if (relation.empty()) return {};
  const auto score = query::quote_name(serving::log_column(monitor.definition.prediction));
  return engine_.run(fmt::format("SELECT version, {}::DOUBLE, gyre_label FROM {}", score, relation), {}, [](const auto&) {},
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
    return tx.select<LabelledWindow>("SELECT w.from_ms, w.row_count, COALESCE((SELECT SUM(labelled) FROM monitor_quality q WHERE q.monitor = w.monitor AND q.from_ms = w.from_ms), 0) "
                                     "FROM monitor_windows w WHERE w.monitor = $1 AND w.from_ms >= $2 ORDER BY w.from_ms",
                                     monitor->name, from_ms);
  });
}

}  // namespace gyre::monitoring
