#include "monitoring/join_round.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace gyre::monitoring {
namespace {

namespace fs = std::filesystem;

// Whether something was sealed since the batch looked that a window would count for it.
bool has_more(const LookingBatch& batch, const std::vector<serving::LogFile>& sealed, std::int64_t window_ms) {
  const auto counted_to_ms = batch.at_ms + kEarlyMs + window_ms;
  return std::ranges::any_of(sealed, [&](const serving::LogFile& file) { return file.segment >= *batch.looked_to && file.day_ms < counted_to_ms; });
}

}  // namespace

Result<JoinRound> begin_round(sql::Db& db, serving::PredictionLog& log, const Monitor& monitor, TimeMs now_ms) {
  const auto& definition = monitor.definition;
  JoinRound round{.horizon_ms = now_ms - definition.label_horizon_ms};
  auto pending = TRY(db.read([&](sql::Tx& tx) {
    return tx.select<LookingBatch>(
        "SELECT b.seq, b.row_count, b.at_ms, COALESCE(j.matched, 0), j.tried_to FROM label_batches b LEFT JOIN monitor_joins j ON j.monitor = $1 AND j.seq = "
        "b.seq "
        "WHERE b.endpoint = $2 AND b.at_ms >= $3 AND (j.seq IS NULL OR j.matched < b.row_count) ORDER BY b.seq",
        monitor.name, definition.endpoint, round.horizon_ms);
  }));
  if (pending.empty()) return round;
  round.sealed = primaries(TRY(log.sealed(definition.endpoint, round.horizon_ms, INT64_MAX / 2)));
  for (const auto& file : round.sealed) round.sealed_to = std::max(round.sealed_to, file.segment + 1);
  std::int64_t labels = 0;
  for (auto& batch : pending) {
    if (batch.looked_to && !has_more(batch, round.sealed, definition.window_ms)) continue;
    labels += batch.row_count;
    if (labels > kMaxRoundLabels && !round.looking.empty()) break;
    round.looking.push_back(std::move(batch));
  }
  if (round.looking.empty()) return round;

  round.open = primaries(TRY(log.files(definition.endpoint, round.horizon_ms, INT64_MAX / 2)));
  std::erase_if(round.open, [&](const serving::LogFile& file) { return file.segment < round.sealed_to; });
  round.counted = TRY(db.read([&](sql::Tx& tx) {
    return tx.select<LabelBatchRow>(
        "SELECT b.seq, b.row_count, b.at_ms FROM label_batches b JOIN monitor_joins j ON j.monitor = $1 AND j.seq = b.seq WHERE b.endpoint = $2 AND b.at_ms >= "
        "$3 ORDER BY b.seq",
        monitor.name, definition.endpoint, round.horizon_ms - kEarlyMs - definition.window_ms);
  }));
  for (const auto& batch : round.looking) {
    if (!batch.looked_to) round.counted.push_back({batch.seq, batch.row_count, batch.at_ms});
  }
  std::ranges::sort(round.counted, {}, &LabelBatchRow::seq);
  return round;
}

bool JoinRound::is_new(std::int64_t batch) const {
  const auto at = std::ranges::lower_bound(looking, batch, {}, &LookingBatch::seq);
  return at != looking.end() && at->seq == batch && !at->looked_to;
}

// Whether a window counts the labels of a batch: it does not when they came long before it.
bool JoinRound::counts(std::int64_t batch, TimeMs window_ms) const {
  const auto at = std::ranges::lower_bound(counted, batch, {}, &LabelBatchRow::seq);
  return at != counted.end() && at->seq == batch && at->at_ms >= window_ms - kEarlyMs;
}

Result<void> JoinRound::look(query::Engine& engine, const fs::path& folder, const Definition& definition) {
  std::map<std::int64_t, std::vector<fs::path>> again;  // label files by the segment that they look from
  std::vector<fs::path> fresh;
  for (const auto& batch : looking) (batch.looked_to ? again[*batch.looked_to] : fresh).push_back(label_file(folder, definition.endpoint, batch.seq));
  for (const auto& [looked_to, labels] : again) {
    std::vector<serving::LogFile> since;
    std::ranges::copy_if(sealed, std::back_inserter(since), [&](const serving::LogFile& file) { return file.segment >= looked_to; });
    TRY(look_anew(engine, definition, {since, labels}, false));
  }
  TRY(look_anew(engine, definition, {open, fresh}, true));
  TRY(add_new(engine, definition, {sealed, fresh}, label_files(folder, definition.endpoint, counted)));
  std::erase_if(seen, [&](const Seen& one) { return from_scratch.contains(one.window_ms); });
  std::ranges::sort(
      seen, {}, [](const Seen& one) { return std::tuple(one.window_ms, one.version, one.score, one.label); });  // in one order, so that sums are the same again
  return {};
}

// What may have been counted when the log was open, or will be found again when it is sealed.
Result<void> JoinRound::look_anew(query::Engine& engine, const Definition& definition, const Wanted& wanted, bool is_open) {
  if (wanted.files.empty() || wanted.labels.empty()) return {};
  const auto take = [&](const query::Block& block) -> Result<void> {
    for (std::size_t i = 0; i < block.rows; ++i) {
      auto& one = found[block.columns[0].integers[i]];
      one.rows += block.columns[2].integers[i];
      one.open += is_open ? block.columns[2].integers[i] : 0;
      one.at_sum_ms += block.columns[3].integers[i];
      from_scratch.insert(block.columns[1].integers[i]);
    }
    return {};
  };
  return engine.run(
      fmt::format("SELECT abs(l.rank), epoch_ms(p.at) // {0} * {0}, count(*), sum(epoch_ms(p.at) - {1})::BIGINT FROM read_parquet({2}, union_by_name = true) p "
                  "JOIN read_parquet({3}) l ON p.prediction_id = l.id "
                  "GROUP BY ALL",
                  definition.window_ms, horizon_ms, file_list(wanted.files), file_list(wanted.labels)),
      {}, [](const auto&) {}, take);
}

// `other` is the strongest label that another batch has for the same id.
Result<void> JoinRound::add_new(query::Engine& engine, const Definition& definition, const Wanted& wanted, const std::vector<fs::path>& all_labels) {
  if (wanted.files.empty() || wanted.labels.empty()) return {};
  const auto take = [&](const query::Block& block) -> Result<void> {
    const auto& columns = block.columns;
    for (std::size_t i = 0; i < block.rows; ++i) {
      const auto rank = columns[0].integers[i], at_ms = columns[1].integers[i], window_ms = at_ms / definition.window_ms * definition.window_ms;
      auto& one = found[std::abs(rank)];
      ++one.rows;
      one.at_sum_ms += at_ms - horizon_ms;
      if (!counts(std::abs(rank), window_ms)) continue;
      if (!columns[5].nulls[i]) {
        const auto other = columns[5].integers[i];
        const bool changes_nothing =
            counts(std::abs(other), window_ms) && !is_new(std::abs(other)) && (other > rank || columns[6].integers[i] == columns[4].integers[i]);
        if (!changes_nothing) from_scratch.insert(window_ms);
      } else if (seen.size() == kMaxSeen) {
        from_scratch.insert(window_ms);
      } else if (!columns[3].nulls[i]) {
        seen.push_back({window_ms, columns[2].integers[i], columns[3].reals[i], columns[4].integers[i] != 0});
      }
    }
    return {};
  };
  return engine.run(
      fmt::format("SELECT l.rank, epoch_ms(p.at), p.version, p.{0}::DOUBLE, l.label, o.rank, o.label FROM read_parquet({1}, union_by_name = true) p JOIN "
                  "read_parquet({2}) l ON p.prediction_id = l.id "
                  "LEFT JOIN (SELECT n.id, n.rank AS of, max(a.rank) AS rank, arg_max(a.label, a.rank) AS label FROM read_parquet({3}) a JOIN "
                  "read_parquet({2}) n ON a.id = n.id AND a.rank <> n.rank GROUP BY ALL) o "
                  "ON o.id = l.id AND o.of = l.rank",
                  query::quote_name(serving::log_column(definition.prediction)), file_list(wanted.files), file_list(wanted.labels), file_list(all_labels)),
      {}, [](const auto&) {}, take);
}

}  // namespace gyre::monitoring
