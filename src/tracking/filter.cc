// Conditions of the filter language as SQL.
#include "tracking/filter_reading.h"
#include "tracking/pattern.h"

namespace gyre::tracking {
namespace {

constexpr std::size_t kMaxFilterBytes = 20'000;

class ConditionWriter {
 public:
  ConditionWriter(const Fields& fields, std::size_t first_parameter, const FilterContext& context) : values_(fields, first_parameter, context) {}

  Parsed<std::string> condition(const Node& node) {
    switch (node.kind) {
      case Node::Kind::either:
        return chain(node, " OR ");
      case Node::Kind::both:
        return chain(node, " AND ");
      case Node::Kind::inversion:
        return fmt::format("NOT ({})", TRY(condition(node.parts[0])));
      case Node::Kind::comparison:
        return comparison(node);
      case Node::Kind::like:
        return like(node);
      case Node::Kind::list:
        return list(node);
      case Node::Kind::null_test:
        return null_test(node);
      default:
        return fail_at(node.column, "expected a comparison: one of =, !=, <, <=, >, >=, LIKE, ILIKE, RLIKE, IN or IS behind the value");
    }
  }
  std::vector<Bound> take_values() { return values_.take_values(); }

 private:
  Parsed<std::string> chain(const Node& node, std::string_view word) {
    std::string text = "(";
    for (const auto& part : node.parts) text += fmt::format("{}{}", text.size() == 1 ? "" : word, TRY(condition(part)));
    return text + ")";
  }

  // A test on fields of many rows holds when it holds for one of them.
  std::string of_any(std::string test) {
    for (const auto& prefix : values_.take_many()) test = fmt::format("EXISTS ({} {})", prefix, test);
    return test;
  }

  Parsed<std::string> comparison(const Node& node) {
    auto left = TRY(values_.value(node.parts[0])), right = TRY(values_.value(node.parts[1]));
    const bool of_size = node.text != "=" && node.text != "!=";
    if (left.type == Type::text && right.type == Type::text) {
      if (of_size) return fail_at(node.column, fmt::format("Invalid comparator '{}' for text: = or !=", node.text));
    } else {
      const auto literal_number = [](const Node& side) { return side.kind == Node::Kind::number; };
      if (!of_size && left.type == Type::text && literal_number(node.parts[1])) return text_expected(node.parts[1], left);
      if (!of_size && right.type == Type::text && literal_number(node.parts[0])) return text_expected(node.parts[0], right);
      const auto left_type = left.type, right_type = right.type;
      left = TRY(values_.as(std::move(left), right_type));
      right = TRY(values_.as(std::move(right), left_type));
      return of_any(fmt::format("{} {} {}", left.sql, node.text, right.sql));
    }
    left = TRY(values_.as_text(std::move(left)));
    right = TRY(values_.as_text(std::move(right)));
    return of_any(fmt::format("{} {} {}", left.sql, node.text, right.sql));
  }

  static std::unexpected<Misread> text_expected(const Node& number, const Value& text) {
    return fail_at(number.column, fmt::format("Expected a quoted string value for {} (e.g. 'my-value'). Got value {}",
                                              text.entity.empty() ? "attribute" : text.entity, number.text));
  }

  Parsed<std::string> like(const Node& node) {
    auto left = TRY(values_.value(node.parts[0]));
    if (left.type != Type::text) return fail_at(node.column, "LIKE, ILIKE and RLIKE compare text, not numbers");
    left = TRY(values_.as_text(std::move(left)));
    auto pattern = TRY(values_.value(node.parts[1]));
    if (node.text == "rlike") return of_any(fmt::format("{}{}", node.negated ? "NOT " : "", TRY(matches(left.sql, std::move(pattern)))));
    pattern = TRY(values_.as_text(std::move(pattern)));
    const auto escape = postgres() ? " ESCAPE ''" : "";
    const auto form = node.text == "ilike" ? "LOWER({}) {}LIKE LOWER({}){}" : "{} {}LIKE {}{}";
    return of_any(fmt::format(fmt::runtime(form), left.sql, node.negated ? "NOT " : "", pattern.sql, escape));
  }

  Parsed<std::string> matches(const std::string& text, Value pattern) {
    if (!pattern.literal) return fail_at(pattern.column, "expected a quoted regular expression behind RLIKE");
    if (const auto trouble = pattern_trouble(pattern.sql)) return fail_at(pattern.column + 1 + trouble->at, trouble->what);  // behind the quote
    return matches_sql(values_.context().dialect, text, values_.bind(pattern.sql));
  }

  Parsed<std::string> list(const Node& node) {
    auto left = TRY(values_.value(node.parts[0]));
    std::string items;
    for (const auto& part : std::span(node.parts).subspan(1)) {
      auto item = TRY(values_.value(part));
      if (left.type == Type::text && item.type != Type::text && left.keyed) left = TRY(values_.as_number(std::move(left)));
      item = left.type == Type::text ? TRY(values_.as_text(std::move(item))) : TRY(values_.as(std::move(item), left.type));
      items += fmt::format("{}{}", items.empty() ? "" : ", ", item.sql);
    }
    if (left.type == Type::text) left = TRY(values_.as_text(std::move(left)));
    return of_any(fmt::format("{} {}IN ({})", left.sql, node.negated ? "NOT " : "", items));
  }

  Parsed<std::string> null_test(const Node& node) {
    auto value = TRY(values_.value(node.parts[0]));
    if (value.literal) return fail_at(value.column, "a text in quotes is never NULL");
    if (!value.exists.empty()) return fmt::format("{}{}", node.negated ? "" : "NOT ", value.exists);
    const auto present = of_any(fmt::format("{} IS NOT NULL", value.sql));
    return node.negated ? present : fmt::format("NOT ({})", present);
  }

  bool postgres() const { return values_.context().dialect == sql::Dialect::postgres; }

  ValueWriter values_;
};

}  // namespace

std::vector<sql::Value> to_args(const std::vector<Bound>& values) {
  std::vector<sql::Value> list;
  for (const auto& value : values) list.push_back(std::visit([](const auto& v) { return sql::to_value(v); }, value));
  return list;
}

Parsed<void> check_size(std::string_view text) {
  if (text.size() > kMaxFilterBytes) return fail_at(0, fmt::format("the filter has more than {} bytes", kMaxFilterBytes));
  return {};
}

Parsed<Condition> read_condition(std::string_view filter, const Fields& fields, std::size_t first_parameter, const FilterContext& context) {
  TRY(check_size(filter));
  const auto tree = TRY(parse_filter(filter));
  if (!tree) return Condition{};
  ConditionWriter writer(fields, first_parameter, context);
  auto text = TRY(writer.condition(*tree));
  return Condition{std::move(text), writer.take_values()};
}

Result<Condition> compile(std::string_view filter, const Fields& fields, std::size_t first_parameter, const FilterContext& context) {
  return read_condition(filter, fields, first_parameter, context);
}

}  // namespace gyre::tracking
