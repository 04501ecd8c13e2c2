#include "exchange/mlflow_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/utf8.h"

namespace gyre::exchange {
namespace {

constexpr std::int64_t kFetched = 20'000;  // rows of a cursor at a time

// The schema's head -> the releases that wrote it: from the release notes and the revisions in MLflow's own sources.
struct Head {
  std::string_view revision, releases;
};
constexpr Head kHeads[] = {
    {"451aebb31d03", "1.0"},           {"181f10493468", "1.1"},           {"7ac759974ad8", "1.2"},           {"89d4b8295536", "1.3"},
    {"2b4d017a5e9b", "1.4"},           {"cfd24bdc0731", "1.5"},           {"0a8213491aaa", "1.6 to 1.9"},    {"84291f40a231", "1.10 to 1.12"},
    {"a8c4a736bde6", "1.13 and 1.14"}, {"39d1c3be5f05", "1.15"},          {"c48cb773bb87", "1.16 to 1.24"},  {"bd07f7e963c5", "1.25 to 1.27"},
    {"cc1f77228345", "1.28"},          {"97727af70f4d", "1.29 to 2.1"},   {"3500859a5d39", "2.2 and 2.3"},   {"7f2a7d5fae7d", "2.4 to 2.7"},
    {"acf3f17fdcc7", "2.8 to 2.12"},   {"867495a8f9d4", "2.12 and 2.13"}, {"5b0e9adcef9c", "2.13 and 2.14"}, {"4465047574b1", "2.14 to 2.16"},
    {"f5a4f2784254", "2.17"},          {"0584bdc529eb", "2.18 to 2.22"},  {"6953534de441", "3.0 and 3.1"},   {"cbc13b556ace", "3.1"},
    {"770bee3ae1dd", "3.1 and 3.2"},   {"1a0cddfcaa16", "3.3"},           {"534353b11cbc", "3.3"},           {"71994744cf8e", "3.4"},
    {"bf29a5ff90ea", "3.5 to 3.7"},    {"1bd49d398cd23", "3.8"},          {"c9d4e5f6a7b8", "3.8"},           {"2c33131f4dae", "3.9"},
    {"1b5f0d9ad7c1", "3.10"},          {"76601a5f987d", "3.10 and 3.11"}, {"ae8bbe7743c9", "3.11"},          {"dc11669786a5", "3.17"},
};

std::string_view view_of(const sql::Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) return *text;
  if (const auto* bytes = std::get_if<sql::Bytes>(&value)) return bytes->view;
  return {};
}

template <class Number>
Number parsed(std::string_view text) {
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::int64_t whole_of(const sql::Value& value) {
  constexpr double kLimit = 9.2e18;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
  if (const auto* real = std::get_if<double>(&value)) return *real > -kLimit && *real < kLimit ? static_cast<std::int64_t>(*real) : 0;
  const auto text = view_of(value);
  return text == "t" || text == "true" ? 1 : parsed<std::int64_t>(text);
}

double real_of(const sql::Value& value) {
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  return parsed<double>(view_of(value));
}

std::optional<std::int64_t> maybe_whole(const sql::Value& value) {
  return std::holds_alternative<std::monostate>(value) ? std::nullopt : std::optional(whole_of(value));
}

std::optional<std::string> maybe_text(const sql::Value& value) {
  return std::holds_alternative<std::monostate>(value) ? std::nullopt : std::optional(text_of(value));
}

bool is_clean(std::string_view text) { return !text.contains('\0') && is_utf8(text); }

std::string clean(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string out;
  while (!text.empty()) {
    const auto bytes = text.front() == '\0' ? 0 : utf8_length(text);
    out += bytes == 0 ? kReplacement : text.substr(0, bytes);
    text.remove_prefix(std::max<std::size_t>(1, bytes));
  }
  return out;
}

std::string text_of(const sql::Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
  const auto text = view_of(value);
  return is_clean(text) ? std::string(text) : clean(text);
}

Result<MlflowTables> MlflowTables::look(sql::Tx& tx, sql::Dialect dialect) {
  MlflowTables tables(tx, dialect);
  TRY(tables.read_columns());
  if (!tables.has("experiments", "experiment_id") || !tables.has("runs", "run_uuid"))
    return fail(Code::invalid, "this is no MLflow database: it has no tables of experiments and runs", {},
                "name the database that the MLflow server was started on (--backend-store-uri)");
  if (tables.has("alembic_version", "version_num"))
    TRY(tables.all(R"(SELECT version_num FROM "alembic_version")", {}, [&](Row row) { tables.revision_ = text_of(row[0]); }));
  return tables;
}

Result<void> MlflowTables::read_columns() {
  const auto note = [&](Row row) { columns_[text_of(row[0])].insert(text_of(row[1])); };
  if (dialect_ == sql::Dialect::postgres)
    return all("SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns WHERE table_schema = current_schema()", {}, note);
  return all("SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'", {}, note);
}

bool MlflowTables::has(std::string_view table, std::string_view column) const {
  const auto at = columns_.find(table);
  return at != columns_.end() && at->second.contains(column);
}

std::string MlflowTables::column(std::string_view table, std::string_view name, std::string_view otherwise) const {
  return has(table, name) ? fmt::format("\"{}\"", name) : std::string(otherwise);
}

Result<void> MlflowTables::all(const std::string& query, std::span<const sql::Value> args, const std::function<void(Row row)>& on_row) const {
  return tx_->run_with(query, args, on_row);
}

Result<void> MlflowTables::each(const std::string& query, const OnRow& on_row) const {
  Result<void> taken;
  std::int64_t rows = 0;
  const auto take = [&](Row row) {
    ++rows;
    if (taken) taken = on_row(row);
  };
  if (dialect_ == sql::Dialect::sqlite) {
    TRY(tx_->run_with(query, {}, take));
    return taken;
  }
  TRY(tx_->exec(fmt::format("DECLARE moving NO SCROLL CURSOR FOR {}", query)));
  do {
    rows = 0;
    TRY(tx_->run_with(fmt::format("FETCH {} FROM moving", kFetched), {}, take));
  } while (rows > 0 && taken);
  TRY(tx_->exec("CLOSE moving"));
  return taken;
}

std::string MlflowTables::releases() const {
  const auto* head = std::ranges::find(kHeads, revision_, &Head::revision);
  return head == std::end(kHeads) ? "" : std::string(head->releases);
}

}  // namespace gyre::exchange
