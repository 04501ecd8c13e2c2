#include "tracking/model_search.h"

#include <fmt/format.h>

#include "tracking/names.h"
#include "tracking/rules.h"

namespace gyre::tracking {
namespace {

constexpr std::string_view kMetricPrefix = "metrics.";

// Text within a statement, and within what fmt fills in.
std::string literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'' || c == '{' || c == '}') out += c;
  }
  return out + "'";
}

std::string dataset_condition(const DatasetRef& dataset) {
  auto text = fmt::format("dataset_name = {}", literal(dataset.name));
  if (!dataset.digest.empty()) text += fmt::format(" AND dataset_digest = {}", literal(dataset.digest));
  return text;
}

std::string any_of(const std::vector<DatasetRef>& datasets) {
  std::string text;
  for (const auto& dataset : datasets) text += fmt::format("{}({})", text.empty() ? "" : " OR ", dataset_condition(dataset));
  return text.empty() ? "" : fmt::format(" AND ({})", text);
}

// The latest value of a metric; its key goes in place of {}.
std::string latest_metric(std::string_view condition) {
  return fmt::format("SELECT value FROM logged_model_metrics WHERE model_id = m.id AND key = {{}}{} ORDER BY step DESC, at_ms DESC LIMIT 1", condition);
}

Fields fields_of(const ModelSearch& search) {
  auto fields = logged_model_fields();
  fields.number_entities["metric"] = latest_metric(any_of(search.datasets));
  return fields;
}

Result<std::string> order_expression(const ModelOrder& order) {
  if (order.field.starts_with(kMetricPrefix)) {
    const auto condition = order.dataset.name.empty() ? "" : " AND " + dataset_condition(order.dataset);
    return fmt::format("({})", fmt::format(fmt::runtime(latest_metric(condition)), literal(order.field.substr(kMetricPrefix.size()))));
  }
  const auto& fields = logged_model_fields();
  if (const auto found = fields.texts.find(order.field); found != fields.texts.end()) return found->second;
  if (const auto found = fields.numbers.find(order.field); found != fields.numbers.end()) return found->second;
  return fail(Code::invalid, fmt::format("Invalid order by field name: {}", order.field));
}

Result<std::string> order_of(const ModelSearch& search) {
  std::string text;
  for (const auto& order : search.order_by) {
    const auto expression = TRY(order_expression(order));
    text += fmt::format("CASE WHEN {0} IS NULL THEN 1 ELSE 0 END, {0} {1}, ", expression,
                        order.ascending ? "ASC" : "DESC");  // what is missing comes last, either way
  }
  return text + "m.created_ms DESC, m.id";
}

}  // namespace

Result<Condition> compile(const ModelSearch& search, const FilterContext& context) {
  const auto fields = fields_of(search);
  auto query = TRY(compile(search.filter, fields, 1, context));
  std::string places;
  for (const auto& id : search.experiment_ids) {
    query.values.emplace_back(TRY(parse_experiment_id(id)));
    places += fmt::format("{}${}", places.empty() ? "" : ", ", query.values.size());
  }
  const auto order = TRY(order_of(search));
  query.values.emplace_back(search.limit + 1);
  query.values.emplace_back(search.offset);
  query.text = fmt::format("WHERE m.deleted_ms IS NULL AND m.experiment_id IN ({}) AND {} ORDER BY {} LIMIT ${} OFFSET ${}", places, query.text, order,
                           query.values.size() - 1, query.values.size());
  return query;
}

}  // namespace gyre::tracking
