// Values of the filter language as SQL, each with its type. Inside tracking/ only.
#pragma once

#include "tracking/filter.h"
#include "tracking/filter_syntax.h"

namespace gyre::tracking {

enum class Type { text, number, time, duration };

struct Value {
  std::string sql;
  Type type = Type::number;
  std::size_t column = 1;
  bool literal = false;  // a text that is not bound yet: `sql` is the text itself
  bool keyed = false;    // the text of a key: it may hold a number
  bool attribute = false;
  std::string entity = {};  // for errors: "metric"
  std::string exists = {};  // SQL that is true where a key is there, even if it holds no number
};

// Writes values and binds what they hold. Tests of "any of many" ask many() after their values.
class ValueWriter {
 public:
  ValueWriter(const Fields& fields, std::size_t first_parameter, const FilterContext& context)
      : fields_(fields), next_parameter_(first_parameter), context_(context) {}

  Parsed<Value> value(const Node& node);
  // As the type that stands on the other side.
  Parsed<Value> as(Value value, Type type);
  Parsed<Value> as_number(Value value);  // a number, a time or a duration
  Parsed<Value> as_text(Value value);

  // The prefixes of fields of many rows that were written since the last call.
  std::vector<std::string> take_many() { return std::exchange(many_, {}); }

  // Fields that were written: each is a look into a table for every row, and what databases need to plan them grows with their square.
  std::size_t fields_written() const { return fields_written_; }

  std::string bind(Bound value);
  const FilterContext& context() const { return context_; }
  std::vector<Bound> take_values() { return std::move(values_); }

 private:
  Parsed<Value> field(const Node& node);
  Parsed<Value> attribute(const Node& node);
  Parsed<Value> field_of_many(const Node& node, const ManyFields& many);
  Parsed<Value> arithmetic(const Node& node);
  Parsed<Value> negation(const Node& node);
  std::string number_of(const std::string& text_sql) const;

  const Fields& fields_;
  std::size_t next_parameter_;
  const FilterContext context_;
  std::vector<Bound> values_;
  std::vector<std::string> many_;
  std::size_t fields_written_ = 0;
};

}  // namespace gyre::tracking
