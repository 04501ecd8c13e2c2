// MLflow's filter and order language, columns and groups: what compiles is SQL that the database runs, so that no text reaches it but as
// a value; what is suggested at any place of a text stands there.
#include "fuzz/fuzz.h"
#include "governance/governance.h"
#include "registry/registry.h"
#include "storage/sql/migrate.h"
#include "storage/sql/outbox.h"
#include "storage/sql/sqlite.h"
#include "tracking/filter.h"
#include "tracking/run_query.h"

using namespace gyre;

namespace {

sql::Db& database() {
  static const auto db = [] {
    auto opened = sql::open_sqlite(":memory:").value();
    for (const auto all : {outbox::migrations(), governance::migrations(), tracking::migrations(), registry::migrations()}) {
      fuzz::require(sql::migrate(*opened, all).has_value(), "the tables can be made");
    }
    return opened;
  }();
  return *db;
}

void run(std::string_view filter, std::string_view order, const tracking::Fields& fields, std::string_view from, std::string_view last) {
  const auto where = tracking::compile(filter, fields);
  const auto sorted = tracking::order_clause({std::string(order)}, fields, last, (where ? where->values.size() : 0) + 1);
  if (!where) fuzz::require(where.error().code == Code::invalid, "a refused filter is the caller's mistake", where.error().message);
  if (!sorted) fuzz::require(sorted.error().code == Code::invalid, "a refused order is the caller's mistake", sorted.error().message);
  const std::string condition = where ? where->text : "1 = 1", by = sorted ? sorted->text : std::string(last);
  auto args = where ? where->args() : std::vector<sql::Value>{};
  if (sorted) {
    for (const auto& value : sorted->args()) args.push_back(value);
  }
  const auto statement = "SELECT 1 FROM " + std::string(from) + " WHERE " + condition + " ORDER BY " + by;
  const auto outcome = database().read([&](sql::Tx& tx) -> Result<void> { return tx.run_with(statement, args); });
  fuzz::require(outcome.has_value(), "what compiles runs", statement + ": " + (outcome ? "" : outcome.error().message + " " + outcome.error().detail));
}

tracking::RunQueries& queries() {
  static const VirtualClock clock{1'800'000'000'000};
  static tracking::RunQueries made{database(), clock};
  return made;
}

template <class T>
void allow(const Result<T>& outcome, std::string_view what) {
  if (!outcome) fuzz::require(outcome.error().code == Code::invalid, what, outcome.error().message + " " + outcome.error().detail);
}

// A run with a little of everything, so that values are reckoned with.
void fill() {
  static const bool done =
      database()
          .write([](sql::Tx& tx) -> Result<bool> {
            TRY(tx.exec("INSERT INTO experiments (id, name, artifact_location, lifecycle, created_ms, updated_ms) VALUES (0, 'e', 'x', 'active', 1, 1)"));
            TRY(
                tx.exec("INSERT INTO runs (id, experiment_id, name, user_name, status, start_ms, lifecycle, artifact_uri) VALUES ('r', 0, 'n', 'u', 'RUNNING', "
                        "1, 'active', 'x')"));
            TRY(tx.exec("INSERT INTO run_params (run_id, key, value) VALUES ('r', 'p', '0.5')"));
            TRY(tx.exec("INSERT INTO run_tags (run_id, key, value) VALUES ('r', 'a `b\" c', 'it''s')"));
            TRY(tx.exec("INSERT INTO metric_series (id, run_id, key, points, latest_step, latest_at_ms, latest_value) VALUES (1, 'r', 'm', 1, 1, 1, 1e308)"));
            return true;
          })
          .has_value();
  fuzz::require(done, "a run can be put in");
}

void complete(std::string_view text, tracking::Language language) {
  for (const auto cursor : {text.size(), text.size() / 2}) {
    const auto told = queries().complete({{"0"}, language, std::string(text), cursor});
    allow(told, "what cannot be completed is the caller's mistake");
    if (told) fuzz::require(told->from <= told->to && told->to <= text.size(), "a suggestion takes the place of a part of the text");
  }
}

void ask(std::string_view filter, std::string_view order, std::string_view column) {
  fill();
  const tracking::Search search{.experiment_ids = {"0"}, .filter = std::string(filter), .order_by = {std::string(order)}, .limit = 1};
  const tracking::Search plain{.experiment_ids = {"0"}, .limit = 1};
  allow(queries().rows(search, {std::string(column)}), "a refused search is the caller's mistake");
  allow(queries().rows(plain, {std::string(column)}), "a refused column is the caller's mistake");
  allow(queries().groups({plain, {std::string(column)}, {"metrics.m", std::string(column)}, std::string(order)}), "a refused group is the caller's mistake");
  allow(queries().groups({plain, {std::string(column)}, {}}), "a refused group is the caller's mistake");
  complete(filter, tracking::Language::filter);
  complete(order, tracking::Language::order);
  complete(column, tracking::Language::column);
}

}  // namespace

// A filter, an order behind the first line's end, a column behind the second's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto end = text.find('\n');
  const auto filter = text.substr(0, end), rest = end == std::string_view::npos ? "" : text.substr(end + 1);
  const auto line = std::min(rest.find('\n'), rest.size());
  const auto order = rest.substr(0, line), column = rest.substr(std::min(line + 1, rest.size()));
  run(filter, order, tracking::run_fields(), "runs AS r", "r.id");
  run(filter, order, tracking::experiment_fields(), "experiments AS e", "e.id");
  run(filter, order, tracking::logged_model_fields(), "logged_models AS m", "m.id");
  ask(filter, order, column);
  return 0;
}
