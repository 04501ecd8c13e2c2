#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tracking/bin.h"
#include "tracking/engine.h"
#include "tracking/filter.h"
#include "tracking/metrics.h"
#include "tracking/names.h"
#include "tracking/quota_return.h"
#include "tracking/rules.h"
#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

struct Row {
  std::int64_t id;
  std::string name, artifact_location, lifecycle;
  std::int64_t created_ms, updated_ms;
};

constexpr std::size_t kMaxNameCharacters = 500, kMaxLocationBytes = 2048;

constexpr auto kColumns = "SELECT id, name, artifact_location, lifecycle, created_ms, updated_ms FROM experiments ";

Result<Experiment> to_experiment(sql::Tx& tx, const Row& row) {
  auto tags = TRY(tx.select<Tag>("SELECT key, value FROM experiment_tags WHERE experiment_id = $1 ORDER BY key", row.id));
  return Experiment{std::to_string(row.id), row.name, row.artifact_location, row.lifecycle, row.created_ms, row.updated_ms, std::move(tags)};
}

Result<Row> find(sql::Tx& tx, std::string_view id) {
  auto row = TRY(tx.select_one<Row>(std::string(kColumns) + "WHERE id = $1", TRY(parse_experiment_id(id))));
  if (!row) return fail(Code::not_found, fmt::format("No Experiment with id={} exists", id));
  return std::move(*row);
}

Result<Row> find_active(sql::Tx& tx, std::string_view id) {
  auto row = TRY(find(tx, id));
  if (row.lifecycle != "active")
    return fail(Code::invalid, fmt::format("The experiment {} must be in the 'active' state. Current state is {}.", id, row.lifecycle));
  return row;
}

Result<void> check_location(std::string_view location) {
  if (location.starts_with("runs:")) return fail(Code::invalid, fmt::format("Artifact location cannot be a runs:/ URI. Given: '{:.300}'", location));
  const auto query = std::min(location.find('?'), location.size());
  if (location.substr(query).contains("..")) return fail(Code::invalid, "Invalid query string");
  if (location.size() <= kMaxLocationBytes) return {};
  return fail(Code::invalid,
              fmt::format("Invalid artifact path length. The length of the artifact path cannot be greater than {} characters.", kMaxLocationBytes));
}

Result<void> check_experiment_tag(const Tag& tag) {
  TRY(check_name("key", tag.key));
  TRY(check_length("key", tag.key, kMaxKeyCharacters));
  return check_length("value", tag.value, kMaxExperimentTagCharacters);
}

Result<std::int64_t> insert(sql::Tx& tx, std::string_view name, std::string_view artifact_location, TimeMs now_ms) {
  struct Last {
    std::int64_t id;
  };
  const auto last = TRY(tx.select_one<Last>("SELECT MAX(id) FROM experiments HAVING COUNT(*) > 0"));
  const auto purged = TRY(tx.select_one<Last>("SELECT next FROM metric_ids WHERE name = $1", kExperimentIds)).value_or(Last{0});  // no id is given twice
  const std::int64_t id = last ? std::max(last->id + 1, purged.id) : 0;
  const auto location = artifact_location.empty() ? fmt::format("{}/{}", kArtifactScheme, id) : std::string(artifact_location);
  TRY(tx.exec("INSERT INTO experiments (id, name, artifact_location, lifecycle, created_ms, updated_ms) VALUES ($1, $2, $3, 'active', $4, $5)", id, name,
              location, now_ms, now_ms));
  return id;
}

Result<void> put_tag(sql::Tx& tx, std::int64_t id, const Tag& tag) {
  return tx.exec(
      "INSERT INTO experiment_tags (experiment_id, key, value) VALUES ($1, $2, $3) ON CONFLICT (experiment_id, key) DO UPDATE SET value = excluded.value", id,
      tag.key, tag.value);
}

}  // namespace

Result<std::int64_t> parse_experiment_id(std::string_view id) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (error != std::errc() || end != id.data() + id.size())
    return fail(Code::invalid, fmt::format("Invalid experiment ID '{:.80}'. Experiment ID must be a valid integer.", id));
  return number;
}

Service::Service(sql::Db& db, blob::Store& blobs, const Clock& clock) : db_(db), blobs_(blobs), clock_(clock), engine_(std::make_unique<Engine>(db)) {}
Service::~Service() = default;

Duty& Service::sealing() { return engine_->sealer; }

Engine& engine_of(Service& service) { return static_cast<Sealer&>(service.sealing()).engine(); }

Result<void> Service::prepare() {
  TRY(move_old_points(db_, engine_->ids));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    if (TRY(tx.select_one<Row>(std::string(kColumns) + "WHERE id = 0"))) return {};
    TRY(insert(tx, "Default", "", clock_.now_ms()));
    return {};
  });
}

Result<std::string> Service::create_experiment(std::string_view name, std::string_view artifact_location, const std::vector<Tag>& tags) {
  if (name.empty()) return fail(Code::invalid, "Invalid experiment name: ''");
  TRY(check_length("name", name, kMaxNameCharacters));
  TRY(check_location(artifact_location));
  for (const auto& tag : tags) TRY(check_experiment_tag(tag));
  return db_.write([&](sql::Tx& tx) -> Result<std::string> {
    if (TRY(tx.select_one<Row>(std::string(kColumns) + "WHERE name = $1", name)))
      return fail(Code::conflict, fmt::format("Experiment(name={}) already exists.", name));
    const auto id = TRY(insert(tx, name, artifact_location, clock_.now_ms()));
    for (const auto& tag : tags) TRY(put_tag(tx, id, tag));
    return std::to_string(id);
  });
}

Result<Experiment> Service::experiment(std::string_view id) {
  return db_.read([&](sql::Tx& tx) -> Result<Experiment> { return to_experiment(tx, TRY(find(tx, id))); });
}

Result<Experiment> Service::experiment_by_name(std::string_view name) {
  return db_.read([&](sql::Tx& tx) -> Result<Experiment> {
    const auto row = TRY(tx.select_one<Row>(std::string(kColumns) + "WHERE name = $1", name));
    if (!row) return fail(Code::not_found, fmt::format("Could not find experiment with name '{}'", name));
    return to_experiment(tx, *row);
  });
}

Result<Page<Experiment>> Service::search_experiments(const Search& search) {
  const FilterContext context{db_.dialect(), clock_.now_ms()};
  const auto where = TRY(compile(search.filter, experiment_fields(), 1, context));
  const auto order = TRY(order_clause(search.order_by, experiment_fields(), "created_ms DESC, id DESC", where.values.size() + 1, context));
  return db_.read([&](sql::Tx& tx) -> Result<Page<Experiment>> {
    auto args = where.args();
    for (const auto& value : order.args()) args.push_back(value);
    args.push_back(sql::to_value(search.limit + 1));
    args.push_back(sql::to_value(search.offset));
    const auto text = fmt::format("{} AS e WHERE {} AND {} ORDER BY {} LIMIT ${} OFFSET ${}",
                                  "SELECT id, name, artifact_location, lifecycle, created_ms, updated_ms FROM experiments",
                                  lifecycle_condition("e.lifecycle", search.view), where.text, order.text, args.size() - 1, args.size());
    std::vector<Row> rows;
    TRY(tx.run_with(text, args, [&](std::span<const sql::Value> row) { rows.push_back(sql::to_record<Row>(row)); }));
    Page<Experiment> page;
    if (static_cast<std::int64_t>(rows.size()) > search.limit) {
      rows.pop_back();
      page.next_offset = search.offset + search.limit;
    }
    for (const auto& row : rows) page.rows.push_back(TRY(to_experiment(tx, row)));
    return page;
  });
}

Result<void> Service::set_experiment_tag(std::string_view id, const Tag& tag) {
  TRY(check_experiment_tag(tag));
  return db_.write([&](sql::Tx& tx) -> Result<void> { return put_tag(tx, TRY(find_active(tx, id)).id, tag); });
}

Result<void> Service::delete_experiment_tag(std::string_view id, std::string_view key) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(tx.exec("DELETE FROM experiment_tags WHERE experiment_id = $1 AND key = $2", TRY(find_active(tx, id)).id, key));
    if (tx.changed_rows() == 0) return fail(Code::not_found, fmt::format("No tag with name: {} in experiment with id {}", key, id));
    return {};
  });
}

Result<void> Service::rename_experiment(std::string_view id, std::string_view name) {
  TRY(check_length("name", name, kMaxNameCharacters));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    const auto row = TRY(find(tx, id));
    if (row.lifecycle != "active") return fail(Code::conflict, "Cannot rename a non-active experiment.");
    if (row.name != name && TRY(tx.select_one<Row>(std::string(kColumns) + "WHERE name = $1", name)))
      return fail(Code::conflict, fmt::format("Experiment(name={}) already exists.", name));
    return tx.exec("UPDATE experiments SET name = $1, updated_ms = $2 WHERE id = $3", name, clock_.now_ms(), row.id);
  });
}

Result<void> Service::set_experiment_deleted(std::string_view id, bool deleted) {
  const auto back = deleted ? Return() : TRY(TRY(Scales::of(db_, blobs_)).experiment(TRY(parse_experiment_id(id))));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    const auto row = TRY(find(tx, id));
    const auto state = deleted ? "deleted" : "active";
    if (row.lifecycle == state)
      return fail(Code::not_found, fmt::format("No Experiment with id={} exists", id));  // for MLflow each of the two looks among the others only
    TRY(admit(tx, back));
    const auto now_ms = clock_.now_ms();
    TRY(tx.exec("UPDATE experiments SET lifecycle = $1, updated_ms = $2, deleted_ms = $3 WHERE id = $4", state, now_ms,
                deleted ? std::optional(now_ms) : std::nullopt, row.id));
    return deleted ? put_runs_in_bin(tx, row.id, now_ms) : take_runs_from_bin(tx, row.id);
  });
}

}  // namespace gyre::tracking
