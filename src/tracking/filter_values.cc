#include "tracking/filter_values.h"

#include <utility>

#include "tracking/filter_arithmetic.h"
#include "tracking/filter_hints.h"
#include "tracking/filter_times.h"

namespace gyre::tracking {
namespace {

constexpr std::string_view kNames[] = {"a text", "a number", "a time", "a duration"};
std::string_view name_of(Type type) { return kNames[static_cast<std::size_t>(type)]; }

// MLflow's words for one kind of key: metric, param, tag, attribute, dataset.
std::string entity_of(std::string_view word) {
  if (word == "attribute" || word == "attributes" || word == "attr" || word == "run") return "attribute";
  if (word == "params" || word == "parameter" || word == "parameters") return "param";
  if (word == "metrics" || word == "tags" || word == "datasets" || word == "models") word.remove_suffix(1);
  return std::string(word);
}

std::string names(const FieldMap& fields, std::string list) {
  for (const auto& [name, sql] : fields) {
    if (!name.contains('@')) list += (list.empty() ? "" : ", ") + name;
  }
  return list;
}

std::string filled(const std::string& pattern, const std::string& parameter) { return fmt::format(fmt::runtime(pattern), parameter); }

// How two types meet in a sum: times differ by durations.
std::optional<Type> sum_type(char sign, Type left, Type right) {
  if (left == Type::time && right == Type::time) return sign == '-' ? std::optional(Type::duration) : std::nullopt;
  if (left == Type::time) return Type::time;
  if (right == Type::time) return sign == '+' ? std::optional(Type::time) : std::nullopt;
  return left == Type::duration || right == Type::duration ? Type::duration : Type::number;
}

}  // namespace

std::string ValueWriter::bind(Bound value) {
  const auto place = fmt::format("${}", next_parameter_++);
  const auto typed = std::holds_alternative<double>(value)         ? fmt::format("CAST({} AS DOUBLE PRECISION)", place)
                     : std::holds_alternative<std::int64_t>(value) ? fmt::format("CAST({} AS BIGINT)", place)
                                                                   : place;
  values_.push_back(std::move(value));
  return typed;
}

// NULL where the text is no number.
std::string ValueWriter::number_of(const std::string& text_sql) const {
  if (context_.dialect == sql::Dialect::sqlite) return "gyre_number(" + text_sql + ")";
  return "CASE WHEN " + text_sql + " ~ '^[-+]?([0-9]{1,150}([.][0-9]{0,150})?|[.][0-9]{1,150})([eE][-+]?[0-9]{1,2})?$' THEN CAST(" + text_sql +
         " AS DOUBLE PRECISION) END";
}

Parsed<Value> ValueWriter::value(const Node& node) {
  switch (node.kind) {
    case Node::Kind::number:
      return Value{.sql = bind(node.number), .type = Type::number, .column = node.column};
    case Node::Kind::text:
      return Value{.sql = node.text, .type = Type::text, .column = node.column, .literal = true};
    case Node::Kind::now:
      return Value{.sql = bind(context_.now_ms), .type = Type::time, .column = node.column};
    case Node::Kind::field:
      return field(node);
    case Node::Kind::arithmetic:
      return arithmetic(node);
    case Node::Kind::negation:
      return negation(node);
    case Node::Kind::statistic:
      return fail_at(node.column, fmt::format("{}(...) is for columns alone: filters, orders and groups know the last value of a metric", node.text));
    default:
      return fail_at(node.column, "expected a value, found a condition");
  }
}

Parsed<Value> ValueWriter::attribute(const Node& node) {
  const auto word = lower(node.text);
  const Value found{.sql = {}, .type = Type::number, .column = node.column, .attribute = true};
  const auto typed = [&](std::string sql, Type type) {
    auto value = found;
    value.sql = std::move(sql);
    value.type = type;
    return value;
  };
  if (const auto at = fields_.texts.find(word); at != fields_.texts.end()) return typed(at->second, Type::text);
  if (const auto at = fields_.numbers.find(word); at != fields_.numbers.end()) return typed(at->second, Type::number);
  if (const auto at = fields_.times.find(word); at != fields_.times.end()) return typed(at->second, Type::time);
  if (const auto at = fields_.durations.find(word); at != fields_.durations.end()) return typed(filled(at->second, bind(context_.now_ms)), Type::duration);
  const auto known = names(fields_.durations, names(fields_.times, names(fields_.numbers, names(fields_.texts, ""))));
  return fail_at(node.column, fmt::format("Invalid attribute key '{}' specified. Valid keys are '{}'", node.text, known), attribute_hint(fields_, node.text));
}

Parsed<Value> ValueWriter::field(const Node& node) {
  ++fields_written_;
  const auto entity = entity_of(node.entity);
  if (entity.empty() || entity == "attribute") return attribute(node);
  if (const auto at = fields_.text_entities.find(entity); at != fields_.text_entities.end()) {
    return Value{.sql = "(" + filled(at->second, bind(node.text)) + ")", .type = Type::text, .column = node.column, .keyed = true, .entity = entity};
  }
  if (const auto at = fields_.number_entities.find(entity); at != fields_.number_entities.end()) {
    const auto query = filled(at->second, bind(node.text));
    return Value{.sql = "(" + query + ")", .type = Type::number, .column = node.column, .entity = entity, .exists = "EXISTS (" + query + ")"};
  }
  if (const auto at = fields_.many.find(entity); at != fields_.many.end()) return field_of_many(node, at->second);
  return fail_at(node.column, fmt::format("Invalid entity type '{}'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']", node.entity));
}

Parsed<Value> ValueWriter::field_of_many(const Node& node, const ManyFields& many) {
  const auto word = lower(node.text);
  auto at = many.texts.find(word + (context_.dialect == sql::Dialect::sqlite ? "@sqlite" : "@postgres"));
  if (at == many.texts.end()) at = many.texts.find(word);
  if (at == many.texts.end() || word.contains('@'))
    return fail_at(node.column, fmt::format("Invalid {} key '{}' specified. Valid keys are '{}'", node.entity, node.text, names(many.texts, "")),
                   relative_hint(node.entity, node.text, many));
  many_.push_back(many.prefix);
  return Value{.sql = at->second, .type = Type::text, .column = node.column, .entity = node.entity};
}

Parsed<Value> ValueWriter::as_number(Value value) {
  if (value.type != Type::text) return value;
  if (!value.keyed) return fail_at(value.column, "expected a number here, not a text");
  value.sql = number_of(value.sql);
  value.type = Type::number;
  return value;
}

Parsed<Value> ValueWriter::as_text(Value value) {
  if (value.type != Type::text) return fail_at(value.column, fmt::format("Expected a quoted string value (e.g. 'my-value'), found {}", name_of(value.type)));
  if (value.literal) value.sql = bind(std::move(value.sql));
  value.literal = false;
  return value;
}

Parsed<Value> ValueWriter::as(Value value, Type type) {
  if (!value.literal) return as_number(std::move(value));
  const auto ms = type == Type::time ? parse_time(value.sql) : type == Type::duration ? parse_duration_ms(value.sql) : std::nullopt;
  if (ms) return Value{.sql = bind(*ms), .type = type, .column = value.column};
  if (type == Type::time) return fail_at(value.column, fmt::format("expected a time such as '2026-11-01' or '2026-11-01T08:30', found '{}'", value.sql));
  if (type == Type::duration) return fail_at(value.column, fmt::format("expected a duration such as '7d' or '1h30m', found '{}'", value.sql));
  return fail_at(value.column, fmt::format("expected a number, found '{0}'. Expected numeric value type for metric. Found '{0}'", value.sql));
}

Parsed<Value> ValueWriter::arithmetic(const Node& node) {
  auto left = TRY(value(node.parts[0])), right = TRY(value(node.parts[1]));
  const char sign = node.text[0];
  const auto other = [](const Value& side) { return side.type == Type::time || side.type == Type::duration ? Type::duration : Type::number; };
  left = TRY(as(std::move(left), left.literal ? other(right) : Type::number));
  right = TRY(as(std::move(right), right.literal ? other(left) : Type::number));
  if (sign == '+' || sign == '-') {
    const auto type = sum_type(sign, left.type, right.type);
    if (!type) return fail_at(node.column, fmt::format("{} {} {} makes no sense", name_of(left.type), sign, name_of(right.type)));
    return Value{.sql = arithmetic_sql(context_.dialect, sign, left.sql, right.sql), .type = *type, .column = node.column};
  }
  if (left.type == Type::time || right.type == Type::time) return fail_at(node.column, fmt::format("times know no {}", sign));
  const bool lasts = left.type == Type::duration && right.type == Type::number;
  return Value{.sql = arithmetic_sql(context_.dialect, sign, left.sql, right.sql), .type = lasts ? Type::duration : Type::number, .column = node.column};
}

Parsed<Value> ValueWriter::negation(const Node& node) {
  auto inner = TRY(as(TRY(value(node.parts[0])), Type::number));
  if (inner.type == Type::time) return fail_at(node.column, "times know no minus sign");
  return Value{.sql = "(- " + inner.sql + ")", .type = inner.type, .column = node.column};
}

}  // namespace gyre::tracking
