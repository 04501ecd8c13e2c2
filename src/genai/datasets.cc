// Evaluation datasets: their names, tags and experiments.
#include <fmt/format.h>

#include "genai/store.h"
#include "tracking/filter.h"

namespace gyre::genai {
namespace {

struct Row {
  std::string id, name, digest;
  std::int64_t created_ms, updated_ms;
  std::optional<std::string> created_by, updated_by, schema;
  std::int64_t records;
};

constexpr std::string_view kColumns =
    "SELECT d.id, d.name, d.digest, d.created_ms, d.updated_ms, d.created_by, d.updated_by, d.schema, "
    "(SELECT COUNT(*) FROM eval_records AS e WHERE e.dataset_id = d.id) FROM eval_datasets AS d ";

struct Note {
  std::string key, value;
};

struct Number {
  std::int64_t n;
};

Result<Dataset> with_tags(sql::Tx& tx, Row row) {
  Dataset dataset{.id = row.id,
                  .name = std::move(row.name),
                  .digest = std::move(row.digest),
                  .created_ms = row.created_ms,
                  .updated_ms = row.updated_ms,
                  .created_by = std::move(row.created_by),
                  .updated_by = std::move(row.updated_by),
                  .records = row.records};
  if (row.schema) dataset.schema = TRY(json::parse(*row.schema));
  for (auto& tag : TRY(tx.select<Note>("SELECT key, value FROM eval_dataset_tags WHERE dataset_id = $1", row.id)))
    dataset.tags[std::move(tag.key)] = std::move(tag.value);
  return dataset;
}

Result<std::optional<Dataset>> find(sql::Tx& tx, std::string_view id) {
  auto row = TRY(tx.select_one<Row>(fmt::format("{}WHERE d.id = $1", kColumns), id));
  if (!row) return std::nullopt;
  return TRY(with_tags(tx, std::move(*row)));
}

// The calls about experiments have words of their own for one that is not there.
Result<void> check_there(sql::Tx& tx, std::string_view id) {
  if (TRY(tx.select_one<Number>("SELECT 1 FROM eval_datasets WHERE id = $1", id))) return {};
  return fail(Code::not_found, fmt::format("Dataset '{:.80}' not found", id));
}

Result<void> check_tags(const Words& tags) {
  for (const auto& [key, value] : tags) {
    if (key.empty()) return fail(Code::invalid, "a tag's key cannot be empty");
    TRY(check_text("key", key, kMaxName));
    TRY(check_text("value", value, kMaxTagValue));
  }
  return {};
}

Result<void> put_tags(sql::Tx& tx, std::string_view id, const Words& tags) {
  constexpr std::string_view kInto[] = {"dataset_id", "key", "value"};
  std::vector<sql::Value> rows;
  for (const auto& [key, value] : tags) rows.insert(rows.end(), {sql::to_value(id), sql::to_value(key), sql::to_value(value)});
  return tx.insert_many("eval_dataset_tags", kInto, rows, "ON CONFLICT (dataset_id, key) DO UPDATE SET value = excluded.value");
}

Result<void> put_experiments(sql::Tx& tx, std::string_view id, const std::vector<std::string>& experiment_ids) {
  for (const auto& experiment : experiment_ids) {
    const auto number = experiment_number(experiment);
    if (!number) return fail(Code::not_found, fmt::format("No Experiment with id={:.80}", experiment));
    TRY(check_experiment(tx, *number, experiment));
    TRY(tx.exec("INSERT INTO eval_dataset_experiments (dataset_id, experiment_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", id, *number));
  }
  return {};
}

Result<void> check_experiments(const std::vector<std::string>& ids) {
  if (ids.size() > kMaxExperiments) return fail(Code::invalid, fmt::format("at most {} experiments are named at once", kMaxExperiments));
  return {};
}

const tracking::Fields& fields() {
  static const tracking::Fields kFields = [] {
    tracking::Fields made;
    made.texts = {{"name", "d.name"}, {"created_by", "d.created_by"}, {"last_updated_by", "d.updated_by"}};
    made.times = {{"created_time", "d.created_ms"}, {"last_update_time", "d.updated_ms"}};
    made.text_entities = {{"tag", "SELECT value FROM eval_dataset_tags WHERE dataset_id = d.id AND key = {}"}};
    return made;
  }();
  return kFields;
}

}  // namespace

Result<Dataset> get_dataset(sql::Tx& tx, std::string_view id) {
  auto found = TRY(find(tx, id));
  if (!found) return fail(Code::not_found, fmt::format("Evaluation dataset with id '{:.80}' not found", id));
  return std::move(*found);
}

Result<Dataset> Service::create_dataset(std::string_view name, const std::vector<std::string>& experiment_ids, const Words& tags) {
  if (name.empty()) return fail(Code::invalid, "Missing value for required parameter 'name'.");
  TRY(check_text("name", name, kMaxName));
  TRY(check_tags(tags));
  TRY(check_experiments(experiment_ids));
  const auto id = "d-" + make_hex_id();
  const auto user = tags.find(std::string(kUserTag));
  const auto by = user == tags.end() ? std::nullopt : std::optional(user->second);
  return db_.write([&](sql::Tx& tx) -> Result<Dataset> {
    const auto now_ms = clock_.now_ms();
    TRY(tx.exec(
        "INSERT INTO eval_datasets (id, name, digest, created_ms, updated_ms, created_by, updated_by, schema, last_seq) VALUES ($1, $2, $3, $4, $5, $6, $7, "
        "NULL, 0)",
        id, name, digest_of(name, now_ms), now_ms, now_ms, by, by));
    TRY(put_tags(tx, id, tags));
    TRY(put_experiments(tx, id, experiment_ids));
    auto made = TRY(get_dataset(tx, id));
    made.experiment_ids = experiment_ids;
    return made;
  });
}

Result<Dataset> Service::dataset(std::string_view id) {
  return db_.read([&](sql::Tx& tx) { return get_dataset(tx, id); });
}

Result<void> Service::delete_dataset(std::string_view id) {
  return db_.write([&](sql::Tx& tx) { return tx.exec("DELETE FROM eval_datasets WHERE id = $1", id); });
}

Result<Page<Dataset>> Service::search_datasets(const Search& search) {
  TRY(check_page(search.limit, kMaxSearchResults));
  TRY(check_experiments(search.experiment_ids));
  const tracking::FilterContext context{db_.dialect(), clock_.now_ms()};
  const auto where = TRY(tracking::compile(search.filter, fields(), 1, context));
  const auto order = TRY(tracking::order_clause(search.order_by, fields(), "d.created_ms DESC, d.id DESC", where.values.size() + 1, context));
  auto args = where.args();
  for (const auto& value : order.args()) args.push_back(value);
  std::string within = "1 = 1";
  if (!search.experiment_ids.empty()) {
    within = fmt::format("d.id IN (SELECT dataset_id FROM eval_dataset_experiments WHERE experiment_id IN ({}))",
                         sql::places(search.experiment_ids.size(), args.size() + 1));
    for (const auto& id : search.experiment_ids) args.push_back(sql::to_value(TRY(experiment_number(id))));
  }
  args.push_back(sql::to_value(search.limit + 1));
  args.push_back(sql::to_value(search.offset));
  const auto text = fmt::format("{}WHERE {} AND {} ORDER BY {} LIMIT ${} OFFSET ${}", kColumns, where.text, within, order.text, args.size() - 1, args.size());
  return db_.read([&](sql::Tx& tx) -> Result<Page<Dataset>> {
    std::vector<Row> rows;
    TRY(tx.run_with(text, args, [&](std::span<const sql::Value> row) { rows.push_back(sql::to_record<Row>(row)); }));
    Page<Dataset> page;
    if (static_cast<std::int64_t>(rows.size()) > search.limit) {
      rows.pop_back();
      page.next_offset = search.offset + search.limit;
    }
    for (auto& row : rows) page.rows.push_back(TRY(with_tags(tx, std::move(row))));
    return page;
  });
}

Result<void> Service::set_dataset_tags(std::string_view id, const Words& tags) {
  TRY(check_tags(tags));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    if (!TRY(tx.select_one<Number>("SELECT 1 FROM eval_datasets WHERE id = $1", id)))
      return fail(Code::not_found, fmt::format("Could not find evaluation dataset with ID {:.80}", id));
    return put_tags(tx, id, tags);
  });
}

Result<void> Service::delete_dataset_tag(std::string_view id, std::string_view key) {
  return db_.write([&](sql::Tx& tx) { return tx.exec("DELETE FROM eval_dataset_tags WHERE dataset_id = $1 AND key = $2", id, key); });
}

Result<std::vector<std::string>> Service::dataset_experiments(std::string_view id) {
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<std::string>> {
    TRY(get_dataset(tx, id));
    std::vector<std::string> ids;
    for (const auto& row : TRY(tx.select<Number>("SELECT experiment_id FROM eval_dataset_experiments WHERE dataset_id = $1 ORDER BY experiment_id", id)))
      ids.push_back(std::to_string(row.n));
    return ids;
  });
}

Result<Dataset> Service::add_experiments(std::string_view id, const std::vector<std::string>& experiment_ids) {
  TRY(check_experiments(experiment_ids));
  return db_.write([&](sql::Tx& tx) -> Result<Dataset> {
    TRY(check_there(tx, id));
    TRY(put_experiments(tx, id, experiment_ids));
    TRY(tx.exec("UPDATE eval_datasets SET updated_ms = $1 WHERE id = $2", clock_.now_ms(), id));
    return get_dataset(tx, id);
  });
}

Result<Dataset> Service::remove_experiments(std::string_view id, const std::vector<std::string>& experiment_ids) {
  TRY(check_experiments(experiment_ids));
  return db_.write([&](sql::Tx& tx) -> Result<Dataset> {
    TRY(check_there(tx, id));
    std::int64_t removed = 0;
    for (const auto& experiment : experiment_ids) {
      const auto number = experiment_number(experiment);
      if (!number) continue;  // what is no experiment's id belongs to none of them
      TRY(tx.exec("DELETE FROM eval_dataset_experiments WHERE dataset_id = $1 AND experiment_id = $2", id, *number));
      removed += tx.changed_rows();
    }
    if (removed > 0) TRY(tx.exec("UPDATE eval_datasets SET updated_ms = $1 WHERE id = $2", clock_.now_ms(), id));
    return get_dataset(tx, id);
  });
}

}  // namespace gyre::genai
