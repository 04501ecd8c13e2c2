// MLflow's filter and order language, and more of the same kind, compiled to SQL with bound parameters.
//
//   condition  := condition OR condition | condition AND condition | NOT condition | ( condition ) | test
//   test       := value (= | != | < | <= | > | >=) value | value [NOT] LIKE | ILIKE | RLIKE text | value [NOT] IN (value, ...)
//               | value IS [NOT] NULL
//   value      := number | 'text' | now() | key | entity.key | value (+ | - | * | /) value | - value | ( value )
//
// A key is bare, `quoted` or "quoted"; a bare one may hold - / : and points, so that signs of arithmetic stand between spaces. Beside a
// time a text is a time ('2026-11-01', '2026-11-01T08:30') or, with a sign, a duration ('7d', '1h30m'). Texts of keys such as params
// are numbers where they are compared by size or reckoned with; those that are none match nothing. What is missing matches nothing
// either, whatever the test, but IS NULL.
//
// Errors tell the column (from 1) at which the text stops making sense.
#pragma once

#include <functional>
#include <map>
#include <variant>

#include "base/clock.h"
#include "storage/sql/db.h"

namespace gyre::tracking {

using FieldMap = std::map<std::string, std::string, std::less<>>;

// Rows of another table that belong to one of these; a test holds when it holds for any of them.
struct ManyFields {
  std::string prefix;  // "SELECT 1 FROM run_datasets AS d WHERE d.run_id = r.id AND"
  FieldMap texts;      // by the dialect's name behind "@", where they differ
};

// What may be asked about one kind of row.
struct Fields {
  FieldMap texts;  // attribute -> SQL expression
  FieldMap numbers;
  // entity -> SQL that gives the value of a key, as "SELECT value FROM run_tags WHERE run_id = r.id AND key = {}"
  FieldMap text_entities;
  FieldMap number_entities;
  FieldMap times = {};      // as numbers: milliseconds since 1970
  FieldMap durations = {};  // milliseconds; "{}" stands for the present
  std::map<std::string, ManyFields, std::less<>> many = {};
};

// Where a filter is to run.
struct FilterContext {
  sql::Dialect dialect = sql::Dialect::sqlite;
  TimeMs now_ms = 0;
};

using Bound = std::variant<std::string, double, std::int64_t>;
std::vector<sql::Value> to_args(const std::vector<Bound>& values);  // borrowed from `values`

struct Condition {
  std::string text = "1 = 1";
  std::vector<Bound> values;
  std::vector<sql::Value> args() const { return to_args(values); }
};

Result<Condition> compile(std::string_view filter, const Fields& fields, std::size_t first_parameter = 1, const FilterContext& context = {});

// One expression to sort by.
struct OrderKey {
  std::string text;
  bool descending = false;
};
struct Order {
  std::vector<OrderKey> keys;
  std::vector<Bound> values;
};

// Two keys an item: what is missing comes last either way, behind what is there and is no number.
Result<Order> order_keys(const std::vector<std::string>& order_by, const Fields& fields, std::size_t first_parameter, const FilterContext& context = {});

// "ORDER BY" list without those words; `last` decides among equals.
Result<Condition> order_clause(const std::vector<std::string>& order_by, const Fields& fields, std::string_view last, std::size_t first_parameter = 1,
                               const FilterContext& context = {});

const Fields& run_fields();
const Fields& experiment_fields();
const Fields& logged_model_fields();

}  // namespace gyre::tracking
