// MLflow's filter and order language: what compiles is SQL that the database runs, so that no text reaches it but as a value.
#include "fuzz/fuzz.h"
#include "governance/governance.h"
#include "registry/registry.h"
#include "storage/sql/migrate.h"
#include "storage/sql/outbox.h"
#include "storage/sql/sqlite.h"
#include "tracking/filter.h"

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

}  // namespace

// A filter, and an order behind the first line's end.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto end = text.find('\n');
  const auto filter = text.substr(0, end), order = end == std::string_view::npos ? "" : text.substr(end + 1);
  run(filter, order, tracking::run_fields(), "runs AS r", "r.id");
  run(filter, order, tracking::experiment_fields(), "experiments AS e", "e.id");
  run(filter, order, tracking::logged_model_fields(), "logged_models AS m", "m.id");
  return 0;
}
