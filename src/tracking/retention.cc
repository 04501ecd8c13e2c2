#include "tracking/retention.h"

#include <fmt/format.h>

#include "base/duty.h"
#include "governance/governance.h"
#include "tracking/bin.h"
#include "tracking/purge.h"
#include "tracking/retention_counts.h"
#include "tracking/retention_marks.h"
#include "tracking/rules.h"

namespace gyre::tracking {
namespace {

constexpr std::string_view kWindow = "undo_window_ms";
constexpr auto kWindowHint = "30 days is what the bin begins with; 0 purges what is deleted at once";

struct Number {
  std::int64_t n;
};

struct BinRow {
  std::string kind, id, name, experiment_id;
  std::int64_t deleted_ms;
  std::string status, artifact_uri;
};

// From $1 on: now, which kind or '', which id or '', which experiment or -1. SQLite takes the index runs_in_bin only where the index's
// own condition, lifecycle <> 'active', stands in the text.
constexpr auto kBin =
    "SELECT 'run' AS kind, id, name, CAST(experiment_id AS TEXT), COALESCE(deleted_ms, $1) AS since, status, artifact_uri FROM runs WHERE lifecycle = "
    "'deleted' AND lifecycle <> 'active' AND $2 IN ('', 'run') AND ($3 = '' OR id = $3) AND (CAST($4 AS BIGINT) < 0 OR experiment_id = $4) "
    "UNION ALL SELECT 'logged-model', id, name, CAST(experiment_id AS TEXT), deleted_ms, status, artifact_uri FROM logged_models WHERE deleted_ms IS NOT NULL "
    "AND purging = 0 AND $2 IN ('', 'logged-model') AND ($3 = '' OR id = $3) AND (CAST($4 AS BIGINT) < 0 OR experiment_id = $4) "
    "UNION ALL SELECT 'experiment', CAST(id AS TEXT), name, CAST(id AS TEXT), COALESCE(deleted_ms, $1), lifecycle, artifact_location FROM experiments WHERE "
    "lifecycle = 'deleted' AND $2 IN ('', 'experiment') AND ($3 = '' OR CAST(id AS TEXT) = $3) AND (CAST($4 AS BIGINT) < 0 OR id = $4)";

std::string_view table_of(Kind kind) { return kind == Kind::run ? "runs" : kind == Kind::model ? "logged_models" : "experiments"; }

std::string_view in_bin(Kind kind) { return kind == Kind::model ? "deleted_ms IS NOT NULL AND purging = 0" : "lifecycle = 'deleted'"; }

std::string_view there(Kind kind) { return kind == Kind::model ? "purging = 0" : "lifecycle <> 'purging'"; }

}  // namespace

Retention::Retention(sql::Db& db, blob::Store& blobs, const Clock& clock) : db_(db), blobs_(blobs), clock_(clock), counting_(std::make_unique<Counting>()) {}

Retention::~Retention() = default;

Result<TimeMs> Retention::undo_window_ms() {
  const auto set = TRY(db_.read([](sql::Tx& tx) { return tx.select_one<Number>("SELECT value FROM retention_settings WHERE name = $1", kWindow); }));
  return set ? set->n : kDefaultWindowMs;
}

Result<void> Retention::set_undo_window(TimeMs window_ms, std::string_view actor) {
  if (window_ms < 0 || window_ms > kMaxWindowMs) return fail(Code::invalid, "the undo window lasts from 0 to 3650 days", {}, kWindowHint);
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(tx.exec("INSERT INTO retention_settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", kWindow, window_ms));
    return governance::audit(tx, {clock_.now_ms(), std::string(actor), "retention.set-window", retention_urn(), json::Object{{"undo_window_ms", window_ms}}});
  }));
  hurried_ = true;
  return {};
}

Result<Bin> Retention::bin(std::int64_t limit, std::int64_t offset, const BinOf& of) {
  const auto window = TRY(undo_window_ms());
  const auto now_ms = clock_.now_ms();
  const auto experiment = TRY(experiment_or_all(of.experiment_id));
  return db_.read([&](sql::Tx& tx) -> Result<Bin> {
    const auto kind = of.kind ? to_string(*of.kind) : "";
    Bin bin{.total = TRY(tx.select<Number>(fmt::format("SELECT COUNT(*) FROM ({}) AS bin", kBin), now_ms, kind, of.id, experiment)).front().n, .items = {}};
    const auto page = fmt::format("{} ORDER BY since, kind, id LIMIT $5 OFFSET $6", kBin);
    for (auto& row : TRY(tx.select<BinRow>(page, now_ms, kind, of.id, experiment, limit, offset))) {
      BinItem item{
          TRY(parse_kind(row.kind)), std::move(row.id), std::move(row.name), std::move(row.experiment_id), row.deleted_ms, row.deleted_ms + window, ""};
      const Due due{item.id, 0, std::move(row.status), std::move(row.artifact_uri), item.deleted_ms};
      const auto files = files_prefix(due.artifact_uri, due.id);
      std::optional<std::string> why;
      if (item.kind == Kind::run) why = TRY(why_run_kept(tx, due, {.now_ms = item.purge_ms, .before_ms = 0, .window_ms = window, .actor = {}}));
      if (item.kind == Kind::model) why = TRY(why_kept(tx, {.run_id = {}, .model_id = item.id, .experiment_id = {}, .files = files}));
      if (item.kind == Kind::experiment) why = TRY(why_kept(tx, {.run_id = {}, .model_id = {}, .experiment_id = item.id, .files = {}}));
      item.kept = why.value_or("");
      bin.items.push_back(std::move(item));
    }
    if (offset + std::ssize(bin.items) < bin.total) bin.next_offset = offset + std::ssize(bin.items);
    return bin;
  });
}

// `not_found` for what is not there, `conflict` for what is not deleted.
Result<void> Retention::check_in_bin(sql::Tx& tx, Kind kind, std::string_view id) {
  const auto column = kind == Kind::experiment ? "CAST(id AS TEXT)" : "id";
  const auto found = TRY(tx.select_one<Number>(
      fmt::format("SELECT CASE WHEN {} THEN 1 ELSE 0 END FROM {} WHERE {} = $1 AND {}", in_bin(kind), table_of(kind), column, there(kind)), id));
  if (!found) return fail(Code::not_found, fmt::format("there is no {} '{:.80}', in the bin or out of it", to_string(kind), id));
  if (found->n == 0) return fail(Code::conflict, fmt::format("the {} {} is not deleted", to_string(kind), id), {}, "gyre retention bin lists what is");
  return {};
}

Result<PurgeOrder> Retention::purge(const Selection& what, std::string_view actor) {
  Ending ending{.now_ms = clock_.now_ms(), .before_ms = INT64_MAX, .window_ms = TRY(undo_window_ms()), .actor = std::string(actor)};
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(stamp_bin(tx, ending.now_ms));
    return what.kind ? check_in_bin(tx, *what.kind, what.id) : Result<void>();
  }));
  PurgeOrder order;
  const auto add = [&](PurgeOrder one) {
    order.runs += one.runs, order.models += one.models, order.experiments += one.experiments;
    order.kept_total += one.kept_total;
    order.more |= one.more;
    for (auto& kept : one.kept) {
      if (order.kept.size() < kMaxKept) order.kept.push_back(std::move(kept));
    }
  };
  if (what.kind == Kind::experiment) ending.only_experiment = TRY(parse_experiment_id(what.id));
  if (what.kind && *what.kind != Kind::experiment) ending.only_id = what.id;
  if (what.kind != Kind::model) add(TRY(mark_all(Kind::run, ending)));
  if (what.kind != Kind::run) add(TRY(mark_all(Kind::model, ending)));
  if (!what.kind || *what.kind == Kind::experiment) order.experiments += TRY(end_experiments(ending));
  hurried_ = true;
  if (what.kind && *what.kind != Kind::experiment && order.kept_total > 0)
    return fail(Code::conflict, fmt::format("the {} {} is kept: {}", to_string(*what.kind), what.id, order.kept.front().why));
  return order;
}

Result<Figures> Retention::figures() {
  struct InBin {
    std::int64_t runs, models, experiments, marked;
  };
  struct Total {
    std::string name;
    std::int64_t amount;
  };
  return db_.read([](sql::Tx& tx) -> Result<Figures> {
    const auto in = TRY(tx.select<InBin>("SELECT (SELECT COUNT(*) FROM runs WHERE lifecycle = 'deleted' AND lifecycle <> 'active'), (SELECT COUNT(*) FROM "
                                         "logged_models WHERE deleted_ms IS NOT NULL AND purging = 0), (SELECT COUNT(*) FROM experiments WHERE lifecycle = "
                                         "'deleted'), (SELECT COUNT(*) FROM runs WHERE lifecycle = 'purging' AND lifecycle <> 'active')"))
                        .front();
    Figure bin{"gyre_retention_bin", "What is deleted and can be restored.", Figure::Kind::gauge, {}};
    for (const auto& [kind, n] : {std::pair(Kind::run, in.runs), {Kind::model, in.models}, {Kind::experiment, in.experiments}})
      bin.samples.push_back({{{"kind", std::string(to_string(kind))}}, static_cast<double>(n)});
    Figure purged{"gyre_retention_purged_total", "What was taken out for good: runs, models, experiments, files and their bytes.", Figure::Kind::counter, {}};
    for (const auto& total : TRY(tx.select<Total>("SELECT name, amount FROM retention_totals ORDER BY name")))
      purged.samples.push_back({{{"kind", total.name}}, static_cast<double>(total.amount)});
    return Figures{std::move(bin), std::move(purged), figure("gyre_retention_purging", "Runs that are being taken out.", Figure::Kind::gauge, in.marked)};
  });
}

}  // namespace gyre::tracking
