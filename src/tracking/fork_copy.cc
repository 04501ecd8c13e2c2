// Points of a fork, a piece at a time.
#include <fmt/format.h>

#include <algorithm>

#include "tracking/fork.h"
#include "tracking/id_blocks.h"
#include "tracking/metrics.h"
#include "tracking/run_marks.h"
#include "tracking/sealer.h"

namespace gyre::tracking {

struct Forks::Job {
  std::string run_id, source_id;
  std::int64_t step = 0;
  double fraction = 0;
  std::string key;  // where it stands: in this series, or behind it
  std::int64_t position = 0, points = 0;
  Step last() const { return {step, fraction}; }
};

// Some points of some series, and where the next piece begins.
struct Forks::Piece {
  std::vector<Metric> metrics;
  std::string key;
  std::int64_t position = 0;
  bool done = false;
};

// Points come by step: those beyond the last one end the series.
Result<void> Forks::read_series(const Job& job, const std::string& key, Piece& piece) {
  const auto position = key == job.key ? job.position : 0;
  const auto room = kPiecePoints - std::ssize(piece.metrics);
  auto page = TRY(tracking_.history(job.source_id, key, position, room));
  const auto beyond = std::ranges::find_if(page.rows, [&](const Metric& metric) { return step_of(metric) > job.last(); });
  const bool over = beyond != page.rows.end() || page.next_offset < 0;
  page.rows.erase(beyond, page.rows.end());
  piece.key = key;
  piece.position = over ? 0 : position + std::ssize(page.rows);
  std::ranges::move(page.rows, std::back_inserter(piece.metrics));
  return {};
}

Result<Forks::Piece> Forks::read_piece(const Job& job) {
  struct Row {
    std::string key;
  };
  const auto keys = TRY(db_.read([&](sql::Tx& tx) {  // the series that it stands in, and those behind it
    return tx.select<Row>(fmt::format("SELECT key FROM metric_series WHERE run_id = $1 AND key {} $2 ORDER BY key LIMIT $3", job.position > 0 ? ">=" : ">"),
                          job.source_id, job.key, kPieceSeries);
  }));
  Piece piece{.metrics = {}, .key = job.key, .position = 0, .done = keys.empty()};
  for (const auto& [key] : keys) {
    TRY(read_series(job, key, piece));
    if (piece.position > 0 || std::ssize(piece.metrics) >= kPiecePoints) break;
  }
  return piece;
}

// Fails where another server wrote the same piece.
Result<void> Forks::write_piece(const Job& job, const Piece& piece) {
  const auto grouped = group(piece.metrics);
  const auto first_id = piece.metrics.empty() ? 0 : TRY(ids_->take(std::ssize(grouped.keys) + 1));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(
        tx.exec("UPDATE run_copies SET key = $2, position = $3, points = points + $4, state = $5 WHERE run_id = $1 AND state = 'copying' AND key = $6 AND "
                "position = $7",
                job.run_id, piece.key, piece.position, std::ssize(piece.metrics), piece.done ? "done" : "copying", job.key, job.position));
    if (tx.changed_rows() == 0) return fail(Code::conflict, "another server copied these points");
    if (!piece.metrics.empty()) TRY(append_metrics(tx, job.run_id, grouped, first_id));
    if (!piece.done) return {};
    const auto run = find_marked(tx, job.run_id);  // one that is in the bin by now is told to nobody
    return run ? publish_run(tx, clock_.now_ms(), "run.copied", *run, {{"points", job.points + std::ssize(piece.metrics)}}) : Result<void>();
  });
}

// What the source has not sealed yet is sealed first: each series would read all of it again.
Result<void> Forks::copy_piece(const Job& job) {
  if (job.key.empty() && TRY(seal_run(db_, job.source_id)).more) return {};
  const auto written = write_piece(job, TRY(read_piece(job)));
  return !written && written.error().code == Code::conflict ? Result<void>() : written;
}

Result<DutyState> Forks::run_due(TimeMs) {
  const auto job = TRY(db_.read([](sql::Tx& tx) {
    return tx.select_one<Job>(
        "SELECT run_id, source_id, step, fraction, key, position, points FROM run_copies WHERE state = 'copying' ORDER BY created_ms, run_id LIMIT 1");
  }));
  if (!job) return DutyState{};
  const auto copied = copy_piece(*job);
  if (!copied && copied.error().code == Code::not_found) {  // the source is gone for good
    TRY(db_.write([&](sql::Tx& tx) {
      return tx.exec("UPDATE run_copies SET state = 'failed', trouble = $2 WHERE run_id = $1 AND state = 'copying'", job->run_id, copied.error().message);
    }));
  } else if (!copied) {
    return std::unexpected(copied.error());
  }
  return DutyState{.worked = true, .busy = false, .next_due_ms = {}};
}

}  // namespace gyre::tracking
