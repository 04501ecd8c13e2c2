// Experiments, runs and what they say of themselves.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "exchange/mlflow_database.h"

namespace gyre::exchange {
namespace {

constexpr std::int64_t kPage = 500;  // runs

struct Page {
  std::vector<Run> runs;
  std::unordered_map<std::string, std::size_t> place;  // by id
  std::string first, last;
  Run* find(const std::string& id) {
    const auto at = place.find(id);
    return at == place.end() ? nullptr : &runs[at->second];
  }
};

std::string run_columns(const MlflowTables& tables) {
  std::string list;
  for (const auto& [name, otherwise] : std::initializer_list<std::pair<std::string_view, std::string_view>>{{"run_uuid", "''"},
                                                                                                            {"experiment_id", "0"},
                                                                                                            {"name", "''"},
                                                                                                            {"user_id", "''"},
                                                                                                            {"status", "'FINISHED'"},
                                                                                                            {"start_time", "0"},
                                                                                                            {"end_time", "NULL"},
                                                                                                            {"lifecycle_stage", "'active'"},
                                                                                                            {"artifact_uri", "''"}})
    list += fmt::format("{}{}", list.empty() ? "" : ", ", tables.column("runs", name, otherwise));
  return list;
}

Run run_of(Row row) {
  Run run{.info = {text_of(row[0]), text_of(row[1]), text_of(row[2]), text_of(row[3]), text_of(row[4]), whole_of(row[5]), maybe_whole(row[6]), text_of(row[7]),
                   text_of(row[8])},
          .metrics = {},
          .params = {},
          .tags = {},
          .datasets = {},
          .outputs = {}};
  if (run.info.lifecycle != "deleted") run.info.lifecycle = "active";
  if (run.info.status.empty()) run.info.status = "FINISHED";
  return run;
}

Result<Page> read_page(const MlflowTables& tables, const std::string& after) {
  Page page;
  const sql::Value args[] = {sql::to_value(after), sql::to_value(kPage)};
  TRY(tables.all(fmt::format(R"(SELECT {} FROM "runs" WHERE "run_uuid" > $1 ORDER BY "run_uuid" LIMIT $2)", run_columns(tables)), args, [&](Row row) {
    page.runs.push_back(run_of(row));
    page.place.emplace(page.runs.back().info.id, page.runs.size() - 1);
  }));
  if (page.runs.empty()) return page;
  page.first = page.runs.front().info.id;
  page.last = page.runs.back().info.id;
  return page;
}

// Rows of (run, key, value) of the page's runs.
Result<void> add_pairs(const MlflowTables& tables, Page& page, std::string_view table, std::vector<tracking::Tag> Run::* member) {
  if (!tables.has(table)) return {};
  const sql::Value args[] = {sql::to_value(page.first), sql::to_value(page.last)};
  return tables.all(fmt::format(R"(SELECT "run_uuid", "key", "value" FROM "{}" WHERE "run_uuid" >= $1 AND "run_uuid" <= $2)", table), args, [&](Row row) {
    if (auto* run = page.find(text_of(row[0]))) (run->*member).push_back({text_of(row[1]), text_of(row[2])});
  });
}

// Edges are kept by ids of their own: DATASET -> RUN, and a run's models.
Result<void> add_datasets(const MlflowTables& tables, Page& page) {
  if (!tables.has("inputs") || !tables.has("datasets")) return {};
  const sql::Value args[] = {sql::to_value(page.first), sql::to_value(page.last)};
  std::unordered_map<std::string, std::pair<Run*, std::size_t>> by_input;
  TRY(tables.all(
      R"(SELECT i."destination_id", i."input_uuid", d."name", d."digest", d."dataset_source_type", d."dataset_source", d."dataset_schema", d."dataset_profile" FROM "inputs" AS i JOIN "datasets" AS d ON d."dataset_uuid" = i."source_id" WHERE i."source_type" = 'DATASET' AND i."destination_type" = 'RUN' AND i."destination_id" >= $1 AND i."destination_id" <= $2)",
      args, [&](Row row) {
        auto* run = page.find(text_of(row[0]));
        if (!run) return;
        run->datasets.push_back({text_of(row[2]), text_of(row[3]), text_of(row[4]), text_of(row[5]), text_of(row[6]), text_of(row[7]), {}});
        by_input[text_of(row[1])] = {run, run->datasets.size() - 1};
      }));
  if (!tables.has("input_tags")) return {};
  return tables.all(
      R"(SELECT t."input_uuid", t."name", t."value" FROM "input_tags" AS t JOIN "inputs" AS i ON i."input_uuid" = t."input_uuid" WHERE i."destination_id" >= $1 AND i."destination_id" <= $2 ORDER BY t."name")",
      args, [&](Row row) {
        const auto at = by_input.find(text_of(row[0]));
        if (at != by_input.end()) at->second.first->datasets[at->second.second].tags.push_back({text_of(row[1]), text_of(row[2])});
      });
}

Result<void> add_models(const MlflowTables& tables, Page& page) {
  if (!tables.has("inputs")) return {};
  const sql::Value args[] = {sql::to_value(page.first), sql::to_value(page.last)};
  const auto text = fmt::format(
      R"(SELECT "source_id", "source_type", "destination_id", {} FROM "inputs" WHERE "source_type" IN ('RUN_INPUT', 'RUN_OUTPUT') AND "source_id" >= $1 AND "source_id" <= $2)",
      tables.column("inputs", "step", "0"));
  return tables.all(text, args, [&](Row row) {
    auto* run = page.find(text_of(row[0]));
    if (!run) return;
    if (text_of(row[1]) == "RUN_OUTPUT") {
      run->outputs.push_back({text_of(row[2]), whole_of(row[3])});
    } else {
      run->model_inputs.push_back(text_of(row[2]));
    }
  });
}

// Before 1.30 a run's name stands in a tag alone.
void name_run(Run& run) {
  const auto tag = std::ranges::find(run.tags, "mlflow.runName", &tracking::Tag::key);
  if (run.info.name.empty() && tag != run.tags.end()) run.info.name = tag->value;
}

}  // namespace

Result<void> read_experiments(MlflowReading& reading) {
  const auto& tables = reading.tables;
  std::vector<Experiment> all;
  TRY(tables.all(fmt::format(R"(SELECT "experiment_id", "name", {}, {}, {}, {} FROM "experiments" ORDER BY "experiment_id")",
                             tables.column("experiments", "artifact_location", "''"), tables.column("experiments", "lifecycle_stage", "'active'"),
                             tables.column("experiments", "creation_time", "0"), tables.column("experiments", "last_update_time", "0")),
                 {}, [&](Row row) {
                   all.push_back({text_of(row[0]), text_of(row[1]), text_of(row[2]), text_of(row[3]), whole_of(row[4]), whole_of(row[5]), {}});
                   if (all.back().lifecycle != "deleted") all.back().lifecycle = "active";
                 }));
  if (tables.has("experiment_tags")) {
    TRY(tables.all(R"(SELECT "experiment_id", "key", "value" FROM "experiment_tags" ORDER BY "key")", {}, [&](Row row) {
      const auto at = std::ranges::find(all, text_of(row[0]), &Experiment::id);
      if (at != all.end()) at->tags.push_back({text_of(row[1]), text_of(row[2])});
    }));
  }
  for (auto& experiment : all) {
    reading.experiment_roots[experiment.id] = experiment.artifact_location;
    TRY(reading.sink.record(std::move(experiment)));
  }
  return {};
}

Result<void> read_runs(MlflowReading& reading) {
  for (std::string after;;) {
    auto page = TRY(read_page(reading.tables, after));
    if (page.runs.empty()) return {};
    TRY(add_pairs(reading.tables, page, "params", &Run::params));
    TRY(add_pairs(reading.tables, page, "tags", &Run::tags));
    TRY(add_datasets(reading.tables, page));
    TRY(add_models(reading.tables, page));
    after = page.last;
    for (auto& run : page.runs) {
      const Owner owner{Thing::run, run.info.experiment_id, run.info.id};
      const auto uri = run.info.artifact_uri;
      name_run(run);
      TRY(reading.sink.record(std::move(run)));
      TRY(tell_folder(reading, owner, uri));
    }
  }
}

}  // namespace gyre::exchange
