// Whose undo window is over, and who of them is kept.
#include "tracking/retention_marks.h"

#include <fmt/format.h>

#include "governance/forget.h"
#include "governance/governance.h"
#include "tracking/bin.h"
#include "tracking/purge.h"

namespace gyre::tracking {
namespace {

struct Text {
  std::string text;
};
struct Count {
  std::int64_t n;
};

// The columns of Due, of what is in the bin; from $1 on: deleted until, behind which time and id, which id.
std::string_view due_of(Kind kind) {
  switch (kind) {
    case Kind::run:
      return "SELECT id, experiment_id, status, artifact_uri, deleted_ms FROM runs WHERE lifecycle = 'deleted' AND lifecycle <> 'active' ";
    case Kind::model:
      return "SELECT id, experiment_id, status, artifact_uri, deleted_ms FROM logged_models WHERE purging = 0 AND deleted_ms IS NOT NULL ";
    case Kind::experiment:
      return "SELECT CAST(id AS TEXT) AS id, id, lifecycle, artifact_location, deleted_ms FROM experiments WHERE lifecycle = 'deleted' ";
  }
  std::unreachable();
}

std::string_view experiment_column(Kind kind) { return kind == Kind::experiment ? "id" : "experiment_id"; }
std::string_view id_column(Kind kind) { return kind == Kind::experiment ? "CAST(id AS TEXT)" : "id"; }

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::run:
      return "run";
    case Kind::model:
      return "logged-model";
    case Kind::experiment:
      return "experiment";
  }
  std::unreachable();
}

Result<Kind> parse_kind(std::string_view text) {
  for (const auto kind : {Kind::run, Kind::model, Kind::experiment}) {
    if (to_string(kind) == text) return kind;
  }
  return fail(Code::invalid, fmt::format("'{:.40}' is no kind of thing that the bin holds", text), {}, "run, logged-model or experiment");
}

Result<std::optional<std::string>> Retention::why_kept(sql::Tx& tx, const Claim& claim) {
  for (const auto& guard : guards_) {
    if (auto why = TRY(guard(tx, claim))) return why;
  }
  return std::nullopt;
}

// A run in the bin takes no points: one that still says RUNNING when its window is over has crashed.
Result<std::optional<std::string>> Retention::why_run_kept(sql::Tx& tx, const Due& due, const Ending& ending) {
  if (due.status == "RUNNING" && due.deleted_ms > ending.now_ms - ending.window_ms) return "it is running";
  const auto keep = TRY(tx.select_one<Text>("SELECT value FROM run_tags WHERE run_id = $1 AND key = $2", due.id, kKeepTag));
  if (keep && keep->text != "false") return fmt::format("its tag {} says so", kKeepTag);
  return why_kept(tx, {.run_id = due.id, .model_id = {}, .experiment_id = {}, .files = files_prefix(due.artifact_uri, due.id)});
}

// The logged models of an experiment whose window is over are over with it, unless one is needed.
Result<std::optional<std::string>> Retention::end_models(sql::Tx& tx, const Due& experiment) {
  const auto models =
      TRY(tx.select<Due>("SELECT id, experiment_id, status, artifact_uri, created_ms FROM logged_models WHERE experiment_id = $1 AND "
                         "deleted_ms IS NULL ORDER BY id LIMIT $2",
                         experiment.experiment_id, kMarkedAtOnce));
  for (const auto& model : models) {
    const Claim claim{.run_id = {}, .model_id = model.id, .experiment_id = {}, .files = files_prefix(model.artifact_uri, model.id)};
    if (auto why = TRY(why_kept(tx, claim))) return "of its logged model " + model.id + ": " + *why;
    TRY(tx.exec("UPDATE logged_models SET deleted_ms = $1 WHERE id = $2", experiment.deleted_ms, model.id));
  }
  return std::nullopt;
}

// An experiment goes in one piece, when nothing is left in it: until then it can be restored with whatever is.
Result<std::optional<std::string>> Retention::take_experiment(sql::Tx& tx, const Due& due) {
  if (due.experiment_id == 0) return "it is the default experiment";
  if (auto why = TRY(end_models(tx, due))) return why;
  for (const auto* table : {"runs", "logged_models"}) {
    if (TRY(tx.select_one<Count>(fmt::format("SELECT 1 FROM {} WHERE experiment_id = $1 LIMIT 1", table), due.experiment_id)))
      return fmt::format("it still has {}", std::string_view(table) == "runs" ? "runs" : "logged models");
  }
  if (auto why = TRY(why_kept(tx, {.run_id = {}, .model_id = {}, .experiment_id = due.id, .files = {}}))) return why;
  TRY(tx.exec("DELETE FROM experiment_tags WHERE experiment_id = $1", due.experiment_id));
  TRY(tx.exec("DELETE FROM retention_quotas WHERE experiment_id = $1", due.experiment_id));
  TRY(tx.exec("DELETE FROM experiments WHERE id = $1", due.experiment_id));
  const auto next = due.experiment_id + 1;
  TRY(
      tx.exec("INSERT INTO metric_ids (name, next) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET next = CASE WHEN metric_ids.next > $2 THEN metric_ids.next "
              "ELSE $2 END",
              kExperimentIds, next));
  TRY(count_purged(tx, "experiments", 1));
  TRY(governance::forget(tx, governance::urn("experiment", due.id)));
  return std::nullopt;
}

// Why it is not taken, or nothing: then it bears the mark, or is gone.
Result<std::optional<std::string>> Retention::take(sql::Tx& tx, Kind kind, const Due& due, const Ending& ending) {
  if (kind == Kind::experiment) return take_experiment(tx, due);
  if (kind == Kind::run) {
    if (auto why = TRY(why_run_kept(tx, due, ending))) return why;
    TRY(tx.exec("UPDATE runs SET lifecycle = 'purging', ensure_key = NULL WHERE id = $1", due.id));
    return std::nullopt;
  }
  const Claim claim{.run_id = {}, .model_id = due.id, .experiment_id = {}, .files = files_prefix(due.artifact_uri, due.id)};
  if (auto why = TRY(why_kept(tx, claim))) return why;
  TRY(tx.exec("UPDATE logged_models SET purging = 1 WHERE id = $1", due.id));
  return std::nullopt;
}

Result<Retention::Marks> Retention::mark_page(sql::Tx& tx, Kind kind, const Ending& ending, const Marks& before) {
  const auto text = fmt::format(
      "{0} AND deleted_ms <= $1 AND (deleted_ms > $2 OR (deleted_ms = $2 AND {1} > $3)) AND ($4 = '' OR {1} = $4) AND (CAST($5 AS BIGINT) < 0 OR "
      "{2} = $5) ORDER BY deleted_ms, {1} LIMIT {3}",
      due_of(kind), id_column(kind), experiment_column(kind), kMarkedAtOnce);
  const auto all = TRY(tx.select<Due>(text, ending.before_ms, before.at_ms, before.at_id, ending.only_id, ending.only_experiment));
  Marks marks{.at_ms = before.at_ms, .at_id = before.at_id, .taken = 0, .kept = {}, .more = std::ssize(all) == kMarkedAtOnce};
  json::Array ids;
  for (const auto& due : all) {
    marks.at_ms = due.deleted_ms, marks.at_id = due.id;
    auto why = TRY(take(tx, kind, due, ending));
    if (why) {
      marks.kept.push_back({kind, due.id, std::move(*why)});
    } else {
      ++marks.taken;
      ids.emplace_back(due.id);
    }
  }
  if (marks.taken > 0) {
    TRY(governance::audit(tx, {ending.now_ms, ending.actor, "retention.purge", retention_urn(),
                               json::Object{{"kind", to_string(kind)}, {"count", marks.taken}, {"ids", std::move(ids)}}}));
  }
  return marks;
}

// Their windows end now; each goes with the next look that finds it empty.
Result<std::int64_t> Retention::end_experiments(const Ending& ending) {
  return db_.write([&](sql::Tx& tx) -> Result<std::int64_t> {
    TRY(tx.exec("UPDATE experiments SET deleted_ms = 0 WHERE lifecycle = 'deleted' AND id <> 0 AND (CAST($1 AS BIGINT) < 0 OR id = $1)",
                ending.only_experiment));
    return tx.changed_rows();
  });
}

Result<PurgeOrder> Retention::mark_all(Kind kind, const Ending& ending) {
  PurgeOrder order;
  auto& taken = kind == Kind::run ? order.runs : kind == Kind::model ? order.models : order.experiments;
  for (Marks marks; marks.more && !order.more;) {
    marks = TRY(db_.write([&](sql::Tx& tx) { return mark_page(tx, kind, ending, marks); }));
    taken += marks.taken;
    order.kept_total += std::ssize(marks.kept);
    for (auto& kept : marks.kept) {
      if (order.kept.size() < kMaxKept) order.kept.push_back(std::move(kept));
    }
    order.more = marks.more && taken >= kMaxOrdered;
  }
  if (taken > 0) purging_ = true;
  return order;
}

}  // namespace gyre::tracking
