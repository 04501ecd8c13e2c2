// Orders of the filter language as SQL.
#include "tracking/filter_reading.h"

namespace gyre::tracking {
namespace {

constexpr std::size_t kMaxOrderItems = 64;  // and fields in all of them

}  // namespace

Parsed<SortedBy> read_order_item(std::string_view text, ValueWriter& writer) {
  const auto item = TRY(parse_order(text));
  auto value = TRY(writer.value(item.value));
  if (value.literal) return fail_at(value.column, "a text in quotes sorts nothing");
  if (!writer.take_many().empty()) return fail_at(value.column, "a run may have several of these");
  return SortedBy{std::move(value), item.descending};
}

Result<Order> order_keys(const std::vector<std::string>& order_by, const Fields& fields, std::size_t first_parameter, const FilterContext& context) {
  Order order;
  ValueWriter writer(fields, first_parameter, context);
  for (const auto& text : order_by) {
    TRY(check_size(text));
    const auto item = read_order_item(text, writer);
    if (order.keys.size() >= 2 * kMaxOrderItems || writer.fields_written() > kMaxOrderItems)
      return fail(Code::invalid, fmt::format("order_by names more than {} fields", kMaxOrderItems), {}, "sort by fewer: equal ones stay in a fixed order");
    if (!item) return fail(Code::invalid, fmt::format("Invalid order_by clause '{:.200}'. Could not be parsed. {}", text, Error(item.error()).message));
    const auto& value = item->value;
    const auto missing = value.exists.empty() ? "1" : fmt::format("CASE WHEN {} THEN 1 ELSE 2 END", value.exists);
    order.keys.push_back({fmt::format("CASE WHEN {} IS NOT NULL THEN 0 ELSE {} END", value.sql, missing), false});
    order.keys.push_back({value.sql, item->descending});
  }
  order.values = writer.take_values();
  return order;
}

Result<Condition> order_clause(const std::vector<std::string>& order_by, const Fields& fields, std::string_view last, std::size_t first_parameter,
                               const FilterContext& context) {
  auto order = TRY(order_keys(order_by, fields, first_parameter, context));
  Condition clause{"", std::move(order.values)};
  for (const auto& key : order.keys) clause.text += fmt::format("{} {}, ", key.text, key.descending ? "DESC" : "ASC");
  clause.text += last;
  return clause;
}

}  // namespace gyre::tracking
