#include <fmt/format.h>

#include "base/decode.h"
#include "governance/governance.h"
#include "storage/sql/outbox.h"
#include "tracking/engine.h"
#include "tracking/filter.h"
#include "tracking/metrics.h"
#include "tracking/rules.h"
#include "tracking/tracking.h"

namespace gyre::tracking {

BOOST_DESCRIBE_STRUCT(Tag, (), (key, value))
BOOST_DESCRIBE_STRUCT(DatasetInput, (), (name, digest, source_type, source, schema, profile, tags))

namespace {

constexpr auto kColumns = "SELECT id, experiment_id, name, user_name, status, start_ms, end_ms, lifecycle, artifact_uri FROM runs AS r ";

struct Row {
  std::string id;
  std::int64_t experiment_id;
  std::string name, user, status;
  std::int64_t start_ms;
  std::optional<std::int64_t> end_ms;
  std::string lifecycle, artifact_uri;
  RunInfo info() const { return {id, std::to_string(experiment_id), name, user, status, start_ms, end_ms, lifecycle, artifact_uri}; }
};

struct MetricRow {
  std::string key;
  std::optional<double> value;
  std::int64_t at_ms, step;
};

struct Body {
  std::string body;
};

Result<Row> find(sql::Tx& tx, std::string_view id) {
  auto row = TRY(tx.select_one<Row>(std::string(kColumns) + "WHERE id = $1", id));
  if (!row) return fail(Code::not_found, fmt::format("Run with id={} not found", id));
  return std::move(*row);
}

Result<Row> find_active(sql::Tx& tx, std::string_view id) {
  auto row = TRY(find(tx, id));
  if (row.lifecycle != "active") return fail(Code::invalid, fmt::format("The run {} must be in the 'active' state. Current state is {}.", id, row.lifecycle));
  return row;
}

Result<Run> with_data(sql::Tx& tx, const Row& row) {
  Run run{.info = row.info(), .metrics = {}, .params = {}, .tags = {}, .datasets = {}, .outputs = {}};
  for (auto& m : TRY(tx.select<MetricRow>("SELECT key, latest_value, latest_at_ms, latest_step FROM metric_series WHERE run_id = $1 ORDER BY key", row.id))) {
    run.metrics.push_back({std::move(m.key), m.value.value_or(std::numeric_limits<double>::quiet_NaN()), m.at_ms, m.step});
  }
  run.params = TRY(tx.select<Param>("SELECT key, value FROM run_params WHERE run_id = $1 ORDER BY key", row.id));
  run.tags = TRY(tx.select<Tag>("SELECT key, value FROM run_tags WHERE run_id = $1 ORDER BY key", row.id));
  for (const auto& dataset : TRY(tx.select<Body>("SELECT body FROM run_datasets WHERE run_id = $1 ORDER BY name, digest", row.id))) {
    run.datasets.push_back(TRY(json::decode_text<DatasetInput>(dataset.body)));
  }
  run.outputs = TRY(tx.select<ModelOutput>("SELECT model_id, step FROM run_outputs WHERE run_id = $1 ORDER BY model_id", row.id));
  return run;
}

Result<void> put_tags(sql::Tx& tx, std::string_view run_id, const std::vector<Tag>& tags) {
  for (const auto& tag : tags) {
    TRY(tx.exec("INSERT INTO run_tags (run_id, key, value) VALUES ($1, $2, $3) ON CONFLICT (run_id, key) DO UPDATE SET value = excluded.value", run_id, tag.key, tag.value));
    if (tag.key == "mlflow.runName") TRY(tx.exec("UPDATE runs SET name = $1 WHERE id = $2", tag.value, run_id));
  }
  return {};
}

Result<void> put_params(sql::Tx& tx, std::string_view run_id, const std::vector<Param>& params) {
  for (const auto& param : params) {
    TRY(tx.exec("INSERT INTO run_params (run_id, key, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", run_id, param.key, param.value));
    if (tx.changed_rows() > 0) continue;
    const auto there = TRY(tx.select_one<Body>("SELECT value FROM run_params WHERE run_id = $1 AND key = $2", run_id, param.key));
    if (there && there->body != param.value) {
      return fail(Code::invalid, fmt::format("Changing param values is not allowed. Param with key='{}' was already logged with value='{}' for run ID='{}'. Attempted logging new value '{}'.",
                                             param.key, there->body, run_id, param.value));
    }
  }
  return {};
}

// Which runs a search means, as a condition on `runs AS r`.
struct Chosen {
  Condition filter;
  std::vector<std::int64_t> experiments;  // none: no run
  std::string text;
  std::vector<sql::Value> args() const {
    auto args = filter.args();
    for (const auto id : experiments) args.push_back(sql::to_value(id));
    return args;
  }
};

Result<Chosen> choose(const Search& search) {
  Chosen chosen{TRY(compile(search.filter, run_fields())), {}, ""};
  std::string places;
  auto place = chosen.filter.values.size();
  for (const auto& id : search.experiment_ids) {
    const auto number = parse_experiment_id(id);
    if (!number) continue;
    chosen.experiments.push_back(*number);
    places += fmt::format("{}${}", places.empty() ? "" : ", ", ++place);
  }
  chosen.text = fmt::format("r.experiment_id IN ({}) AND {} AND {}", places, lifecycle_condition("r.lifecycle", search.view), chosen.filter.text);
  return chosen;
}

Result<void> publish(sql::Tx& tx, TimeMs now_ms, std::string_view topic, const RunInfo& info) {
  return outbox::publish(tx, now_ms, topic, governance::urn("run", info.id),
                         json::Object{{"run", info.id}, {"experiment", info.experiment_id}, {"name", info.name}, {"status", info.status}});
}

}  // namespace

Result<Run> Service::insert_run(sql::Tx& tx, const NewRun& run, std::string_view key) {
  struct Place {
    std::string location, lifecycle;
  };
  const auto experiment_id = TRY(parse_experiment_id(run.experiment_id.empty() ? "0" : run.experiment_id));
  const auto place = TRY(tx.select_one<Place>("SELECT artifact_location, lifecycle FROM experiments WHERE id = $1", experiment_id));
  if (!place) return fail(Code::not_found, fmt::format("No Experiment with id={} exists", run.experiment_id));
  if (place->lifecycle != "active") return fail(Code::invalid, fmt::format("The experiment {} must be in the 'active' state. Current state is {}.", experiment_id, place->lifecycle));

  const auto id = make_hex_id();
  auto tags = run.tags;
  std::string name = run.name;
  for (const auto& tag : tags) {
    if (tag.key == "mlflow.runName" && name.empty()) name = tag.value;
  }
  if (name.empty()) name = invent_run_name();
  tags.push_back({"mlflow.runName", name});
  const auto now_ms = clock_.now_ms();
  TRY(tx.exec("INSERT INTO runs (id, experiment_id, name, user_name, status, start_ms, end_ms, lifecycle, artifact_uri, ensure_key) "
              "VALUES ($1, $2, $3, $4, 'RUNNING', $5, NULL, 'active', $6, $7)",
              id, experiment_id, name, run.user, run.start_ms, fmt::format("{}/{}/artifacts", place->location, id), key.empty() ? sql::Value{} : sql::to_value(key)));
  TRY(put_tags(tx, id, tags));
  const auto row = TRY(find(tx, id));
  TRY(governance::put_node(tx, {governance::urn("run", id), "run", name, now_ms, json::Object{{"experiment", run.experiment_id}}}));
  TRY(publish(tx, now_ms, "run.created", row.info()));
  return with_data(tx, row);
}

Result<Run> Service::create_run(const NewRun& run) {
  for (const auto& tag : run.tags) {
    TRY(check_key("tag", tag.key));
    if (tag.key == "mlflow.runName" && !run.name.empty() && tag.value != run.name) {
      return fail(Code::invalid, fmt::format("Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='{}', mlflow.runName='{}').", run.name, tag.value));
    }
  }
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
  return db_.write([&](sql::Tx& tx) -> Result<Run> {
    if (const auto there = TRY(tx.select_one<Row>(std::string(kColumns) + "WHERE ensure_key = $1", key))) return with_data(tx, *there);
    auto fresh = run;
    fresh.experiment_id = experiment->id;
    return insert_run(tx, fresh, key);
  });
}

Result<Run> Service::run(std::string_view id) {
  return db_.read([&](sql::Tx& tx) -> Result<Run> { return with_data(tx, TRY(find(tx, id))); });
}

Result<RunInfo> Service::update_run(std::string_view id, const RunUpdate& update) {
  return db_.write([&](sql::Tx& tx) -> Result<RunInfo> {
    auto row = TRY(find_active(tx, id));
    if (update.status) row.status = *update.status;
    if (update.end_ms) row.end_ms = *update.end_ms;
    if (update.name && !update.name->empty()) TRY(put_tags(tx, id, {{"mlflow.runName", row.name = *update.name}}));
    TRY(tx.exec("UPDATE runs SET status = $1, end_ms = $2, name = $3 WHERE id = $4", row.status, row.end_ms, row.name, id));
    if (update.status && *update.status != "RUNNING") TRY(publish(tx, clock_.now_ms(), "run.finished", row.info()));
    return row.info();
  });
}

Result<void> Service::set_run_deleted(std::string_view id, bool deleted) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(find(tx, id));
    return tx.exec("UPDATE runs SET lifecycle = $1 WHERE id = $2", deleted ? "deleted" : "active", id);
  });
}

Result<Page<Run>> Service::search_runs(const Search& search) {
  const auto chosen = TRY(choose(search));
  if (chosen.experiments.empty()) return Page<Run>{};
  const auto order = TRY(order_clause(search.order_by, run_fields(), "r.start_ms DESC, r.id"));
  auto args = chosen.args();
  args.push_back(sql::to_value(search.limit + 1));
  args.push_back(sql::to_value(search.offset));
  const auto text = fmt::format("{} WHERE {} ORDER BY {} LIMIT ${} OFFSET ${}", kColumns, chosen.text, order, args.size() - 1, args.size());
  return db_.read([&](sql::Tx& tx) -> Result<Page<Run>> {
    std::vector<Row> rows;
    TRY(tx.run_with(text, args, [&](std::span<const sql::Value> row) { rows.push_back(sql::to_record<Row>(row)); }));
    Page<Run> page;
    if (static_cast<std::int64_t>(rows.size()) > search.limit) {
      rows.pop_back();
      page.next_offset = search.offset + search.limit;
    }
    for (const auto& row : rows) page.rows.push_back(TRY(with_data(tx, row)));
    return page;
  });
}

Result<std::int64_t> Service::count_runs(const Search& search) {
  const auto chosen = TRY(choose(search));
  if (chosen.experiments.empty()) return 0;
  return db_.read([&](sql::Tx& tx) -> Result<std::int64_t> {
    std::int64_t n = 0;
    TRY(tx.run_with(fmt::format("SELECT COUNT(*) FROM runs AS r WHERE {}", chosen.text), chosen.args(), [&](std::span<const sql::Value> row) { sql::from_value(row[0], n); }));
    return n;
  });
}

Result<void> Service::log_batch(std::string_view run_id, const Batch& batch) {
  TRY(check(batch));
  const auto points = static_cast<std::int64_t>(batch.metrics.size());
  const auto first_id = points > 0 ? TRY(engine_->ids.take(points + 1)) : 0;
  std::int64_t series = 0;
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(find_active(tx, run_id));
    TRY(put_params(tx, run_id, batch.params));
    series = TRY(append_metrics(tx, run_id, batch.metrics, first_id));
    return put_tags(tx, run_id, batch.tags);
  }));
  if (points > 0) engine_->book.logged(run_id, points, series, clock_.now_ms());
  return {};
}

Result<void> Service::delete_tag(std::string_view run_id, std::string_view key) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(find_active(tx, run_id));
    TRY(tx.exec("DELETE FROM run_tags WHERE run_id = $1 AND key = $2", run_id, key));
    if (tx.changed_rows() == 0) return fail(Code::not_found, fmt::format("No tag with name: {} in run with id {}", key, run_id));
    return {};
  });
}

Result<void> Service::log_inputs(std::string_view run_id, const std::vector<DatasetInput>& datasets) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(find_active(tx, run_id));
    for (const auto& dataset : datasets) {
      TRY(tx.exec("INSERT INTO run_datasets (run_id, digest, name, body) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", run_id, dataset.digest, dataset.name, json::encode(dataset)));
    }
    return {};
  });
}

Result<void> Service::log_outputs(std::string_view run_id, const std::vector<ModelOutput>& outputs) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(find_active(tx, run_id));
    for (const auto& output : outputs) TRY(tx.exec("INSERT INTO run_outputs (run_id, model_id, step) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", run_id, output.model_id, output.step));
    return {};
  });
}

}  // namespace gyre::tracking
