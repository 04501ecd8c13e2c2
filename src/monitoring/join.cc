// Joining labels to the predictions that they are of, by rounds whose work goes by what is new.
//
// A new batch looks once through what is sealed of the log, and what it finds is added to the figures of its windows; a batch
// that has not found all looks again only through what was sealed since. A window is computed from scratch where adding could
// count twice: where the log is still open, was open when a batch looked through it, or where an id has labels in several
// batches. The figures and how far each batch looked change in one transaction.
#include <fmt/format.h>

#include <algorithm>

#include "governance/governance.h"
#include "monitoring/join_round.h"

namespace gyre::monitoring {
namespace {

// On a real clock: the next round waits so many times as long as the last one took, so that a label now and then does not have a
// large log searched each time.
constexpr std::int64_t kRestFactor = 10, kLongestRestMs = 60'000;

struct SketchRow {
  std::string sketch;
};

using SketchKey = std::pair<TimeMs, std::int64_t>;  // window, version

Result<void> put_sketch(sql::Tx& tx, std::string_view monitor, const SketchKey& key, const ScoreSketch& sketch) {
  const auto bytes = encode(sketch);
  return tx.exec(
      "INSERT INTO monitor_quality (monitor, from_ms, version, labelled, sketch, figures) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (monitor, from_ms, "
      "version) DO UPDATE "
      "SET labelled = excluded.labelled, sketch = excluded.sketch, figures = excluded.figures",
      monitor, key.first, key.second, sketch.n(), sql::Bytes{bytes}, json::encode(quality_of(sketch)));
}

// `seen` is in order of window and version.
Result<void> add_seen(sql::Tx& tx, std::string_view monitor, const std::vector<Seen>& seen) {
  for (std::size_t i = 0; i < seen.size();) {
    const SketchKey key{seen[i].window_ms, seen[i].version};
    const auto there = TRY(
        tx.select_one<SketchRow>("SELECT sketch FROM monitor_quality WHERE monitor = $1 AND from_ms = $2 AND version = $3", monitor, key.first, key.second));
    auto sketch = there ? TRY(decode_sketch(there->sketch)) : ScoreSketch{};
    for (; i < seen.size() && seen[i].window_ms == key.first && seen[i].version == key.second; ++i) sketch.add(seen[i].score, seen[i].label);
    TRY(put_sketch(tx, monitor, key, sketch));
  }
  return {};
}

// A batch that another server has joined meanwhile must not be added a second time.
Result<void> put_progress(sql::Tx& tx, const Monitor& monitor, const JoinRound& round) {
  for (const auto& row : round.looking) {
    const auto found = round.found.contains(row.seq) ? round.found.at(row.seq) : Found{};
    const auto matched = row.matched + found.rows, kept = matched >= row.row_count ? matched : matched - found.open;
    TRY(row.looked_to ? tx.exec("UPDATE monitor_joins SET matched = $1, tried_to = $2 WHERE monitor = $3 AND seq = $4 AND tried_to = $5", kept, round.sealed_to,
                                monitor.name, row.seq, *row.looked_to)
                      : tx.exec("INSERT INTO monitor_joins (monitor, seq, matched, tried_to) VALUES ($3, $4, $1, $2) ON CONFLICT (monitor, seq) DO NOTHING",
                                kept, round.sealed_to, monitor.name, row.seq));
    if (tx.changed_rows() != 1) return fail(Code::conflict, fmt::format("labels of batch {} were joined by another server meanwhile", row.seq));
    TRY(tx.exec("UPDATE label_batches SET matched = $1 WHERE endpoint = $2 AND seq = $3 AND matched < $1", matched, monitor.definition.endpoint, row.seq));
    if (found.rows == 0) continue;
    TRY(tx.exec("UPDATE label_batches SET delay_ms = $1 WHERE endpoint = $2 AND seq = $3",
                std::max<std::int64_t>(0, row.at_ms - round.horizon_ms - found.at_sum_ms / found.rows), monitor.definition.endpoint, row.seq));
  }
  return {};
}

}  // namespace

Result<bool> Service::join(const Monitor& monitor, TimeMs now_ms, DutyState& state) {
  const auto& definition = monitor.definition;
  if (definition.label.empty()) return false;
  auto& rests_until_ms = rests_until_ms_[monitor.name];
  if (now_ms < rests_until_ms) {
    state.due_at(rests_until_ms);
    return false;
  }
  auto round = TRY(begin_round(db_, serving_.log(), monitor, now_ms));
  if (round.looking.empty()) return false;
  const auto began_ms = clock_.now_ms();
  TRY(round.look(engine_, folder_, definition));

  std::map<SketchKey, ScoreSketch> sketches;
  for (const auto from_ms : round.from_scratch) TRY(sketch_window(monitor, from_ms, round.counted, sketches));
  auto windows = round.from_scratch;
  for (const auto& seen : round.seen) windows.insert(seen.window_ms);
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(put_progress(tx, monitor, round));
    for (const auto& [key, sketch] : sketches) TRY(put_sketch(tx, monitor.name, key, sketch));
    TRY(add_seen(tx, monitor.name, round.seen));
    if (windows.empty()) return {};
    return outbox::publish(tx, now_ms, "labels.joined", governance::urn("monitor", monitor.name),
                           json::Object{{"endpoint", definition.endpoint},
                                        {"monitor", monitor.name},
                                        {"from", to_iso(*windows.begin())},
                                        {"windows", static_cast<std::int64_t>(windows.size())}});
  }));
  if (clock_.is_virtual()) return true;
  const auto ended_ms = clock_.now_ms();
  rests_until_ms = ended_ms + std::min(kLongestRestMs, kRestFactor * (ended_ms - began_ms));
  return true;
}

}  // namespace gyre::monitoring
