#include "tracking/owed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tracking/tail.h"

namespace gyre::tracking {
namespace {

constexpr std::size_t kNumbers = 64;   // bound by one statement
constexpr std::size_t kMaxRows = 128;  // of one statement
constexpr std::size_t kColumns = 6;
constexpr int kMaxCollisions = 64;  // with other servers that settle the same

struct Numbers {
  std::string run_id;
  std::vector<std::int64_t> numbers;
};

Result<std::vector<Numbers>> oldest(sql::Tx& tx, std::optional<std::string_view> run_id) {
  std::vector<Numbers> found;
  std::vector<sql::Value> args;
  if (run_id) args.push_back(sql::to_value(*run_id));
  const auto text =
      fmt::format("SELECT run_id, number FROM metric_owed{} ORDER BY run_id, number LIMIT {}", run_id ? " WHERE run_id = $1" : "", kMaxSettledBatches);
  TRY(tx.run_with(text, args, [&](std::span<const sql::Value> row) {
    const auto run = std::get<std::string_view>(row[0]);
    if (found.empty() || found.back().run_id != run) found.push_back({std::string(run), {}});
    found.back().numbers.push_back(std::get<std::int64_t>(row[1]));
  }));
  return found;
}

// Runs `text`, which ends with "number IN ", for the batches of a run, some at a time. A shorter list is filled up with its last.
template <class AfterEach>
Result<void> for_batches(sql::Tx& tx, const Numbers& run, std::string_view text, const sql::Tx::RowSink& on_row, AfterEach after_each) {
  for (std::span<const std::int64_t> rest = run.numbers; !rest.empty();) {
    const auto block = rest.first(std::min(kNumbers, rest.size()));
    const auto places = block.size() == 1 ? 1 : kNumbers;
    std::vector<sql::Value> args{sql::to_value(run.run_id)};
    std::string list;
    for (std::size_t i = 0; i < places; ++i) {
      args.push_back(sql::to_value(block[std::min(i, block.size() - 1)]));
      list += fmt::format("{}${}", i > 0 ? ", " : "(", i + 2);
    }
    TRY(tx.run_with(fmt::format("{}{})", text, list), args, on_row));
    TRY(after_each(block.size()));
    rest = rest.subspan(block.size());
  }
  return {};
}

void add(OwedBySeries& owed, std::int64_t series, const Points& points) {
  auto& sum = owed[series];
  const auto& latest = *std::ranges::max_element(points, step_less);
  if (sum.points == 0 || step_less(sum.latest, latest)) sum.latest = latest;
  sum.points += static_cast<std::int64_t>(points.size());
}

// A batch that is not in the tail belonged to a run that was purged, and owes nothing.
Result<void> read_batches(sql::Tx& tx, const Numbers& run, OwedBySeries& owed) {
  Result<void> unpacked;
  TRY(for_batches(
      tx, run, "SELECT body FROM metric_tail WHERE run_id = $1 AND number IN ",
      [&](std::span<const sql::Value> row) {
        TailPoints points;
        if (unpacked) unpacked = unpack_tail(std::get<sql::Bytes>(row[0]).view, points);
        if (!unpacked) return;
        for (const auto& [series, list] : points) add(owed, series, list);
      },
      [](std::size_t) { return Result<void>(); }));
  return unpacked;
}

struct Due {
  std::vector<Numbers> runs;
  OwedBySeries owed;
  std::size_t batches = 0;
};

Result<Due> read_due(sql::Tx& tx, std::optional<std::string_view> run_id) {
  Due due{.runs = TRY(oldest(tx, run_id)), .owed = {}};
  for (const auto& run : due.runs) {
    due.batches += run.numbers.size();
    TRY(read_batches(tx, run, due.owed));
  }
  return due;
}

// Fails unless each of them was still owed: what is owed is added once.
Result<void> remove_owed(sql::Tx& tx, const Numbers& run) {
  return for_batches(tx, run, "DELETE FROM metric_owed WHERE run_id = $1 AND number IN ", {}, [&](std::size_t count) -> Result<void> {
    if (tx.changed_rows() != static_cast<std::int64_t>(count)) return fail(Code::conflict, "another server added these points to their series");
    return {};
  });
}

// MLflow's rule for the latest: the largest (step, time, value); NULL is NaN, below all numbers.
std::string update_text(std::size_t rows) {
  constexpr auto kLater =
      "(o.column3, o.column4, o.column5, COALESCE(o.column6, -1.7976931348623157e308)) >= "
      "(latest_step, latest_fraction, latest_at_ms, COALESCE(latest_value, -1.7976931348623157e308))";
  constexpr std::string_view kTypes[] = {"BIGINT", "BIGINT", "BIGINT", "DOUBLE PRECISION", "BIGINT", "DOUBLE PRECISION"};
  static_assert(std::size(kTypes) == kColumns);
  std::string text = "UPDATE metric_series SET points = points + o.column2";
  std::size_t column = 3;
  for (const auto name : {"latest_step", "latest_fraction", "latest_at_ms", "latest_value"})
    text += fmt::format(", {0} = CASE WHEN {1} THEN o.column{2} ELSE {0} END", name, kLater, column++);
  text += " FROM (VALUES ";
  for (std::size_t place = 0; place < rows * kColumns; ++place) {
    const auto in_row = place % kColumns;
    text += fmt::format("{}CAST(${} AS {}){}", in_row > 0 ? ", " : place > 0 ? ", (" : "(", place + 1, kTypes[in_row], in_row == kColumns - 1 ? ")" : "");
  }
  return text + ") AS o WHERE metric_series.id = o.column1";
}

// For 1, 2, 4 ... kMaxRows rows: few statements, so that the cache of prepared ones serves them again.
const std::string& update_text_of(std::size_t rows) {
  static const auto kTexts = [] {
    std::vector<std::string> texts;
    for (std::size_t count = 1; count <= kMaxRows; count *= 2) texts.push_back(update_text(count));
    return texts;
  }();
  return kTexts[static_cast<std::size_t>(std::countr_zero(rows))];
}

Result<void> add_owed(sql::Tx& tx, const OwedBySeries& owed) {
  std::vector<sql::Value> rows;
  rows.reserve(owed.size() * kColumns);
  for (const auto& [series, sum] : owed) {
    rows.insert(rows.end(), {sql::to_value(series), sql::to_value(sum.points), sql::to_value(sum.latest.step), sql::to_value(sum.latest.fraction),
                             sql::to_value(sum.latest.at_ms), std::isnan(sum.latest.value) ? sql::Value{} : sql::to_value(sum.latest.value)});
  }
  for (std::span<const sql::Value> rest = rows; !rest.empty();) {
    const auto count = std::min(kMaxRows, std::bit_floor(rest.size() / kColumns));
    TRY(tx.run_with(update_text_of(count), rest.first(count * kColumns)));
    rest = rest.subspan(count * kColumns);
  }
  return {};
}

}  // namespace

Result<void> put_owed(sql::Tx& tx, std::string_view run_id, std::int64_t number) {
  return tx.exec_late("INSERT INTO metric_owed (run_id, number) VALUES ($1, $2)", run_id, number);
}

Result<OwedBySeries> read_owed(sql::Tx& tx, std::string_view run_id) {
  Numbers run{std::string(run_id), {}};
  const sql::Value args[] = {sql::to_value(run_id)};
  TRY(tx.run_with("SELECT number FROM metric_owed WHERE run_id = $1", args,
                  [&](std::span<const sql::Value> row) { run.numbers.push_back(std::get<std::int64_t>(row[0])); }));
  OwedBySeries owed;
  TRY(read_batches(tx, run, owed));
  return owed;
}

Result<bool> is_owed(sql::Tx& tx) {
  struct Row {
    std::int64_t number;
  };
  return TRY(tx.select_one<Row>("SELECT number FROM metric_owed LIMIT 1")).has_value();
}

Result<void> settle_owed(sql::Db& db, std::optional<std::string_view> run_id) {
  for (int collisions = 0; collisions < kMaxCollisions;) {
    const auto due = TRY(db.read([&](sql::Tx& tx) { return read_due(tx, run_id); }));
    if (due.runs.empty()) return {};
    const auto written = db.write([&](sql::Tx& tx) -> Result<void> {
      for (const auto& run : due.runs) TRY(remove_owed(tx, run));
      return add_owed(tx, due.owed);
    });
    if (!written && written.error().code != Code::conflict) return written;
    if (!written) ++collisions;
    if (written && due.batches < kMaxSettledBatches) return {};
  }
  return fail(Code::unavailable, "other servers keep adding the same points", {}, "try again");
}

Result<void> Settler::settle() {
  if (!TRY(db_.read(is_owed))) return {};
  const std::lock_guard lock(settling_);
  return settle_owed(db_);
}

void Settler::noted(TimeMs now_ms) {
  auto never = kNever;
  since_ms_.compare_exchange_strong(never, now_ms);
}

std::optional<TimeMs> Settler::next_due_ms() const {
  const auto since = since_ms_.load();
  return since == kNever ? std::nullopt : std::optional(since + kAfterMs);
}

Result<bool> Settler::run_due(TimeMs now_ms) {
  const auto next = next_due_ms();
  if (!next || now_ms < *next) return false;
  since_ms_ = kNever;  // what is noted from here on is due later
  const auto settled = settle();
  if (!settled) noted(now_ms);
  TRY(settled);
  return true;
}

}  // namespace gyre::tracking
