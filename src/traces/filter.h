// The filter and order language of traces, compiled to SQL with bound parameters. Inside traces/ only.
//
//   filter := all (OR all)*     all := one (AND one)*     one := NOT one | "(" filter ")" | clause
//   clause := subject op value | subject [NOT] IN (list) | subject [NOT] LIKE | ILIKE | RLIKE 'x' | subject IS [NOT] NULL
//   subject := [trace.]attribute | tag(s).k | metadata.k | span.name|type|status|content | span.attributes.k | feedback.k | expectation.k | issue.id
//
// MLflow's own language has AND alone. Clauses about spans that stand side by side under one AND speak of one span.
#pragma once

#include "tracking/filter.h"

namespace gyre::traces {

using tracking::Bound;

struct Where {
  std::string text = "1 = 1";
  std::vector<Bound> values;
  std::vector<sql::Value> args() const { return tracking::to_args(values); }  // borrowed from `values`
};

// A condition on `traces AS t`; its parameters are numbered from `first_parameter`.
Result<Where> compile(std::string_view filter, sql::Dialect dialect, std::size_t first_parameter = 1);

// What to sort by, with its parameters; by time, the latest first, where it leaves off.
Result<tracking::Order> order(const std::vector<std::string>& order_by, std::size_t first_parameter);

}  // namespace gyre::traces
