// MLflow's filter and order language, compiled to SQL with bound parameters.
//
//   filter := clause (AND clause)*        clause := [entity "."] key op value | key IS [NOT] NULL | key [NOT] IN (list)
//
// Errors tell the column (from 1) at which the text stops making sense.
#pragma once

#include <functional>
#include <map>
#include <variant>

#include "storage/sql/db.h"

namespace gyre::tracking {

// What may be asked about one kind of row.
struct Fields {
  std::map<std::string, std::string, std::less<>> texts;    // attribute -> SQL expression
  std::map<std::string, std::string, std::less<>> numbers;
  // entity -> SQL that gives the value of a key, as "SELECT value FROM run_tags WHERE run_id = r.id AND key = {}"
  std::map<std::string, std::string, std::less<>> text_entities;
  std::map<std::string, std::string, std::less<>> number_entities;
};

struct Condition {
  std::string text = "1 = 1";
  std::vector<std::variant<std::string, double, std::int64_t>> values;
  std::vector<sql::Value> args() const;  // borrowed from `values`
};

Result<Condition> compile(std::string_view filter, const Fields& fields, std::size_t first_parameter = 1);

// "ORDER BY" list without those words; `last` decides among equals.
Result<std::string> order_clause(const std::vector<std::string>& order_by, const Fields& fields, std::string_view last);

const Fields& run_fields();
const Fields& experiment_fields();
const Fields& logged_model_fields();

}  // namespace gyre::tracking
