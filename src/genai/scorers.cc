// Scorers: judges that are registered with an experiment. What they are made of is the client's; nothing here is run.
#include <fmt/format.h>

#include <algorithm>

#include "genai/store.h"
#include "tracking/presence.h"

namespace gyre::genai {
namespace {

constexpr std::string_view kGateway = "gateway:/";
constexpr int kMaxNesting = 16;

constexpr std::string_view kCustomRefused =
    "Custom scorer registration (using @scorer decorator) is disabled by default outside of Databricks tracking environments due to security concerns. Custom "
    "scorers require arbitrary code execution during deserialization.\n\nTo use custom scorers:\n1. Configure MLflow to use a Databricks tracking URI, or\n2. "
    "Manage your custom scorer code in a source code repository (e.g., GitHub) and import it directly, or\n3. On a self-managed MLflow server (or local "
    "environment) that you trust to run the scorer's code, set the MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS environment variable to true, or\n4. Use built-in "
    "scorers or make_judge() scorers instead.";

struct Row {
  std::int64_t experiment_id;
  std::string name, id;
  std::int64_t version;
  std::string serialized;
  std::int64_t created_ms;
};

constexpr std::string_view kColumns =
    "SELECT s.experiment_id, s.name, s.id, v.version, v.serialized, v.created_ms FROM scorers AS s JOIN scorer_versions AS v ON v.scorer_id = s.id ";
constexpr std::string_view kNewest = "v.version = (SELECT MAX(o.version) FROM scorer_versions AS o WHERE o.scorer_id = s.id)";

struct Text {
  std::string value;
};

struct Number {
  std::int64_t n;
};

Scorer to_scorer(Row row) {
  return {std::to_string(row.experiment_id), std::move(row.name), std::move(row.id), row.version, std::move(row.serialized), row.created_ms};
}

bool has_code(const json::Value& value) {
  if (const auto* items = value.if_array()) return std::ranges::any_of(*items, has_code);
  const auto* members = value.if_object();
  if (!members) return false;
  return std::ranges::any_of(*members,
                             [](const auto& member) { return (member.first == "call_source" && !member.second.is_null()) || has_code(member.second); });
}

// The model that a judge asks; null where it asks none.
json::Value model_of(const json::Value& scorer, int depth = 0) {
  for (const char* kind : {"instructions_judge_pydantic_data", "builtin_scorer_pydantic_data"}) {
    if (const auto* data = scorer.find(kind); data && data->if_object() && !data->if_object()->empty()) return (*data)["model"];
  }
  const auto& judge = scorer["memory_augmented_judge_data"];
  if (judge.if_object() && depth < kMaxNesting) return model_of(judge["base_judge"], depth + 1);
  return scorer["third_party_scorer_data"]["model"];
}

std::string_view python_type(const json::Value& value) {
  if (value.if_bool()) return "bool";
  if (value.if_int()) return "int";
  if (value.if_double()) return "float";
  return value.if_array() ? "list" : "dict";
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

Result<void> check_model(const json::Value& model) {
  if (model.is_null()) return {};
  const auto* text = model.if_string();
  if (!text) return fail(Code::invalid, fmt::format("Scorer model must be a string, got {}.", python_type(model)));
  if (is_blank(*text)) return fail(Code::invalid, "Scorer model cannot be empty or contain only whitespace.");
  if (!text->starts_with(kGateway)) return {};
  return fail(Code::not_found, fmt::format("GatewayEndpoint not found (name='{:.250}')", text->substr(kGateway.size())));  // there is no gateway here
}

Result<void> check_serialized(std::string_view serialized, bool custom) {
  if (serialized.size() > kMaxScorerBytes) return fail(Code::invalid, fmt::format("a scorer has at most {} bytes, not {}", kMaxScorerBytes, serialized.size()));
  const auto value = json::parse(serialized);
  if (!value) return fail(Code::invalid, "serialized_scorer must be valid JSON", value.error().message);
  if (!custom && has_code(*value)) return fail(Code::invalid, std::string(kCustomRefused));
  if (!value->if_object()) return fail(Code::invalid, "serialized_scorer must be a JSON object");
  return {};
}

std::unexpected<Error> not_there(std::string_view name, std::optional<std::int64_t> version, std::string_view experiment) {
  const auto which = version ? fmt::format(" and version {}", *version) : "";
  return fail(Code::not_found, fmt::format("Scorer with name '{:.250}'{} not found for experiment {}.", name, which, experiment));
}

Result<std::optional<std::string>> id_of(sql::Tx& tx, std::int64_t experiment, std::string_view name) {
  auto found = TRY(tx.select_one<Text>("SELECT id FROM scorers WHERE experiment_id = $1 AND name = $2", experiment, name));
  if (!found) return std::nullopt;
  return std::move(found->value);
}

// Clients know scorers by ids in the shape of a UUID.
std::string new_id() {
  auto id = make_hex_id();
  for (const std::size_t at : {8, 13, 18, 23}) id.insert(at, 1, '-');
  return id;
}

Result<std::vector<Scorer>> read(sql::Tx& tx, std::string_view condition, std::span<const sql::Value> args) {
  std::vector<Scorer> found;
  TRY(tx.run_with(fmt::format("{}WHERE {}", kColumns, condition), args,
                  [&](std::span<const sql::Value> row) { found.push_back(to_scorer(sql::to_record<Row>(row))); }));
  return found;
}

}  // namespace

Result<Scorer> Service::register_scorer(std::string_view experiment_id, std::string_view name, std::string_view serialized) {
  TRY(check_serialized(serialized, options_.custom_scorers));
  if (is_blank(name)) return fail(Code::invalid, "Scorer name cannot be empty or contain only whitespace.");
  TRY(check_text("name", name, kMaxName));
  const auto experiment = TRY(active_experiment(experiment_id));
  TRY(check_model(model_of(TRY(json::parse(serialized)))));
  return db_.write([&](sql::Tx& tx) -> Result<Scorer> {
    auto id = TRY(id_of(tx, experiment, name));
    if (!id) {
      id = new_id();
      TRY(tx.exec("INSERT INTO scorers (id, experiment_id, name) VALUES ($1, $2, $3)", *id, experiment, name));
    }
    const auto version = TRY(tx.select<Number>("SELECT COALESCE(MAX(version), 0) FROM scorer_versions WHERE scorer_id = $1", *id)).front().n + 1;
    const auto now_ms = clock_.now_ms();
    TRY(tx.exec("INSERT INTO scorer_versions (scorer_id, version, serialized, created_ms) VALUES ($1, $2, $3, $4)", *id, version, serialized, now_ms));
    return Scorer{std::to_string(experiment), std::string(name), *id, version, std::string(serialized), now_ms};
  });
}

Result<std::vector<Scorer>> Service::scorers(const std::vector<std::string>& experiment_ids) {
  if (experiment_ids.size() > kMaxExperiments) return fail(Code::invalid, fmt::format("at most {} experiments are named at once", kMaxExperiments));
  std::vector<sql::Value> args;
  for (const auto& id : experiment_ids) args.push_back(sql::to_value(TRY(experiment_number(id))));
  const auto within = experiment_ids.empty() ? "1 = 1" : fmt::format("s.experiment_id IN ({})", sql::places(args.size()));
  const auto condition = fmt::format("{} AND {} AND {} ORDER BY s.experiment_id, s.name", kNewest, within, tracking::experiment_is_active("s.experiment_id"));
  return db_.read([&](sql::Tx& tx) { return read(tx, condition, args); });
}

Result<std::vector<Scorer>> Service::scorers_of(std::string_view experiment_id) {
  TRY(active_experiment(experiment_id));
  return scorers({std::string(experiment_id)});
}

Result<std::vector<Scorer>> Service::scorer_versions(std::string_view experiment_id, std::string_view name) {
  const auto args = sql::to_values(TRY(active_experiment(experiment_id)), name);
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Scorer>> {
    auto found = TRY(read(tx, "s.experiment_id = $1 AND s.name = $2 ORDER BY v.version", args));
    if (found.empty()) return not_there(name, {}, experiment_id);
    return found;
  });
}

Result<Scorer> Service::scorer(std::string_view experiment_id, std::string_view name, std::optional<std::int64_t> version) {
  auto all = TRY(scorer_versions(experiment_id, name));
  if (!version) return std::move(all.back());
  const auto found = std::ranges::find(all, *version, &Scorer::version);
  if (found == all.end()) return not_there(name, version, experiment_id);
  return std::move(*found);
}

Result<void> Service::delete_scorer(std::string_view experiment_id, std::string_view name, std::optional<std::int64_t> version) {
  const auto experiment = TRY(active_experiment(experiment_id));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    const auto id = TRY(id_of(tx, experiment, name));
    if (!id) return not_there(name, {}, experiment_id);
    if (!version) return tx.exec("DELETE FROM scorers WHERE id = $1", *id);
    TRY(tx.exec("DELETE FROM scorer_versions WHERE scorer_id = $1 AND version = $2", *id, *version));
    if (tx.changed_rows() == 0) return not_there(name, version, experiment_id);
    return {};
  });
}

Result<OnlineConfig> Service::set_online_config(std::string_view experiment_id, std::string_view name, double sample_rate,
                                                const std::optional<std::string>& filter) {
  if (!(sample_rate >= 0 && sample_rate <= 1)) return fail(Code::invalid, fmt::format("sample_rate must be between 0.0 and 1.0, got {}", sample_rate));
  if (filter && !filter->empty()) TRY(traces_.check_filter(*filter));
  const auto experiment = TRY(active_experiment(experiment_id));
  return db_.write([&](sql::Tx& tx) -> Result<OnlineConfig> {
    const auto id = TRY(id_of(tx, experiment, name));
    if (!id) return not_there(name, {}, experiment_id);
    if (sample_rate > 0) {  // no model of a gateway can have been registered: there is none
      return fail(Code::invalid,
                  fmt::format("Scorer '{:.250}' does not use a gateway model. Automatic evaluation is only supported for scorers that use gateway "
                              "models.",
                              name));
    }
    OnlineConfig config{make_hex_id(), *id, std::to_string(experiment), sample_rate, filter};
    TRY(
        tx.exec("INSERT INTO scorer_online_configs (scorer_id, id, sample_rate, filter) VALUES ($1, $2, $3, $4) ON CONFLICT (scorer_id) DO UPDATE SET id = "
                "excluded.id, sample_rate = excluded.sample_rate, filter = excluded.filter",
                *id, config.id, sample_rate, filter));
    return config;
  });
}

Result<std::vector<OnlineConfig>> Service::online_configs(const std::vector<std::string>& scorer_ids) {
  if (scorer_ids.empty()) return std::vector<OnlineConfig>{};
  if (scorer_ids.size() > kMaxExperiments) return fail(Code::invalid, fmt::format("at most {} scorers are named at once", kMaxExperiments));
  struct ConfigRow {
    std::string id, scorer_id;
    std::int64_t experiment_id;
    double sample_rate;
    std::optional<std::string> filter;
  };
  const auto text = fmt::format(
      "SELECT c.id, c.scorer_id, s.experiment_id, c.sample_rate, c.filter FROM scorer_online_configs AS c JOIN scorers AS s ON s.id = c.scorer_id "
      "WHERE c.scorer_id IN ({}) ORDER BY c.scorer_id",
      sql::places(scorer_ids.size()));
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<OnlineConfig>> {
    std::vector<OnlineConfig> found;
    TRY(tx.run_with(text, sql::values_of(scorer_ids), [&](std::span<const sql::Value> values) {
      auto row = sql::to_record<ConfigRow>(values);
      found.push_back({std::move(row.id), std::move(row.scorer_id), std::to_string(row.experiment_id), row.sample_rate, std::move(row.filter)});
    }));
    return found;
  });
}

}  // namespace gyre::genai
