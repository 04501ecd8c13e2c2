#include <fmt/format.h>

#include "tracking/filter.h"
#include "tracking/rules.h"
#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

struct Row {
  std::string id;
  std::int64_t experiment_id;
  std::string name, type, source_run_id, status, artifact_uri;
  std::int64_t created_ms, updated_ms;
};

constexpr auto kColumns = "SELECT id, experiment_id, name, type, source_run_id, status, artifact_uri, created_ms, updated_ms FROM logged_models AS m ";

Result<LoggedModel> with_data(sql::Tx& tx, const Row& row) {
  LoggedModel model{row.id, std::to_string(row.experiment_id), row.name, row.type, row.source_run_id, row.status, row.artifact_uri, row.created_ms, row.updated_ms, {}, {}};
  model.params = TRY(tx.select<Tag>("SELECT key, value FROM logged_model_params WHERE model_id = $1 ORDER BY key", row.id));
  model.tags = TRY(tx.select<Tag>("SELECT key, value FROM logged_model_tags WHERE model_id = $1 ORDER BY key", row.id));
  return model;
}

Result<void> put(sql::Tx& tx, std::string_view table, std::string_view id, const std::vector<Tag>& pairs) {
  const auto text = fmt::format("INSERT INTO {} (model_id, key, value) VALUES ($1, $2, $3) ON CONFLICT (model_id, key) DO UPDATE SET value = excluded.value", table);
  for (const auto& pair : pairs) TRY(tx.exec(text, id, pair.key, pair.value));
  return {};
}

}  // namespace

Result<LoggedModel> Service::read_logged_model(sql::Tx& tx, std::string_view id) {
  const auto row = TRY(tx.select_one<Row>(std::string(kColumns) + "WHERE id = $1", id));
  if (!row) return fail(Code::not_found, fmt::format("Logged model with ID '{}' not found.", id));
  return with_data(tx, *row);
}

Result<LoggedModel> Service::create_logged_model(const LoggedModel& model) {
  const auto experiment = TRY(this->experiment(model.experiment_id));
  const auto id = "m-" + make_hex_id();
  return db_.write([&](sql::Tx& tx) -> Result<LoggedModel> {
    const auto now_ms = clock_.now_ms();
    const auto name = model.name.empty() ? invent_run_name() : model.name;
    TRY(tx.exec("INSERT INTO logged_models (id, experiment_id, name, type, source_run_id, status, artifact_uri, created_ms, updated_ms) VALUES ($1, $2, $3, $4, $5, 'PENDING', $6, $7, $8)", id,
                TRY(parse_experiment_id(experiment.id)), name, model.type, model.source_run_id, fmt::format("{}/models/{}/artifacts", experiment.artifact_location, id), now_ms, now_ms));
    TRY(put(tx, "logged_model_params", id, model.params));
    TRY(put(tx, "logged_model_tags", id, model.tags));
    return read_logged_model(tx, id);
  });
}

Result<LoggedModel> Service::logged_model(std::string_view id) {
  return db_.read([&](sql::Tx& tx) { return read_logged_model(tx, id); });
}

Result<LoggedModel> Service::set_logged_model_status(std::string_view id, std::string_view status) {
  return db_.write([&](sql::Tx& tx) -> Result<LoggedModel> {
    TRY(tx.exec("UPDATE logged_models SET status = $1, updated_ms = $2 WHERE id = $3", status, clock_.now_ms(), id));
    return read_logged_model(tx, id);
  });
}

Result<LoggedModel> Service::add_to_logged_model(std::string_view id, const std::vector<Tag>& params, const std::vector<Tag>& tags) {
  return db_.write([&](sql::Tx& tx) -> Result<LoggedModel> {
    TRY(read_logged_model(tx, id));
    TRY(put(tx, "logged_model_params", id, params));
    TRY(put(tx, "logged_model_tags", id, tags));
    return read_logged_model(tx, id);
  });
}

Result<void> Service::delete_logged_model_tag(std::string_view id, std::string_view key) {
  return db_.write([&](sql::Tx& tx) { return tx.exec("DELETE FROM logged_model_tags WHERE model_id = $1 AND key = $2", id, key); });
}

Result<Page<LoggedModel>> Service::search_logged_models(const Search& search) {
  const FilterContext context{db_.dialect(), clock_.now_ms()};
  const auto where = TRY(compile(search.filter, logged_model_fields(), 1, context));
  auto args = where.args();
  std::string places;
  for (const auto& id : search.experiment_ids) {
    args.push_back(sql::to_value(TRY(parse_experiment_id(id))));
    places += fmt::format("{}${}", places.empty() ? "" : ", ", args.size());
  }
  if (places.empty()) return Page<LoggedModel>{};
  args.push_back(sql::to_value(search.limit + 1));
  args.push_back(sql::to_value(search.offset));
  const auto text = fmt::format("{} WHERE m.experiment_id IN ({}) AND {} ORDER BY m.created_ms DESC, m.id LIMIT ${} OFFSET ${}", kColumns, places, where.text, args.size() - 1, args.size());
  return db_.read([&](sql::Tx& tx) -> Result<Page<LoggedModel>> {
    std::vector<Row> rows;
    TRY(tx.run_with(text, args, [&](std::span<const sql::Value> row) { rows.push_back(sql::to_record<Row>(row)); }));
    Page<LoggedModel> page;
    if (static_cast<std::int64_t>(rows.size()) > search.limit) {
      rows.pop_back();
      page.next_offset = search.offset + search.limit;
    }
    for (const auto& row : rows) page.rows.push_back(TRY(with_data(tx, row)));
    return page;
  });
}

}  // namespace gyre::tracking
