// What may be measured over traces: metrics by view, how they may be summed up and split. Inside traces/ only.
#pragma once

#include <span>

#include "traces/traces.h"

namespace gyre::traces {

enum class View { traces, spans, assessments };

// How a column's value is read.
enum class Reading {
  one,         // a row counts as one
  number,      // a number
  text,        // a text, counted once
  tokens,      // the number of the metric's name within JSON
  cost,        // the same, within the cost that a span's content tells
  model,       // the model's name that a span's content tells
  provider,    // the model's provider
  assessment,  // an assessment's value: a number, a truth, "yes" or "no"
  value_text   // an assessment's value as text
};

struct MetricTerm {
  std::string_view name;
  Reading reading;
  std::string_view sql;
  std::string_view aggregations;  // of a metric: "COUNT", "AVG MAX MIN PERCENTILE"
  std::string_view dimensions;    // of a metric, by name: "trace_name trace_status"
};

Result<View> view_named(std::string_view name);
Result<const MetricTerm*> metric_named(View view, std::string_view name);
// Checked against what the metric can be split by.
Result<std::vector<const MetricTerm*>> dimensions_named(const MetricTerm& metric, const std::vector<std::string>& names);
Result<void> check_aggregations(const MetricTerm& metric, const std::vector<Aggregation>& aggregations);

// "traces AS t JOIN …"
std::string_view source_of(View view);

// "COUNT", "P99.0"
std::string name_of(const Aggregation& aggregation);

}  // namespace gyre::traces
