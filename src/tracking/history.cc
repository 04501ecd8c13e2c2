// Points of one curve in order: what is sealed and what is not, as one.
#include <fmt/format.h>

#include <algorithm>

#include "tracking/chunk_store.h"
#include "tracking/tail.h"
#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

constexpr std::int64_t kMostReserved = 25'000;  // points: a page of MLflow's route

struct Series {
  std::int64_t id;
};

// A chunk, or the unsealed points.
struct Piece {
  Summary summary;
  std::optional<std::int64_t> chunk;
};

// Goes through a series by_step, without repetitions, and keeps one page. At any time it holds the points of those chunks whose
// ranges overlap.
class Pager {
 public:
  Pager(sql::Tx& tx, std::int64_t series_id, Points tail) : tx_(tx), series_id_(series_id), tail_(std::move(tail)) { std::ranges::sort(tail_, step_less); }

  Result<void> read(std::int64_t offset, std::int64_t limit) {
    skip_ = offset;
    wanted_ = limit + 1;
    page_.reserve(static_cast<std::size_t>(std::min(limit + 1, kMostReserved)));
    const auto pieces = TRY(find_pieces());
    for (std::size_t i = 0; i < pieces.size() && wanted_ > 0; ++i) {
      emit_below(pieces[i].summary.first);
      const bool alone = pending_.empty() && (i + 1 == pieces.size() || step_less(pieces[i].summary.last, pieces[i + 1].summary.first));
      if (alone && pieces[i].summary.distinct <= skip_) {
        skip_ -= pieces[i].summary.distinct;
      } else {
        TRY(load(pieces[i]));
      }
    }
    emit(pending_.size());
    return {};
  }
  const Points& page() const { return page_; }

 private:
  Result<std::vector<Piece>> find_pieces() {
    std::vector<Piece> pieces;
    for (const auto& info : TRY(read_chunk_infos(tx_, series_id_))) pieces.push_back({info.summary, info.number});
    if (!tail_.empty()) pieces.push_back({summary_of(tail_), std::nullopt});
    std::ranges::sort(pieces, [](const Piece& a, const Piece& b) { return step_less(a.summary.first, b.summary.first); });
    return pieces;
  }

  Result<void> load(const Piece& piece) {
    const auto add = [&](const Points& points) {
      if (pending_.empty()) return void(pending_ = points);
      Points merged;
      merged.reserve(pending_.size() + points.size());
      std::ranges::merge(pending_, points, std::back_inserter(merged), step_less);
      pending_ = std::move(merged);
    };
    if (!piece.chunk) return add(tail_), Result<void>();
    const std::int64_t number[] = {*piece.chunk};
    return read_chunks(tx_, series_id_, number, [&](std::int64_t, const Points& points) { add(points); });
  }

  // No later piece holds a point below `bound`.
  void emit_below(const Point& bound) { emit(static_cast<std::size_t>(std::ranges::lower_bound(pending_, bound, step_less) - pending_.begin())); }

  void emit(std::size_t count) {
    for (std::size_t i = 0; i < count && wanted_ > 0; ++i) {
      if (last_ && same_point(*last_, pending_[i])) continue;
      last_ = pending_[i];
      if (skip_ > 0) {
        --skip_;
        continue;
      }
      page_.push_back(pending_[i]);
      --wanted_;
    }
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
  }

  sql::Tx& tx_;
  const std::int64_t series_id_;
  Points tail_, pending_, page_;
  std::optional<Point> last_;
  std::int64_t skip_ = 0, wanted_ = 0;
};

}  // namespace

Result<Page<Metric>> Service::history(std::string_view run_id, std::string_view key, std::int64_t offset, std::int64_t limit) {
  return db_.read([&](sql::Tx& tx) -> Result<Page<Metric>> {
    if (!TRY(tx.select_one<Series>("SELECT 1 FROM runs WHERE id = $1 AND lifecycle <> 'purging'", run_id)))
      return fail(Code::not_found, fmt::format("Run with id={} not found", run_id));
    Page<Metric> page;
    const auto series = TRY(tx.select_one<Series>("SELECT id FROM metric_series WHERE run_id = $1 AND key = $2", run_id, key));
    if (!series) return page;
    const std::int64_t only[] = {series->id};
    auto tail = TRY(read_tail(tx, run_id, only));
    Pager pager(tx, series->id, std::move(tail[series->id]));
    TRY(pager.read(offset, limit));
    page.rows.reserve(pager.page().size());
    for (const auto& point : pager.page()) {
      if (static_cast<std::int64_t>(page.rows.size()) == limit) {
        page.next_offset = offset + limit;
        break;
      }
      page.rows.push_back({std::string(key), point.value, point.at_ms, point.step, point.fraction});
    }
    return page;
  });
}

}  // namespace gyre::tracking
