#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "governance/governance.h"
#include "storage/sql/outbox.h"
#include "tracking/bin.h"
#include "tracking/engine.h"
#include "tracking/names.h"
#include "tracking/quota_return.h"
#include "tracking/rules.h"
#include "tracking/run_making.h"
#include "tracking/run_marks.h"
#include "tracking/run_rows.h"
#include "tracking/tracking.h"

namespace gyre::tracking {

namespace {

Result<void> require_active(std::string_view run_id, std::string_view lifecycle) {
  if (lifecycle == "active") return {};
  return fail(Code::invalid, fmt::format("The run {} must be in the 'active' state. Current state is {}.", run_id, lifecycle));
}

}  // namespace

Result<void> check_active(sql::Tx& tx, std::string_view run_id) {
  struct State {
    std::string lifecycle;
  };
  const auto state = TRY(tx.select_one<State>("SELECT lifecycle FROM runs WHERE id = $1", run_id));
  if (!state || state->lifecycle == kPurging) return fail(Code::not_found, fmt::format("Run with id={} not found", run_id));
  return require_active(run_id, state->lifecycle);
}

Result<void> check_there(sql::Tx& tx, std::string_view run_id) {
  struct State {
    std::string lifecycle;
  };
  const auto state = TRY(tx.select_one<State>("SELECT lifecycle FROM runs WHERE id = $1", run_id));
  if (state && state->lifecycle != kPurging) return {};
  return fail(Code::not_found, fmt::format("Run with id={} not found", run_id));
}

namespace {

const std::string kSelect = fmt::format("SELECT {} FROM runs AS r", kRunColumns);

Result<RunRow> find(sql::Tx& tx, std::string_view id) {
  auto row = TRY(tx.select_one<RunRow>(kSelect + " WHERE r.id = $1", id));
  if (!row || row->lifecycle == kPurging) return fail(Code::not_found, fmt::format("Run with id={} not found", id));
  return std::move(*row);
}

Result<RunRow> find_active(sql::Tx& tx, std::string_view id) {
  auto row = TRY(find(tx, id));
  TRY(require_active(id, row.lifecycle));
  return row;
}

}  // namespace

Result<Run> whole_run(sql::Tx& tx, const RunRow& row) { return std::move(TRY(with_data(tx, {row}, TRY(read_owed(tx, row.id)))).front()); }

Result<void> put_run_tags(sql::Tx& tx, std::string_view run_id, const std::vector<Tag>& tags) {
  for (const auto& tag : tags) {
    TRY(tx.exec_late("INSERT INTO run_tags (run_id, key, value) VALUES ($1, $2, $3) ON CONFLICT (run_id, key) DO UPDATE SET value = excluded.value", run_id,
                     tag.key, shortened(tag.value, kMaxTagCharacters)));
    if (tag.key == "mlflow.runName") TRY(tx.exec_late("UPDATE runs SET name = $1 WHERE id = $2", tag.value, run_id));
  }
  return {};
}

namespace {

// The name that it was given, by itself or by a tag, or one that is made up.
std::string name_of(const NewRun& run) {
  if (!run.name.empty()) return run.name;
  const auto named = std::ranges::find_if(run.tags, [](const Tag& tag) { return tag.key == "mlflow.runName" && !tag.value.empty(); });
  return named == run.tags.end() ? invent_run_name() : named->value;
}

// As they will be read: by key, each once; of two values the later.
std::vector<Tag> first_tags(const NewRun& run, const std::string& name) {
  std::map<std::string_view, std::string> by_key;
  for (const auto& tag : run.tags) by_key[tag.key] = shortened(tag.value, kMaxTagCharacters);
  by_key["mlflow.runName"] = shortened(name, kMaxTagCharacters);
  std::vector<Tag> tags;
  for (auto& [key, value] : by_key) tags.push_back({std::string(key), std::move(value)});
  return tags;
}

Result<void> insert_tags(sql::Tx& tx, std::string_view run_id, const std::vector<Tag>& tags) {
  constexpr std::string_view kColumns[] = {"run_id", "key", "value"};
  std::vector<sql::Value> rows;
  for (const auto& tag : tags) rows.insert(rows.end(), {sql::to_value(run_id), sql::to_value(tag.key), sql::to_value(tag.value)});
  return tx.insert_many("run_tags", kColumns, rows);
}

}  // namespace

Result<void> publish_run(sql::Tx& tx, TimeMs now_ms, std::string_view topic, const RunInfo& info) {
  return outbox::publish(tx, now_ms, topic, governance::urn("run", info.id),
                         json::Object{{"run", info.id}, {"experiment", info.experiment_id}, {"name", info.name}, {"status", info.status}});
}

Result<Run> make_run(sql::Tx& tx, Engine& engine, TimeMs now_ms, const NewRun& run, const std::string& id, std::string_view key) {
  struct Place {
    std::string location, lifecycle;
  };
  const auto experiment_id = TRY(parse_experiment_id(run.experiment_id.empty() ? "0" : run.experiment_id));
  const auto place = TRY(tx.select_one<Place>("SELECT artifact_location, lifecycle FROM experiments WHERE id = $1", experiment_id));
  if (!place) return fail(Code::not_found, fmt::format("No Experiment with id={} exists", run.experiment_id));
  if (place->lifecycle != "active")
    return fail(Code::invalid, fmt::format("The experiment {} must be in the 'active' state. Current state is {}.", experiment_id, place->lifecycle));
  TRY(engine.quotas.check_run(experiment_id));

  const auto name = name_of(run);
  const auto tags = first_tags(run, name);
  const RunInfo info{
      id, std::to_string(experiment_id), name, run.user, "RUNNING", run.start_ms, std::nullopt, "active", fmt::format("{}/{}/artifacts", place->location, id)};
  TRY(
      tx.exec_late("INSERT INTO runs (id, experiment_id, name, user_name, status, start_ms, end_ms, lifecycle, artifact_uri, ensure_key) "
                   "VALUES ($1, $2, $3, $4, 'RUNNING', $5, NULL, 'active', $6, $7)",
                   id, experiment_id, name, run.user, run.start_ms, info.artifact_uri, key.empty() ? sql::Value{} : sql::to_value(key)));
  TRY(insert_tags(tx, id, tags));
  TRY(governance::put_node(tx, {governance::urn("run", id), "run", name, now_ms, json::Object{{"experiment", run.experiment_id}}}));
  TRY(publish_run(tx, now_ms, "run.created", info));
  return Run{.info = info, .metrics = {}, .params = {}, .tags = tags, .datasets = {}, .outputs = {}};
}

Result<Run> Service::insert_run(sql::Tx& tx, const NewRun& run, std::string_view key) {
  return make_run(tx, *engine_, clock_.now_ms(), run, make_hex_id(), key);
}

Result<void> check_new_run(const NewRun& run) {
  for (const auto& tag : run.tags) {
    TRY(check_length("key", tag.key, kMaxKeyCharacters));
    if (tag.key == "mlflow.runName" && !run.name.empty() && tag.value != run.name) {
      return fail(
          Code::invalid,
          fmt::format("Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='{}', mlflow.runName='{}').",
                      run.name, tag.value));
    }
  }
  return {};
}

Result<Run> Service::create_run(const NewRun& run) {
  TRY(check_new_run(run));
  engine_->quotas.refresh(clock_.now_ms());
  return db_.write([&](sql::Tx& tx) { return insert_run(tx, run, ""); });
}

Result<Run> Service::ensure_run(std::string_view key, std::string_view experiment_name, const NewRun& run) {
  auto experiment = experiment_by_name(experiment_name);
  if (!experiment && experiment.error().code == Code::not_found) {
    const auto made = create_experiment(experiment_name, "", {});
    if (!made && made.error().code != Code::conflict) return std::unexpected(made.error());
    experiment = experiment_by_name(experiment_name);
  }
  if (!experiment) return std::unexpected(experiment.error());
  engine_->quotas.refresh(clock_.now_ms());
  return db_.write([&](sql::Tx& tx) -> Result<Run> {
    if (const auto there = TRY(tx.select_one<RunRow>(kSelect + " WHERE r.ensure_key = $1", key))) return whole_run(tx, *there);
    auto fresh = run;
    fresh.experiment_id = experiment->id;
    return insert_run(tx, fresh, key);
  });
}

Result<Run> Service::run(std::string_view id) {
  return db_.read([&](sql::Tx& tx) -> Result<Run> { return whole_run(tx, TRY(find(tx, id))); });
}

Result<RunInfo> Service::update_run(std::string_view id, const RunUpdate& update) {
  return db_.write([&](sql::Tx& tx) -> Result<RunInfo> {
    auto row = TRY(find_active(tx, id));
    if (update.status) TRY(note_status(tx, id, row.status, *update.status, clock_.now_ms()));
    if (update.status) row.status = *update.status;
    if (update.end_ms) row.end_ms = *update.end_ms > 0 ? update.end_ms : std::nullopt;
    if (update.name && !update.name->empty()) TRY(put_run_tags(tx, id, {{"mlflow.runName", row.name = *update.name}}));
    TRY(tx.exec_late("UPDATE runs SET status = $1, end_ms = $2, name = $3 WHERE id = $4", row.status, row.end_ms, row.name, id));
    if (update.status && *update.status != "RUNNING") TRY(publish_run(tx, clock_.now_ms(), "run.finished", row.info()));
    return row.info();
  });
}

Result<void> Service::set_run_deleted(std::string_view id, bool deleted) {
  const auto scales = TRY(Scales::of(db_, blobs_));
  const auto moves = TRY(deleted ? scales.active_run(id) : scales.run(id));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    const auto row = TRY(find(tx, id));
    if (!deleted) TRY(admit(tx, moves));
    if (deleted && row.lifecycle == "active") TRY(release(tx, moves));
    return deleted ? put_in_bin(tx, id, clock_.now_ms()) : take_from_bin(tx, id);
  });
}

Result<void> Service::delete_tag(std::string_view run_id, std::string_view key) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(check_active(tx, run_id));
    TRY(tx.exec("DELETE FROM run_tags WHERE run_id = $1 AND key = $2", run_id, key));
    if (tx.changed_rows() == 0) return fail(Code::not_found, fmt::format("No tag with name: {} in run with id {}", key, run_id));
    return {};
  });
}

}  // namespace gyre::tracking
