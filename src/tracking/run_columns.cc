#include "tracking/run_columns.h"

#include <cmath>
#include <limits>

namespace gyre::tracking {
namespace {

ColumnKind kind_of(Type type) {
  switch (type) {
    case Type::text:
      return ColumnKind::text;
    case Type::time:
      return ColumnKind::time;
    case Type::duration:
      return ColumnKind::duration;
    default:
      return ColumnKind::number;
  }
}

constexpr std::size_t kMaxColumnBytes = 2000;
constexpr std::size_t kMaxFieldsWritten = 256;  // of all columns together

class ColumnWriter {
 public:
  ColumnWriter(Statement& statement, std::string_view what, const FilterContext& context)
      : statement_(statement), what_(what), values_(run_fields(), statement.values.size() + 1, context) {}

  Result<RunColumn> add(const std::string& text, bool as_number) {
    TRY(check_size(text));
    auto column = written(text, as_number);
    if (values_.fields_written() > kMaxFieldsWritten)
      return fail(Code::invalid, fmt::format("the {}s name more than {} fields", what_, kMaxFieldsWritten), {}, "ask for fewer at once");
    if (column) return *std::move(column);
    return fail(Code::invalid, fmt::format("Invalid {} '{:.200}'. {}", what_, text, Error(column.error()).message), {}, column.error().fix);
  }
  Parsed<void> check(const std::string& text) {
    TRY(check_size(text));
    TRY(written(text, false));
    return {};
  }
  void finish() { statement_.add(values_.take_values()); }

 private:
  Parsed<void> check_size(const std::string& text) const {
    if (text.size() > kMaxColumnBytes) return fail_at(0, fmt::format("a {} has {} bytes; at most {} are taken", what_, text.size(), kMaxColumnBytes));
    return {};
  }

  Parsed<RunColumn> written(const std::string& text, bool as_number) {
    auto node = TRY(parse_column(text));
    if (node.kind == Node::Kind::statistic) {
      if (as_number || what_ != "column") return fail_at(node.column, fmt::format("{}(...) is for columns; here the last value is meant", node.text));
      if (node.text != "last") return RunColumn{ColumnKind::number, node.text, node.parts[0].text, 0};
      node = Node(node.parts[0]);
    }
    auto value = TRY(values_.value(node));
    if (value.literal || node.kind == Node::Kind::number) return fail_at(node.column, "expected a field, such as metrics.loss, params.lr or start_time");
    if (!values_.take_many().empty()) return fail_at(node.column, "a run may have several of these");
    if (as_number) value = TRY(values_.as_number(std::move(value)));
    RunColumn column{kind_of(value.type), {}, {}, statement_.columns.size()};
    statement_.columns.push_back(value.sql);
    statement_.columns.push_back(value.exists.empty() ? "0" : fmt::format("CASE WHEN {} THEN 1 ELSE 0 END", value.exists));
    return column;
  }

  Statement& statement_;
  std::string_view what_;
  ValueWriter values_;
};

Result<std::vector<RunColumn>> add_all(Statement& statement, const std::vector<std::string>& texts, std::string_view what, bool as_numbers,
                                       const FilterContext& context) {
  ColumnWriter writer(statement, what, context);
  std::vector<RunColumn> columns;
  for (const auto& text : texts) columns.push_back(TRY(writer.add(text, as_numbers)));
  writer.finish();
  return columns;
}

}  // namespace

Result<std::vector<RunColumn>> add_columns(Statement& statement, const std::vector<std::string>& texts, std::string_view what, const FilterContext& context) {
  return add_all(statement, texts, what, false, context);
}

Result<std::vector<RunColumn>> add_figures(Statement& statement, const std::vector<std::string>& texts, const FilterContext& context) {
  return add_all(statement, texts, "figure", true, context);
}

Parsed<void> check_column(const std::string& text, const FilterContext& context) {
  Statement statement;
  return ColumnWriter(statement, "column", context).check(text);
}

Cell cell_of(const RunColumn& column, std::span<const OwnedValue> values) {
  const auto& value = values[column.place];
  if (!value) return values[column.place + 1] == Bound(std::int64_t{1}) ? Cell(std::numeric_limits<double>::quiet_NaN()) : Cell();
  if (const auto* text = std::get_if<std::string>(&*value)) return *text;
  if (const auto* integer = std::get_if<std::int64_t>(&*value)) return static_cast<double>(*integer);
  return std::get<double>(*value);
}

}  // namespace gyre::tracking
